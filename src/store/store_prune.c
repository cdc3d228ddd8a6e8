/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_prune.h"

#include <string.h>

#include "store/store_priv.h"

#define COUNT(table, condition) \
	"SELECT count(*) FROM " table " WHERE " condition
#define DELETE(table, condition) \
	"DELETE FROM " table " WHERE id IN (SELECT id FROM " table \
	" WHERE " condition " LIMIT 200)"
#define BOTH(table, condition) \
	{ \
		COUNT(table, condition), DELETE(table, condition) \
	}

#define NOTHING_OF_IT_IN(table, condition) \
	" AND NOT EXISTS (SELECT 1 FROM " table \
	" WHERE message_id = message.id AND NOT (" condition "))"

#define OLD_DAY "day < ?1"
/* Without a time of its own, it is as old as its message. */
#define OLD_FAILURE \
	"coalesce(arrival_ts, (SELECT fetched_ts FROM message" \
	" WHERE message.id = message_id), 0) < ?1"
#define OLD_MAIL \
	"fetched_ts < ?1 AND (filed_ts IS NOT NULL OR mailbox_id IS " \
	"NULL)" NOTHING_OF_IT_IN("report", OLD_DAY) \
	    NOTHING_OF_IT_IN("tls_report", OLD_DAY) \
	        NOTHING_OF_IT_IN("failure", "coalesce(arrival_ts, 0) < ?1")

#define OLD_DNS \
	"last_ts < ?1 AND EXISTS (SELECT 1 FROM dns_record newer" \
	" WHERE newer.name = dns_record.name AND" \
	" newer.type = dns_record.type AND newer.id > dns_record.id)"

static const struct {
	const char *count;
	const char *delete;
} kinds[STORE_PRUNE_KINDS] = {
	[STORE_PRUNE_REPORTS] = BOTH("report", OLD_DAY),
	[STORE_PRUNE_TLS_REPORTS] = BOTH("tls_report", OLD_DAY),
	[STORE_PRUNE_FAILURES] = BOTH("failure", OLD_FAILURE),
	[STORE_PRUNE_MAILS] = BOTH("message", OLD_MAIL),
	[STORE_PRUNE_POLLS] = BOTH("poll", "start_ts < ?1"),
	[STORE_PRUNE_DNS] = BOTH("dns_record", OLD_DNS),
};

/*
 * What records had in common and none has any more: what ?1 to ?2 are the ids
 * of at a time, which bounds the list of those in use.
 */
#define UNUSED_STEP 500000
#define UNUSED(table, column) \
	"DELETE FROM " table " WHERE id BETWEEN ?1 AND ?2 AND id NOT IN" \
	" (SELECT " column " FROM record_row" \
	" WHERE " column " BETWEEN ?1 AND ?2" \
	" UNION ALL SELECT " column " FROM record_aside" \
	" WHERE " column " BETWEEN ?1 AND ?2)"
#define WITHOUT(table, column, parent) \
	"DELETE FROM " table " WHERE " column " BETWEEN ?1 AND ?2" \
	" AND NOT EXISTS (SELECT 1 FROM " parent " WHERE id = " column ")"

static const char *const unused[] = {
	UNUSED("profile", "profile_id"),
	WITHOUT("spf_item", "profile_id", "profile"),
	WITHOUT("override_item", "profile_id", "profile"),
	UNUSED("dkim_list", "dkim_list_id"),
	WITHOUT("dkim_item", "dkim_list_id", "dkim_list"),
};

int
store_prune_count(struct query_db *db, int64_t before,
    int64_t n[STORE_PRUNE_KINDS], struct err *err)
{
	struct query *q;
	int i, step;

	for (i = 0; i < STORE_PRUNE_KINDS; i++) {
		if (query_new(&q, db, kinds[i].count, err) == -1)
			return -1;
		query_bind_int(q, 1, before);
		if ((step = query_step(q, err)) == 1)
			n[i] = query_value(q, 0).num;
		query_free(q);
		if (step == -1)
			return -1;
	}
	return 0;
}

/* One transaction; *n: how many went. */
static int
delete_some(struct store *s, sqlite3_stmt *st, int *n, struct err *err)
{
	int rc;

	if (store_begin(s, err) == -1)
		return -1;
	rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "prune it", err);
	*n = sqlite3_changes(s->db);
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return store_commit(s, err);
	store_rollback(s);
	return -1;
}

/* The highest id of what records have in common. */
static int
count_common(struct store *s, int64_t *max, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(s->db,
	    "SELECT max((SELECT coalesce(max(id), 0) FROM profile),"
	    " (SELECT coalesce(max(id), 0) FROM dkim_list))",
	    -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*max = sqlite3_column_int64(st, 0);
	else
		store_sql_error(s->db, rc, s->path, "prune it", err);
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

/* In a transaction. */
static int
delete_unused(struct store *s, int64_t first, struct err *err)
{
	sqlite3_stmt *st;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(unused) / sizeof(unused[0]); i++) {
		st = NULL;
		rc = sqlite3_prepare_v2(s->db, unused[i], -1, &st, NULL);
		if (rc == SQLITE_OK) {
			store_bind_int(st, 1, first);
			store_bind_int(st, 2, first + UNUSED_STEP - 1);
			rc = sqlite3_step(st);
		}
		if (rc != SQLITE_DONE)
			store_sql_error(s->db, rc, s->path, "prune it", err);
		sqlite3_finalize(st);
		if (rc != SQLITE_DONE)
			return -1;
	}
	return 0;
}

static int
delete_all_unused(struct store *s, struct err *err)
{
	int64_t first, max = 0;

	if (count_common(s, &max, err) == -1)
		return -1;
	for (first = 1; first <= max; first += UNUSED_STEP) {
		if (store_begin(s, err) == -1)
			return -1;
		if (delete_unused(s, first, err) == -1) {
			store_rollback(s);
			return -1;
		}
		if (store_commit(s, err) == -1)
			return -1;
	}
	return 0;
}

/*
 * Keys are off: to see that nobody refers to a row, SQLite would read all of
 * record_row again for each, what the statements do once.
 */
static int
prune_common(struct store *s, struct err *err)
{
	int rc;

	if (store_exec(s->db, s->path, "PRAGMA foreign_keys = OFF", "prune it",
	        err) == -1)
		return -1;
	rc = delete_all_unused(s, err);
	store_forget(s);
	if (store_exec(s->db, s->path, "PRAGMA foreign_keys = ON", "prune it",
	        err) == -1)
		return -1;
	return rc;
}

int
store_prune_delete(struct store *s, int64_t before,
    int64_t n[STORE_PRUNE_KINDS], struct err *err)
{
	sqlite3_stmt *st;
	int i, some, rc;

	for (i = 0; i < STORE_PRUNE_KINDS; i++) {
		n[i] = 0;
		rc = sqlite3_prepare_v2(s->db, kinds[i].delete, -1, &st, NULL);
		if (rc != SQLITE_OK)
			return store_sql_error(
			    s->db, rc, s->path, "prune it", err);
		store_bind_int(st, 1, before);
		do {
			rc = delete_some(s, st, &some, err);
			if (rc == 0)
				n[i] += some;
		} while (rc == 0 && some > 0);
		sqlite3_finalize(st);
		if (rc == -1)
			return -1;
	}
	return prune_common(s, err);
}
