/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The supervisor: forks a fetcher for every mailbox that is due, learns from
 * its exit status when to try again, obeys signals.  It has no network, reads
 * no mail and holds no database; it only sleeps and forks.
 *   SIGHUP  load the configuration again; keep the old one if the new is bad
 *   SIGUSR1 poll every mailbox now
 *   SIGTERM, SIGINT  stop within seconds
 */
#ifndef RUAD_DAEMON_SUPER_H
#define RUAD_DAEMON_SUPER_H

#include <stdbool.h>

#include "conf/conf.h"

struct super_options {
	const char *conf_path; /* for SIGHUP */
	const char *parser_program;
	const char *mailbox; /* only this one; NULL: all */
	bool once;           /* poll each once and return */
	bool dry_run;
};

/*
 * Run until told to stop.  Takes conf over.  Return an exit status: with once,
 * 0 or that of the first mailbox (in the configuration's order) that did not
 * end well; else 0, or that of what kept it from starting.
 */
int super_run(struct conf *, const struct super_options *);

#endif
