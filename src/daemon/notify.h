/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells systemd how ruad is (the protocol of sd_notify(3)).  Runs in the
 * supervisor.  Without systemd nothing happens.
 */
#ifndef RUAD_DAEMON_NOTIFY_H
#define RUAD_DAEMON_NOTIFY_H

/*
 * Send assignments such as "READY=1\nSTATUS=2 mailboxes".  Failure is not
 * reported: there is nobody else to tell.
 */
void notify_send(const char *, ...) __attribute__((format(printf, 1, 2)));

#endif
