/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One poll of one mailbox: IMAP in, rows out, mails filed.  Runs in a fetcher
 * process of its own, forked by the supervisor; its exit status is what the
 * supervisor learns.
 */
#ifndef RUAD_DAEMON_FETCH_H
#define RUAD_DAEMON_FETCH_H

#include <signal.h>
#include <stdbool.h>

#include "base/err.h"
#include "daemon/conf.h"

#define FETCH_LEASH 600 /* seconds without any progress, to alarm(2) */

/* Set by a signal handler: finish what is begun and leave. */
extern volatile sig_atomic_t fetch_stop;

/*
 * Poll once.  Logs what it does.  Returns an exit status: 0, or that of the
 * error (which is logged, and recorded in the database as far as possible).
 * dry_run: fetch and parse, change nothing anywhere.
 */
int fetch_run(const struct conf *, const struct conf_mailbox *,
    const char *parser_program, bool dry_run);

#endif
