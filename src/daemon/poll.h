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
#include "daemon/lacking.h"
#include "daemon/pulse.h"
#include "daemon/say.h"
#include "ingest/ingest.h"

/* A UID that the ledger calls filed, and that the server lists again. */
struct poll_again {
	uint32_t uid;
	struct store_known known;
};

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
	struct lacking lacking;
	struct imap_folder folder;
	struct filing_list list; /* all that is in the folder */
	struct array again;      /* of struct poll_again, sorted */
	int refusals;            /* to FETCH single mails, in a row */
	bool refused;            /* so many that it was given up */
	struct store_poll done;  /* counted as it goes */
	char *alert;             /* of done, as is this: */
	char *unfiled_key;
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

void poll_done(struct poll *);

/* --- between poll.c and poll_take.c -- */

/*
 * Fetch these mails (sorted; uids is scratch afterwards) and give them to
 * ingest.  Those that the server does not hand over in any way are lacking; -1
 * only for a lost session, trouble of our own, or a server that refuses many.
 */
int poll_take(struct poll *, uint32_t *uids, size_t n, struct err *);

/*
 * A mail with these bytes has come or is known: 1 if it was filed before and
 * need not be read again, 0 if it is another.  sha256 "": not downloaded.
 */
int poll_take_again(struct poll *, uint32_t uid, uint64_t size,
    const char *sha256, struct err *);

/* This mail was not all there. */
void poll_doubt(struct poll *, uint32_t uid);

/* What the ledger is told of a mail. */
struct store_message poll_message(
    const struct poll *, uint32_t uid, uint64_t size, const char *sha256);

/* Always -1. */
int poll_stop(struct poll *, struct err *);

#endif
