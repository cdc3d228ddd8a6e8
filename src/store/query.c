/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/query.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/query_priv.h"

struct query {
	struct query_db *db;
	sqlite3_stmt *st;
	int bind_error;   /* the first one */
	struct arena hex; /* BLOBs of the row, as text */
	bool keep;
	bool again;
	struct array kept; /* struct query_value, row by row */
	struct arena kept_text;
	size_t next; /* of kept, after the row at hand */
};

/*
 * A question about each of many senders takes longer to be prepared than to be
 * answered: take the statement that an earlier one left.
 */
static sqlite3_stmt *
take_idle(struct query_db *db, const char *sql)
{
	sqlite3_stmt *st;
	size_t i;

	for (i = 0; i < QUERY_IDLE; i++)
		if ((st = db->idle[i]) != NULL &&
		    strcmp(sqlite3_sql(st), sql) == 0) {
			db->idle[i] = NULL;
			return st;
		}
	return NULL;
}

/* Without what was bound, and with no row at hand, which would hold a lock. */
static void
leave_idle(struct query_db *db, sqlite3_stmt *st)
{
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	sqlite3_finalize(db->idle[db->next]);
	db->idle[db->next] = st;
	db->next = (db->next + 1) % QUERY_IDLE;
}

int
query_new(
    struct query **out, struct query_db *db, const char *sql, struct err *err)
{
	sqlite3_stmt *st = take_idle(db, sql);
	struct query *q;
	int rc = SQLITE_OK;

	if (st == NULL)
		rc = sqlite3_prepare_v2(db->db, sql, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return store_sql_error(
		    db->db, rc, db->path, "ask a question", err);
	q = xcalloc(1, sizeof(*q));
	q->db = db;
	q->st = st;
	*out = q;
	return 0;
}

static void
note_bind(struct query *q, int rc)
{
	if (q->bind_error == SQLITE_OK)
		q->bind_error = rc;
}

void
query_bind_int(struct query *q, int i, int64_t value)
{
	note_bind(q, sqlite3_bind_int64(q->st, i, value));
}

void
query_bind_text(struct query *q, int i, const char *text)
{
	sqlite3 *db = q->db->db;
	const size_t len = text != NULL ? strlen(text) : 0;

	/* What is read from the file stays short, unless much is shown. */
	if (len >= (size_t)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, -1))
		sqlite3_limit(db, SQLITE_LIMIT_LENGTH, INT_MAX);
	note_bind(q, sqlite3_bind_text(q->st, i, text, -1, SQLITE_TRANSIENT));
}

int
query_parameters(const struct query *q)
{
	return sqlite3_bind_parameter_count(q->st);
}

const char *
query_parameter_name(const struct query *q, int i)
{
	return sqlite3_bind_parameter_name(q->st, i);
}

static void
keep_row(struct query *q)
{
	struct query_value v, *kept;
	int i;

	for (i = 0; i < query_columns(q); i++) {
		v = query_value(q, i);
		if (v.text != NULL)
			v.text = arena_strndup(
			    &q->kept_text, v.text, strlen(v.text));
		kept = array_add(&q->kept, sizeof(*kept));
		*kept = v;
	}
}

static int
step_again(struct query *q)
{
	if (q->next == q->kept.n)
		return 0;
	q->next += (size_t)query_columns(q);
	return 1;
}

int
query_step(struct query *q, struct err *err)
{
	int rc = q->bind_error;

	if (q->again)
		return step_again(q);
	arena_reset(&q->hex);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW && q->keep)
		keep_row(q);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return store_sql_error(
	    q->db->db, rc, q->db->path, "answer a question", err);
}

void
query_restart(struct query *q)
{
	sqlite3_reset(q->st);
}

int
query_columns(const struct query *q)
{
	return sqlite3_column_count(q->st);
}

const char *
query_column_name(const struct query *q, int i)
{
	return sqlite3_column_name(q->st, i);
}

int
query_column(const struct query *q, const char *name)
{
	int i;

	for (i = 0; i < query_columns(q); i++)
		if (strcmp(query_column_name(q, i), name) == 0)
			return i;
	return -1;
}

