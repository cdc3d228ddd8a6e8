/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Forgetting what is old.  Addresses and senders stay, so that a source does
 * not become new again; so do messages that may still be in a mailbox, so that
 * they are not read again.
 */
#ifndef RUAD_STORE_STORE_PRUNE_H
#define RUAD_STORE_STORE_PRUNE_H

#include <stdint.h>

#include "base/err.h"
#include "store/query.h"
#include "store/store.h"

enum store_prune_kind {
	STORE_PRUNE_REPORTS, /* with their records, and what only these had */
	STORE_PRUNE_TLS_REPORTS,
	STORE_PRUNE_FAILURES,
	STORE_PRUNE_MAILS,
	STORE_PRUNE_POLLS,
	STORE_PRUNE_DNS, /* but the newest of each name and type */
	STORE_PRUNE_KINDS,
};

/* Count those from before this time. */
int store_prune_count(struct query_db *, int64_t before,
    int64_t n[STORE_PRUNE_KINDS], struct err *);

/*
 * Delete them, a few in each transaction, so that other writers get their
 * turn; what was done stays done after an error.  n counts them then, too.
 */
int store_prune_delete(
    struct store *, int64_t before, int64_t n[STORE_PRUNE_KINDS], struct err *);

#endif
