/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a poll does with the folder open: which mails are new, in which pieces
 * they are fetched, parsed, stored and filed, and what becomes of each.  Runs
 * in the fetcher; fetch.c goes the way there and back.
 */
#ifndef RUAD_DAEMON_POLL_H
#define RUAD_DAEMON_POLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/careful.h"
#include "daemon/fetch.h"
#include "daemon/filing.h"
#include "daemon/pulse.h"
#include "daemon/say.h"
#include "ingest/ingest.h"

/* One poll; what comes before store lives as long as the fetcher. */
struct poll {
	const struct conf *conf;
	const struct conf_mailbox *mailbox;
	struct credential *credential;
	const struct fetch_options *options;
	struct pulse *pulse;
	struct imap *imap;   /* NULL: no session yet */
	struct store *store; /* NULL in a dry run */
	struct ingest *ingest;
	struct careful *careful; /* NULL in a dry run */
	struct filing filing;
	struct imap_folder folder;
	struct store_poll done; /* counted as it goes */
	struct say_counts counts;
	struct stages stages;
	int64_t parse_ms; /* CPU time of children before this poll */
	int64_t start_ms;
	size_t new_mails;
	int attempts;          /* at the mail that is fetched alone */
	bool ours;             /* if a FETCH ends now, it was not the server */
	bool broken;           /* the server did end one */
	bool stopped;          /* we were told to */
	struct err idle_error; /* what went wrong while the server was slow */
	bool progress;         /* a progress line instead of report lines */
};

/* How its mails are to be taken in. */
struct ingest_options poll_ingest_options(struct poll *);

/* Everything that happens with the folder open. */
int poll_folder(struct poll *, struct err *);

#endif
