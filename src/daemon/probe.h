/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ruad -t -m: goes the way to a mailbox step by step, as a poll would, and says
 * on stdout what it finds at each: name, TCP, TLS, server, login, folders.
 */
#ifndef RUAD_DAEMON_PROBE_H
#define RUAD_DAEMON_PROBE_H

#include "conf/conf.h"

/*
 * Changes nothing anywhere (a refresh token that the server replaces is
 * kept, as by a poll).  Where a step fails, says so on stderr, and what can be
 * done about it.  Returns an exit status: 0, or that of the error.
 */
int probe_run(const struct conf_mailbox *);

#endif
