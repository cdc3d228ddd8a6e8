/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sum.h"
#include "store/store_priv.h"

static const char doing[] = "pack the records of a report";

void
store_pack_clear(struct store_pack *p)
{
	p->records.len = 0;
	p->last = p->messages = p->pass = 0;
}

void
store_pack_add(struct store_pack *p, const struct pack_record *r)
{
	pack_add(&p->records, p->last, r);
	p->last = r->id;
	sum_add(&p->messages, r->messages);
	if (r->dkim || r->spf)
		sum_add(&p->pass, r->messages);
}

int
store_pack_write(sqlite3 *db, sqlite3_stmt *st, const char *path,
    int64_t report_id, const struct store_pack *p, struct err *err)
{
	int rc;

	if (p->last == 0)
		return 0;
	sqlite3_bind_int64(st, 1, report_id);
	sqlite3_bind_int64(st, 2, p->messages);
	sqlite3_bind_int64(st, 3, p->pass);
	sqlite3_bind_blob(
	    st, 4, p->records.at, (int)p->records.len, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc != SQLITE_DONE)
		store_sql_error(db, rc, path, doing, err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

#define ROWS \
	"SELECT report_id, id, messages, source_id, dkim_list_id, profile_id," \
	" cause, coalesce(disposition, -1), dkim, spf FROM record_row"

static void
read_row(sqlite3_stmt *st, struct pack_record *r)
{
	r->id = sqlite3_column_int64(st, 1);
	r->messages = sqlite3_column_int64(st, 2);
	r->source = sqlite3_column_int64(st, 3);
	r->signatures = sqlite3_column_int64(st, 4);
	r->profile = sqlite3_column_int64(st, 5);
	r->cause = sqlite3_column_int(st, 6);
	r->disposition = sqlite3_column_int(st, 7);
	r->dkim = sqlite3_column_int(st, 8) == 1;
	r->spf = sqlite3_column_int(st, 9) == 1;
	r->has_dkim = sqlite3_column_type(st, 8) != SQLITE_NULL;
	r->has_spf = sqlite3_column_type(st, 9) != SQLITE_NULL;
}

/* Read rows by report, and write each report when its last one was read. */
static int
pack_rows(sqlite3 *db, sqlite3_stmt *rows, sqlite3_stmt *set, const char *path,
    struct err *err)
{
	struct store_pack p = { .last = 0 };
	struct pack_record r;
	int64_t report = 0;
	int rc, written = 0;

	while (written == 0 && (rc = sqlite3_step(rows)) == SQLITE_ROW) {
		if (sqlite3_column_int64(rows, 0) != report) {
			written = store_pack_write(
			    db, set, path, report, &p, err);
			store_pack_clear(&p);
			report = sqlite3_column_int64(rows, 0);
		}
		read_row(rows, &r);
		store_pack_add(&p, &r);
	}
	if (written == 0 && rc != SQLITE_DONE)
		written = store_sql_error(db, rc, path, doing, err);
	if (written == 0)
		written = store_pack_write(db, set, path, report, &p, err);
	buf_done(&p.records);
	return written;
}

static int
pack(sqlite3 *db, const char *path, const char *sql, int64_t report_id,
    struct err *err)
{
	sqlite3_stmt *rows = NULL, *set = NULL;
	int rc;

	rc = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_prepare_v2(
		    db, store_stmt_sql[STMT_PACK_SET], -1, &set, NULL);
	if (rc != SQLITE_OK)
		rc = store_sql_error(db, rc, path, doing, err);
	else {
		/* Refused where there is no ?1. */
		sqlite3_bind_int64(rows, 1, report_id);
		rc = pack_rows(db, rows, set, path, err);
	}
	sqlite3_finalize(rows);
	sqlite3_finalize(set);
	return rc;
}

int
store_pack_report(
    sqlite3 *db, const char *path, int64_t report_id, struct err *err)
{
	return pack(
	    db, path, ROWS " WHERE report_id = ?1 ORDER BY id", report_id, err);
}

int
store_pack_all(sqlite3 *db, const char *path, struct err *err)
{
	return pack(db, path, ROWS " ORDER BY report_id, id", 0, err);
}
