/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mails that the server lists and does not hand over: what is known of them
 * from the polls before, and what this one finds.  They stay where they are,
 * and are asked for again, from the third time on with growing distance.  Runs
 * in the fetcher.
 */
#ifndef RUAD_DAEMON_UNDELIVERED_H
#define RUAD_DAEMON_UNDELIVERED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "daemon/filing.h"
#include "ingest/ingest.h"
#include "store/store.h"

/* Zero it to start. */
struct undelivered {
	struct store *store; /* NULL in a dry run: nothing is written */
	struct ingest *ingest;
	int64_t mailbox_id;
	const char *folder;
	uint32_t uidvalidity;
	struct array known; /* of struct store_undelivered, sorted */
	struct array found; /* of struct undelivered_mail: in this poll */
	struct array here;  /* of uint32_t: those known that have come */
	bool stale;         /* the database has some of other folders */
	size_t refused;     /* refused with NO or BAD, not often before */
	struct err error;   /* the first of them */
};

/*
 * Learn what is known, with the folder open and listed; what the server does
 * not list any more is forgotten.  unlisted: how many it only counts.
 */
int undelivered_start(struct undelivered *, struct store *, struct ingest *,
    int64_t mailbox_id, const char *folder, uint32_t uidvalidity,
    const struct filing_list *, uint32_t unlisted, struct err *);

/* Whether it is too early to ask for this one again. */
bool undelivered_waits(const struct undelivered *, uint32_t uid);

/*
 * This one was not handed over, and why, in words that follow "the server";
 * size 0: not known.  refusal: the server said NO, and this is its sentence.
 */
void undelivered_add(struct undelivered *, uint32_t uid, uint32_t size,
    const char *reason, const struct err *refusal);

/* It was, and is in the ledger now. */
void undelivered_came(struct undelivered *, uint32_t uid);

/* Write down what was added and what came, and say what is new. */
int undelivered_write(struct undelivered *, struct err *);

/*
 * How the poll ends: -1 with the refusal of a mail that was refused for the
 * first or second time.
 */
int undelivered_finish(const struct undelivered *, struct err *);

void undelivered_done(struct undelivered *);

#endif
