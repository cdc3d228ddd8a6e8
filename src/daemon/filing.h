/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves mails to where their outcome says, after their rows are durable.
 * Runs in the fetcher.  The ledger knows what is to be moved, so that filing
 * after a batch and filing what an earlier run left are the same.
 */
#ifndef RUAD_DAEMON_FILING_H
#define RUAD_DAEMON_FILING_H

#include <stdbool.h>

#include "base/err.h"
#include "conf/conf.h"
#include "daemon/careful.h"
#include "ingest/ingest.h"
#include "mail/imap.h"
#include "store/store.h"

struct filing {
	struct imap *imap;
	struct store *store;     /* NULL in a dry run: nothing is moved */
	struct ingest *ingest;   /* may store meanwhile, see imap_set_idle() */
	struct careful *careful; /* set by the caller */
	const struct conf_mailbox *mailbox;
	int64_t mailbox_id;
	uint32_t uidvalidity;
	bool read_only;       /* so is the folder, says the server */
	struct array ensured; /* of const char *: folders that exist */
	bool warned;          /* that mails can only be flagged */
	bool broken;          /* our own disk failed, not the server */
	int empty_moves;      /* MOVEs that moved nothing, or not all */
	bool look_first;      /* how far they came must be looked at first */
	bool stuck;           /* MOVE does nothing, and there is no other way */
	bool repeated;        /* it was given up in the poll before, too */
	bool for_good;        /* error does not pass by itself, or did not */
	struct err error;     /* why filing was given up for this poll */
};

/* The mails of the folder, sorted, as the server lists them. */
struct filing_list {
	const struct imap_mail *mails;
	size_t n;
	bool whole; /* it has listed as many as it says there are */
};

/*
 * Begin, with what the server lists: file what is stored and not filed; what
 * has gone from the folder is noted as filed by someone else.
 */
int filing_start(struct filing *, struct imap *, struct store *,
    struct ingest *, const struct conf_mailbox *, int64_t mailbox_id,
    const struct imap_folder *, const struct filing_list *, struct err *);

/*
 * File what has been stored since, after making it durable.  A refusal by the
 * server (quota, permission) ends filing for this poll, not collecting: -1 only
 * for a lost session or database trouble.
 *
 * A mail is filed when the server does not list it any more: MOVEs that say
 * that all is well and do nothing are done again, the third time as COPY, and
 * so are those that it refuses as if it knew no MOVE.
 */
int filing_run(struct filing *, struct err *);

/* Mails that the ledger called filed are to be filed again: look first. */
void filing_look_first(struct filing *);

/*
 * Make durable what was done.  -1 with the refusal, if there was one that
 * passes: one that does not is no reason to call the poll bad.
 */
int filing_finish(struct filing *, struct err *);

/* Why mails stay where they are and what ends that, or NULL; borrowed. */
const char *filing_error(const struct filing *);

void filing_done(struct filing *);

#endif
