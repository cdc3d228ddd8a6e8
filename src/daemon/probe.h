/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad -t -m: tries the connection to a mailbox step by step, as a poll would,
 * and prints what it finds at each: name, TCP, TLS, server, login, folders.
 */
#ifndef RUAD_DAEMON_PROBE_H
#define RUAD_DAEMON_PROBE_H

#include "conf/conf.h"

/*
 * Change nothing anywhere (a refresh token that the server replaces is kept, as
 * by a poll).  If a step fails, say so on stderr, and what can be done about
 * it.  Return an exit status: 0, or that of the error.
 */
int probe_run(const struct conf_mailbox *);

#endif
