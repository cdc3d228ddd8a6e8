/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages that the server lists but does not hand over: what is known of them
 * from earlier polls, and what this one finds.  They stay where they are, and
 * are asked for again, from the third time on less and less often.  Runs in the
 * fetcher.
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
 * Load what is known, with the folder open and listed; what the server no
 * longer lists is forgotten.  unlisted: how many it only counts.
 */
int undelivered_start(struct undelivered *, struct store *, struct ingest *,
    int64_t mailbox_id, const char *folder, uint32_t uidvalidity,
    const struct filing_list *, uint32_t unlisted, struct err *);

/* Return whether it is too early to ask for this one again. */
bool undelivered_waits(const struct undelivered *, uint32_t uid);

/*
 * Add one that was not handed over.  reason follows "the server"; size 0:
 * unknown.  refusal: the sentence with which the server said NO, or NULL.
 */
void undelivered_add(struct undelivered *, uint32_t uid, uint32_t size,
    const char *reason, const struct err *refusal);

/* Remove one that came, and is in the ledger now. */
void undelivered_came(struct undelivered *, uint32_t uid);

/* Store what was added and what came, and log what is new. */
int undelivered_write(struct undelivered *, struct err *);

/*
 * Return how the poll ends: -1 with the refusal of a message that was refused
 * for the first or second time.
 */
int undelivered_finish(const struct undelivered *, struct err *);

void undelivered_done(struct undelivered *);

#endif
