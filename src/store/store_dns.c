/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"
#include "store/store_priv.h"

static const char doing[] = "keep what was seen in DNS";

static sqlite3_stmt *
bind(struct store *s, enum store_stmt which, const struct store_dns *seen)
{
	sqlite3_stmt *st = s->stmt[which];

	store_bind_text(st, 1, seen->name);
	store_bind_text(st, 2, seen->type);
	return st;
}

/* A row that tells something new; the oldest make room. */
static int
add(struct store *s, const struct store_dns *seen, struct err *err)
{
	sqlite3_stmt *st = bind(s, STMT_DNS_ADD, seen);

	store_bind_text(st, 3, seen->status);
	store_bind_text(st, 4, seen->value);
	store_bind_int(st, 5, seen->ts);
	if (store_run(s, STMT_DNS_ADD, doing, err) == -1)
		return -1;
	st = bind(s, STMT_DNS_TRIM, seen);
	store_bind_int(st, 3, STORE_DNS_CHANGES);
	return store_run(s, STMT_DNS_TRIM, doing, err);
}

int
store_keep_dns(struct store *s, const struct store_dns *seen, struct err *err)
{
	int64_t newest[2]; /* id, whether it tells the same */
	sqlite3_stmt *st;
	bool found;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	st = bind(s, STMT_DNS_NEWEST, seen);
	store_bind_text(st, 3, seen->status);
	store_bind_text(st, 4, seen->value);
	if (store_run_row(s, STMT_DNS_NEWEST, doing, newest, 2, &found, err) ==
	    -1)
		return -1;
	if (!found || !newest[1])
		return add(s, seen, err);
	st = s->stmt[STMT_DNS_SEEN];
	store_bind_int(st, 1, newest[0]);
	store_bind_int(st, 2, seen->ts);
	return store_run(s, STMT_DNS_SEEN, doing, err);
}
