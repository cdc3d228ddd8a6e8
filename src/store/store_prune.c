/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store_prune.h"

#include <string.h>

#include "base/io.h"
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
 * What records had in common and none has any more, of the ids ?1 to ?2, which
 * bounds the list of those in use.  All records are read for it, which takes
 * long: without a lock, so that others can store.
 */
#define UNUSED_STEP 500000
#define UNUSED(table, column) \
	"INSERT INTO temp.unused SELECT id FROM " table \
	" WHERE id BETWEEN ?1 AND ?2 AND id NOT IN" \
	" (SELECT " column " FROM record_row" \
	" WHERE " column " BETWEEN ?1 AND ?2" \
	" UNION ALL SELECT " column " FROM record_aside" \
	" WHERE " column " BETWEEN ?1 AND ?2)"

/* Before they are looked for. */
static const char unused_empty[] =
    "CREATE TEMP TABLE IF NOT EXISTS unused (id INTEGER PRIMARY KEY);"
    "DELETE FROM temp.unused";

/*
 * With the lock: but for those of reports that came after the change ?1, when
 * the records were not yet read.  No record comes without a change.
 */
#define REPORTS_SINCE \
	"(SELECT row_id FROM change" \
	" WHERE seq > ?1 AND kind = 'report' AND op = 'put')"
#define USED_AGAIN(column) \
	"DELETE FROM temp.unused WHERE id IN (SELECT " column \
	" FROM record_row WHERE report_id IN " REPORTS_SINCE \
	" UNION ALL SELECT " column \
	" FROM record_aside WHERE report_id IN " REPORTS_SINCE ")"
#define WITHOUT_USE(table, column) \
	"DELETE FROM " table " WHERE " column " IN (SELECT id FROM " \
	"temp.unused)"

static const struct {
	const char *find;
	const char *again;
	const char *delete; /* more than one statement */
} common[] = {
	{ UNUSED("profile", "profile_id"), USED_AGAIN("profile_id"),
	    WITHOUT_USE("spf_item", "profile_id") ";" WITHOUT_USE(
	        "override_item", "profile_id") ";" WITHOUT_USE("profile",
	        "id") },
	{ UNUSED("dkim_list", "dkim_list_id"), USED_AGAIN("dkim_list_id"),
	    WITHOUT_USE("dkim_item", "dkim_list_id") ";" WITHOUT_USE(
	        "dkim_list", "id") },
};

/* The highest id of what records have in common. */
static const char common_max[] =
    "SELECT max((SELECT coalesce(max(id), 0) FROM profile),"
    " (SELECT coalesce(max(id), 0) FROM dkim_list))";

static const char change_last[] = "SELECT coalesce(max(seq), 0) FROM change";

/* Why the feed tells what was deleted after ?1. */
static const char change_mark[] =
    "UPDATE change SET why = 'pruned' WHERE seq > ?1 AND op = 'del'";

/*
 * Changes that everybody who follows them has seen by now; whoever comes later
 * begins anew, with what then is there.  The last of them stays, and with it
 * the number that nobody may be behind.
 */
#define CHANGES_KEPT (30 * 86400)
#define IS_THERE(kind, table) \
	" WHEN '" kind "' THEN EXISTS (SELECT 1 FROM " table \
	" WHERE id = row_id)"
static const char changes_last[] =
    "SELECT coalesce(max(seq), 0) FROM change WHERE ts < ?1";
static const char changes_find[] =
    "INSERT INTO temp.unused SELECT seq FROM change WHERE seq < ?1"
    " AND seq NOT IN"
    " (SELECT max(seq) FROM change WHERE op = 'put' GROUP BY kind, row_id"
    " HAVING CASE kind" IS_THERE("report", "report")
        IS_THERE("failure", "failure") IS_THERE("tls", "tls_report")
            IS_THERE("source", "source") " END)";
static const char changes_forget[] =
    "DELETE FROM change WHERE seq IN (SELECT id FROM temp.unused)";
static const char changes_floor[] =
    "INSERT INTO meta (key, value) VALUES ('feed_floor', ?1)"
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    /* Another prune may have been faster. */
    " WHERE CAST(value AS INTEGER) < CAST(excluded.value AS INTEGER)";

