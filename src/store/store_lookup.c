/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "store/store.h"
#include "store/store_priv.h"

static const char doing[] = "keep what was looked up";

/* The old name stays, and when it was found. */
static int
set_failed(struct store *s, const struct store_lookup *l, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SOURCE_FAILED];

	store_bind_int(st, 1, l->source_id);
	store_bind_text(st, 2, l->status);
	store_bind_int(st, 3, l->next_ts);
	store_bind_int(st, 4, l->tries);
	return store_run(s, STMT_SOURCE_FAILED, doing, err);
}

int
store_set_lookup(struct store *s, const struct store_lookup *l, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SOURCE_LOOKUP];

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	if (strcmp(l->status, "failed") == 0)
		return set_failed(s, l, err);
	store_bind_int(st, 1, l->source_id);
	store_bind_text(st, 2, l->status);
	store_bind_int(st, 3, l->ts);
	store_bind_int(st, 4, l->next_ts);
	store_bind_text(st, 5, l->ptr);
	store_bind_text(st, 6, l->ptr_domain);
	store_bind_text(st, 7, l->ptr_claim);
	return store_run(s, STMT_SOURCE_LOOKUP, doing, err);
}

int
store_set_as(struct store *s, int64_t source_id, int64_t asn,
    const char *as_name, const char *country, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_SOURCE_AS];

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_int(st, 1, source_id);
	store_bind_int_or_null(st, 2, asn, 0);
	store_bind_text(st, 3, as_name);
	store_bind_text(st, 4, country);
	return store_run(s, STMT_SOURCE_AS, doing, err);
}
