/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/query.h"

#include <limits.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/port.h"
#include "store/schema.h"
#include "store/store_priv.h"

#define IDLE 8 /* statements that are kept, to be asked again */

struct query_db {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *idle[IDLE]; /* in a ring; NULL: none */
	size_t next;
};

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

static bool
has_companion(const char *path, const char *suffix)
{
	char *name;
	int rc;

	xasprintf(&name, "%s%s", path, suffix);
	rc = access(name, F_OK);
	free(name);
	return rc == 0;
}

/*
 * Whether it must be read as if nobody could write it: without -shm SQLite
 * has to make one, and without a -wal all there is is in the file.
 */
static bool
needs_immutable(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	bool writable;

	if (has_companion(path, "-wal") || has_companion(path, "-shm"))
		return false;
	dir = xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	writable = access(dir, W_OK) == 0;
	free(dir);
	return !writable;
}

static char *
file_uri(const char *path, bool immutable)
{
	struct buf b = { 0 };
	const char *p;

	buf_add_str(&b, "file:");
	for (p = path; *p != '\0'; p++) {
		if (strchr("%?#", *p) != NULL)
			buf_printf(&b, "%%%02X", (unsigned int)*p);
		else
			buf_add_char(&b, *p);
	}
	buf_add_str(&b, immutable ? "?immutable=1" : "");
	buf_add_char(&b, '\0');
	return b.at;
}

static int
open_db(struct query_db *q, const char *path, int oldest, struct err *err)
{
	bool there;
	char *uri;
	int rc, version;

	if (store_resolve_path(path, false, &q->path, err) == -1 ||
	    store_check_file(q->path, &there, err) == -1)
		return -1;
	if (!there)
		return err_set(err, ERR_INPUT,
		    "there is no database at %s yet: ruad creates it at its "
		    "first poll",
		    q->path);
	if (access(q->path, R_OK) == -1 && errno == EACCES)
		return err_set(err, ERR_AUTH,
		    "no permission to read %s: join the group that owns it",
		    q->path);
	uri = file_uri(q->path, needs_immutable(q->path));
	rc = store_open_db(&q->db, q->path, uri,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, STORE_BUSY_MS, err);
	free(uri);
	if (rc == -1 ||
	    store_check_identity(
	        q->db, q->path, SCHEMA_VERSION, &version, err) == -1)
		return -1;
	if (version == 0)
		return err_set(err, ERR_INPUT,
		    "there is nothing in %s yet: ruad fills it at its first "
		    "poll",
		    q->path);
	if (version < oldest)
		return err_set(err, ERR_CONF,
		    "%s was written by an older ruad (schema version %d): "
		    "start ruad once to bring it up to date; before that, "
		    "\"ruactl backup\" can copy it",
		    q->path, version);
	return store_exec(
	    q->db, q->path, "PRAGMA query_only = ON", "open it", err);
}

static int
open_from(struct query_db **out, const char *path, int oldest, struct err *err)
{
	struct query_db *q = xcalloc(1, sizeof(*q));

	if (open_db(q, path, oldest, err) == -1) {
		query_close(q);
		return -1;
	}
	*out = q;
	return 0;
}

int
query_open(struct query_db **out, const char *path, struct err *err)
{
	return open_from(out, path, SCHEMA_VERSION, err);
}

int
query_open_old(struct query_db **out, const char *path, struct err *err)
{
	return open_from(out, path, 1, err);
}

void
query_close(struct query_db *q)
{
	size_t i;

	if (q == NULL)
		return;
	for (i = 0; i < IDLE; i++)
		sqlite3_finalize(q->idle[i]);
	sqlite3_close(q->db);
	free(q->path);
	free(q);
}

/* All pages, of one moment, as a database that needs no -wal. */
static int
copy_pages(struct query_db *q, const char *file, struct err *err)
{
	sqlite3_backup *backup = NULL;
	sqlite3 *to = NULL;
	int rc, damaged;

	if (store_open_db(&to, file, file, SQLITE_OPEN_READWRITE, STORE_BUSY_MS,
	        err) == -1)
		return -1;
	rc = SQLITE_ERROR;
	if ((backup = sqlite3_backup_init(to, "main", q->db, "main")) != NULL) {
		sqlite3_backup_step(backup, -1);
		rc = sqlite3_backup_finish(backup);
	}
	damaged = (rc & 0xff) == SQLITE_CORRUPT || (rc & 0xff) == SQLITE_NOTADB;
	if (rc != SQLITE_OK)
		store_sql_error(damaged ? q->db : to, rc,
		    damaged ? q->path : file, "write the backup", err);
	else
		rc = store_exec(to, file, "PRAGMA journal_mode = DELETE",
		    "write the backup", err);
	sqlite3_close(to);
	return rc == SQLITE_OK ? 0 : -1;
}

/* Give a file its name for good, unless another one has it. */
static int
put_in_place(const char *file, const char *name, struct err *err)
{
	if (port_rename_new(file, name) == -1)
		return errno == EEXIST
		    ? err_set(err, ERR_CREATE,
		          "%s already exists: choose another file name", name)
		    : err_set_errno(err, ERR_CREATE, "cannot create %s", name);
	io_sync_directory(name);
	return 0;
}

int
query_backup(struct query_db *q, const char *file, struct err *err)
{
	struct stat st;
	char *part;
	int fd, rc = -1;

	if (lstat(file, &st) == 0)
		return err_set(err, ERR_CREATE,
		    "%s already exists: choose another file name", file);
	xasprintf(&part, "%s.XXXXXX", file);
	if ((fd = mkostemp(part, O_CLOEXEC)) == -1) {
		err_set_errno(err, ERR_CREATE, "cannot create %s", file);
		free(part);
		return -1;
	}
	if (fchmod(fd, 0640) == -1)
		err_set_errno(err, ERR_CREATE, "cannot create %s", file);
	else if (copy_pages(q, part, err) == 0)
		rc = put_in_place(part, file, err);
	close(fd);
	if (rc == -1)
		unlink(part);
	free(part);
	return rc;
}

/*
 * A question about each of many senders takes longer to be prepared than to be
 * answered: take the statement that an earlier one left.
 */
static sqlite3_stmt *
take_idle(struct query_db *db, const char *sql)
{
	sqlite3_stmt *st;
	size_t i;

	for (i = 0; i < IDLE; i++)
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
	db->next = (db->next + 1) % IDLE;
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

struct defined {
	query_function *function;
	const void *data;
};

static void
call_defined(sqlite3_context *context, int n, sqlite3_value **values)
{
	const struct defined *d = sqlite3_user_data(context);
	const char *text;

	(void)n;
	text = d->function(d->data, (const char *)sqlite3_value_text(values[0]),
	    sqlite3_value_int64(values[1]));
	sqlite3_result_text(context, text, -1, SQLITE_STATIC);
}

int
query_define(struct query_db *db, const char *name, query_function *function,
    const void *data, struct err *err)
{
	struct defined *d = xmalloc(sizeof(*d));
	int rc;

	*d = (struct defined) { function, data };
	rc = sqlite3_create_function_v2(db->db, name, 2,
	    SQLITE_UTF8 | SQLITE_DETERMINISTIC, d, call_defined, NULL, NULL,
	    free);
	return rc == SQLITE_OK
	    ? 0
	    : store_sql_error(db->db, rc, db->path, "ask a question", err);
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