static int
must_find_column(const struct query *q, const char *name)
{
	const int i = query_column(q, name);

	if (i == -1)
		abort();
	return i;
}

/* Digests and address keys: lower-case hexadecimal. */
static const char *
blob_text(struct query *q, int i)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *blob = sqlite3_column_blob(q->st, i);
	size_t k, n = (size_t)sqlite3_column_bytes(q->st, i);
	char *text = arena_alloc(&q->hex, 2 * n + 1);

	for (k = 0; k < n; k++) {
		text[2 * k] = digits[blob[k] >> 4];
		text[2 * k + 1] = digits[blob[k] & 15];
	}
	text[2 * n] = '\0';
	return text;
}

struct query_value
query_value(struct query *q, int i)
{
	struct query_value v = { .text = NULL };
	const struct query_value *kept = q->kept.at;
	int type;

	if (q->again)
		return kept[q->next - (size_t)query_columns(q) + (size_t)i];
	type = sqlite3_column_type(q->st, i);
	v.null = type == SQLITE_NULL;
	if (v.null)
		return v;
	v.is_int = type == SQLITE_INTEGER;
	v.is_real = type == SQLITE_FLOAT;
	if (v.is_int || v.is_real) {
		v.num = sqlite3_column_int64(q->st, i);
		v.real = sqlite3_column_double(q->st, i);
	}
	if (type == SQLITE_BLOB)
		v.text = blob_text(q, i);
	else
		v.text = (const char *)sqlite3_column_text(q->st, i);
	if (v.text == NULL) {
		/* No memory to convert it. */
		note_bind(q, SQLITE_NOMEM);
		v.text = "";
	}
	return v;
}

int64_t
query_int(struct query *q, int i)
{
	return sqlite3_column_int64(q->st, i);
}

const char *
query_text(struct query *q, int i)
{
	const char *text = (const char *)sqlite3_column_text(q->st, i);

	if (text == NULL && sqlite3_column_type(q->st, i) != SQLITE_NULL) {
		note_bind(q, SQLITE_NOMEM);
		return "";
	}
	return text;
}

const void *
query_blob(struct query *q, int i, size_t *len)
{
	const void *blob = sqlite3_column_blob(q->st, i);

	*len = (size_t)sqlite3_column_bytes(q->st, i);
	if (blob == NULL && sqlite3_column_type(q->st, i) == SQLITE_BLOB &&
	    *len > 0)
		note_bind(q, SQLITE_NOMEM);
	return blob;
}

void
query_keep(struct query *q)
{
	q->keep = true;
}

void
query_keep_text(struct query *q, int column, const char *text)
{
	struct query_value *kept = q->kept.at;

	kept += q->kept.n - (size_t)query_columns(q) + (size_t)column;
	*kept = (struct query_value) { .text = arena_strndup(
		                           &q->kept_text, text, strlen(text)) };
}

void
query_again(struct query *q)
{
	q->again = true;
	q->next = 0;
}

void
query_free(struct query *q)
{
	if (q == NULL)
		return;
	leave_idle(q->db, q->st);
	arena_done(&q->hex);
	array_done(&q->kept);
	arena_done(&q->kept_text);
	free(q);
}

int
query_one_int(
    struct query_db *db, const char *sql, int64_t *out, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		*out = query_value(q, 0).num;
	query_free(q);
	return rc == -1 ? -1 : 0;
}

int64_t
query_named_int(struct query *q, const char *name)
{
	return query_int(q, must_find_column(q, name));
}

const char *
query_named_text(struct query *q, const char *name)
{
	return query_text(q, must_find_column(q, name));
}

bool
query_named_null(struct query *q, const char *name)
{
	return query_value(q, must_find_column(q, name)).null;
}

void
query_find_columns(
    const struct query *q, const char *const *names, size_t n, int *columns)
{
	size_t i;

	for (i = 0; i < n; i++)
		columns[i] = must_find_column(q, names[i]);
}