static const char doing[] = "prune it";

/* A statement with ?1, which gives a number if out is not NULL. */
static int
run_int(struct store *s, const char *sql, int64_t value, int64_t *out,
    struct err *err)
{
	int rc, done = out != NULL ? SQLITE_ROW : SQLITE_DONE;
	sqlite3_stmt *st = NULL;

	rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		/* Refused where there is no ?1. */
		store_bind_int(st, 1, value);
		rc = sqlite3_step(st);
	}
	if (rc == SQLITE_ROW && out != NULL)
		*out = sqlite3_column_int64(st, 0);
	if (rc != done)
		store_sql_error(s->db, rc, s->path, doing, err);
	sqlite3_finalize(st);
	return rc == done ? 0 : -1;
}

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
	int64_t seq;
	int rc;

	if (store_begin(s, err) == -1)
		return -1;
	rc = run_int(s, change_last, 0, &seq, err);
	if (rc == -1)
		goto fail;
	rc = sqlite3_step(st);
	*n = sqlite3_changes(s->db);
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, doing, err);
	sqlite3_reset(st);
	if (rc == SQLITE_DONE && run_int(s, change_mark, seq, NULL, err) == 0)
		return store_commit(s, err);
fail:
	store_rollback(s);
	return -1;
}

/* Those with the ids from first on; *n: how many there may be. */
static int
find_unused(struct store *s, const char *sql, int64_t first, int64_t *n,
    struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK) {
		store_bind_int(st, 1, first);
		store_bind_int(st, 2, first + UNUSED_STEP - 1);
		rc = sqlite3_step(st);
	}
	*n = sqlite3_changes(s->db);
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, doing, err);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* One transaction; seq: the last change before they were found. */
static int
delete_unused(struct store *s, size_t i, int64_t seq, struct err *err)
{
	if (store_begin(s, err) == -1)
		return -1;
	if (run_int(s, common[i].again, seq, NULL, err) == -1 ||
	    store_exec(s->db, s->path, common[i].delete, doing, err) == -1) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, err);
}

static int
delete_some_unused(struct store *s, int64_t first, struct err *err)
{
	int64_t seq, n;
	size_t i;

	for (i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		if (run_int(s, change_last, 0, &seq, err) == -1 ||
		    find_unused(s, common[i].find, first, &n, err) == -1 ||
		    (n > 0 && delete_unused(s, i, seq, err) == -1) ||
		    store_exec(s->db, s->path, unused_empty, doing, err) == -1)
			return -1;
	}
	return 0;
}

static int
delete_all_unused(struct store *s, struct err *err)
{
	int64_t first, max = 0;

	if (store_exec(s->db, s->path, unused_empty, doing, err) == -1 ||
	    run_int(s, common_max, 0, &max, err) == -1)
		return -1;
	for (first = 1; first <= max; first += UNUSED_STEP) {
		if (delete_some_unused(s, first, err) == -1)
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

	if (store_exec(
	        s->db, s->path, "PRAGMA foreign_keys = OFF", doing, err) == -1)
		return -1;
	rc = delete_all_unused(s, err);
	store_forget(s);
	if (store_exec(
	        s->db, s->path, "PRAGMA foreign_keys = ON", doing, err) == -1)
		return -1;
	return rc;
}

/*
 * They are looked for without a lock, too: what once may be forgotten always
 * may.
 */
static int
forget_changes(struct store *s, struct err *err)
{
	int64_t seq = 0;

	if (store_exec(s->db, s->path, unused_empty, doing, err) == -1 ||
	    run_int(s, changes_last, io_time() - CHANGES_KEPT, &seq, err) ==
	        -1 ||
	    run_int(s, changes_find, seq, NULL, err) == -1)
		return -1;
	if (sqlite3_changes(s->db) == 0)
		return 0;
	if (store_begin(s, err) == -1)
		return -1;
	if (store_exec(s->db, s->path, changes_forget, doing, err) == -1 ||
	    run_int(s, changes_floor, seq, NULL, err) == -1) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, err);
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
			return store_sql_error(s->db, rc, s->path, doing, err);
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
	if (prune_common(s, err) == -1)
		return -1;
	return forget_changes(s, err);
}
