/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fetcher does: it visits one mailbox, and waits for mail between two
 * visits.  A process of its own, forked by the supervisor, which learns from
 * its exit status and from what it says on the channel.
 */
#ifndef RUAD_DAEMON_FETCH_H
#define RUAD_DAEMON_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct fetch_options {
	const char *parser_program;
	bool dry_run; /* fetch and parse, change nothing anywhere */
	bool linger;  /* wait for mail after a poll, if the server has IDLE */
	int channel;  /* to the supervisor */
	int64_t tell_ms; /* how often to tell it of progress */
	const char
	    *known_error; /* err_key() not to be logged again; "": none */
};

/* The handler of SIGTERM: finish what is begun and leave. */
void fetch_on_stop(int sig);

/*
 * Poll once, or with linger again and again on one session, when the
 * supervisor says so.  Logs what it does.  Returns an exit status: 0, or that
 * of the error (which is logged, and recorded in the database as far as
 * possible).
 */
int fetch_run(const struct conf *, const struct conf_mailbox *,
    const struct fetch_options *);

#endif
