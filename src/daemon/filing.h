/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Moves messages to where their outcome says, after their rows are durable.
 * Runs in the fetcher.  The ledger knows what is to be moved, so filing after a
 * batch and filing what an earlier run left are the same.
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
	bool read_only;       /* the server says that the folder is */
	struct array ensured; /* of const char *: folders that exist */
	bool warned;          /* that messages can only be flagged */
	bool broken;          /* the local disk failed, not the server */
	int empty_moves;      /* MOVEs that moved nothing, or not all */
	bool look_first;      /* list the folder anew before the next move */
	bool stuck;           /* MOVE does nothing, and there is no other way */
	bool repeated;        /* it was given up in the poll before, too */
	bool for_good;        /* error does not pass by itself, or did not */
	struct err error;     /* why filing was given up for this poll */
};

/* The messages of the folder, sorted, as the server lists them. */
struct filing_list {
	const struct imap_mail *mails;
	size_t n;
	bool whole; /* it has listed as many as it says there are */
};

/* Return the message of this UID, or NULL. */
const struct imap_mail *filing_list_find(
    const struct filing_list *, uint32_t uid);

/*
 * Begin, with what the server lists: file what is stored and not filed; what
 * is gone from the folder is noted as filed by somebody else.
 */
int filing_start(struct filing *, struct imap *, struct store *,
    struct ingest *, const struct conf_mailbox *, int64_t mailbox_id,
    const struct imap_folder *, const struct filing_list *, struct err *);

/*
 * File what has been stored since, after making it durable.  A refusal by the
 * server (quota, permission) ends filing for this poll, not collecting: -1 only
 * for a lost session or an error of the database.
 *
 * A message is filed when the server no longer lists it: a MOVE that succeeds
 * and does nothing is repeated, the third time as COPY; so is one that the
 * server refuses as if it did not know MOVE.
 */
int filing_run(struct filing *, struct err *);

/* Messages that the ledger called filed are filed again: list anew first. */
void filing_look_first(struct filing *);

/*
 * Make durable what was done.  -1 with the refusal if it may pass: for one that
 * does not, the poll is not called failed.
 */
int filing_finish(struct filing *, struct err *);

/* Return why messages stay where they are and what to do, or NULL; borrowed. */
const char *filing_error(const struct filing *);

void filing_done(struct filing *);

#endif
