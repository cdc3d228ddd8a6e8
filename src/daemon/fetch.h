/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Polls of one mailbox: IMAP in, rows out, mails filed.  Runs in a fetcher
 * process of its own, forked by the supervisor; its exit status, and what it
 * says on its line, is what the supervisor learns.
 */
#ifndef RUAD_DAEMON_FETCH_H
#define RUAD_DAEMON_FETCH_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"

/* Set by a signal handler: finish what is begun and leave. */
extern volatile sig_atomic_t fetch_stop;

struct fetch_options {
	const char *parser_program;
	bool dry_run; /* fetch and parse, change nothing anywhere */
	bool linger;  /* wait for mail after a poll, if the server has IDLE */
	int line;     /* to the supervisor */
	int64_t beat_ms;         /* how often it wants to hear of us */
	const char *known_error; /* err_key() not to be said again; "": none */
};

/*
 * Poll once, or with linger again and again on one session, when the
 * supervisor says so.  Logs what it does.  Returns an exit status: 0, or that
 * of the error (which is logged, and recorded in the database as far as
 * possible).
 */
int fetch_run(const struct conf *, const struct conf_mailbox *,
    const struct fetch_options *);

#endif
