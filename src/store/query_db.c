/* SPDX-License-Identifier: BSD-2-Clause */
/* Databases that are asked: opened, copied, closed. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/port.h"
#include "store/query_priv.h"
#include "store/schema.h"

#define CLOCK_STEPS 20000 /* of SQLite, some milliseconds */
#define PASSING_MS 200
#define NAP_MS 5

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

	if (store_has_companion(path, "-wal") ||
	    store_has_companion(path, "-shm"))
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

bool
query_is_overtaken(const struct query_db *q)
{
	const struct stat *before = &q->file;
	struct stat now;

	return q->is_immutable &&
	    (!needs_immutable(q->path) || stat(q->path, &now) == -1 ||
	        now.st_ino != before->st_ino ||
	        now.st_size != before->st_size ||
	        now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	        now.st_mtim.tv_nsec != before->st_mtim.tv_nsec);
}

static int
open_db(struct query_db *q, const char *path, int oldest, int busy_ms,
    struct err *err)
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
	/* In this order: what comes in between is seen afterwards. */
	memset(&q->file, 0, sizeof(q->file));
	(void)!stat(q->path, &q->file);
	q->is_immutable = needs_immutable(q->path);
	uri = file_uri(q->path, q->is_immutable);
	rc = store_open_db(&q->db, q->path, uri,
	    SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busy_ms, err);
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
	/* A question goes through what it reads once. */
	return store_exec(q->db, q->path,
	    "PRAGMA query_only = ON; PRAGMA cache_size = -2048", "open it",
	    err);
}

/*
 * Whether it may be otherwise in a moment: while a writer makes -wal and -shm,
 * or removes them, SQLite cannot read for who could not make them himself.
 */
static bool
is_passing(const struct query_db *q, const struct err *err)
{
	return (err->class == ERR_AUTH || err->class == ERR_AGAIN) &&
	    q->path != NULL && access(q->path, R_OK) == 0;
}

static int
open_from(struct query_db **out, const char *path, int oldest, int busy_ms,
    struct err *err)
{
	const struct timespec nap = { .tv_nsec = NAP_MS * 1000000L };
	struct query_db *q;
	const int64_t until = io_clock_ms() + PASSING_MS;
	bool again;

	for (;;) {
		q = xcalloc(1, sizeof(*q));
		if (open_db(q, path, oldest, busy_ms, err) == 0)
			break;
		again = is_passing(q, err);
		query_close(q);
		if (!again || io_clock_ms() >= until)
			return -1;
		err->class = ERR_NONE;
		nanosleep(&nap, NULL);
	}
	*out = q;
	return 0;
}

int
query_open(struct query_db **out, const char *path, struct err *err)
{
	return query_open_within(out, path, STORE_BUSY_MS, err);
}

int
query_open_within(
    struct query_db **out, const char *path, int busy_ms, struct err *err)
{
	return open_from(out, path, SCHEMA_VERSION, busy_ms, err);
}

int
query_open_old(struct query_db **out, const char *path, struct err *err)
{
	return open_from(out, path, 1, STORE_BUSY_MS, err);
}

int
query_open_empty(struct query_db **out, struct err *err)
{
	static const char name[] = ":memory:";
	struct query_db *q = xcalloc(1, sizeof(*q));

	if (store_open_db(&q->db, name, name,
	        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, STORE_BUSY_MS,
	        err) == -1 ||
	    store_exec(q->db, name, schema_sql, "create it", err) == -1 ||
	    store_exec(q->db, name, schema_views_sql, "create it", err) == -1 ||
	    store_exec(q->db, name, "PRAGMA query_only = ON", "open it", err) ==
	        -1) {
		query_close(q);
		return -1;
	}
	*out = q;
	return 0;
}

bool
query_is_empty(const struct query_db *q)
{
	return q->path == NULL;
}

void
query_close(struct query_db *q)
{
	size_t i;

	if (q == NULL)
		return;
	if (q->slot != NULL)
		q->slot_done(q->slot);
	for (i = 0; i < QUERY_IDLE; i++)
		sqlite3_finalize(q->idle[i]);
	sqlite3_close(q->db);
	free(q->path);
	free(q);
}

static int64_t
cpu_ms(void)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

bool
query_is_late(const struct query_db *q)
{
	return q->deadline > 0 && cpu_ms() > q->deadline;
}

static int
is_late(void *db)
{
	return query_is_late(db);
}

void
query_set_deadline(struct query_db *q, int64_t ms)
{
	q->deadline = cpu_ms() + ms;
	sqlite3_progress_handler(q->db, CLOCK_STEPS, is_late, q);
}

void **
query_slot(struct query_db *q, void (*done)(void *))
{
	q->slot_done = done;
	return &q->slot;
}

/*
 * A copy of damaged pages is a damaged copy: told now, while there may be an
 * older one that is whole.
 */
static int
check_pages(sqlite3 *copy, const char *file, const char *path, struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	const char *said = NULL, *line;
	int rc;

	rc = sqlite3_prepare_v2(
	    copy, "PRAGMA integrity_check(1)", -1, &stmt, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW)
		said = (const char *)sqlite3_column_text(stmt, 0);
	if (said == NULL)
		store_sql_error(copy, rc, file, "check the backup", err);
	else if (strcmp(said, "ok") != 0) {
		/* Its first line is a heading. */
		line = strchr(said, '\n');
		err_set(err, ERR_CONF,
		    "%s is damaged (%s): no backup was made; keep earlier "
		    "ones, and copy the file itself for what can be saved",
		    path, line != NULL ? line + 1 : said);
		said = NULL;
	}
	rc = said != NULL ? 0 : -1;
	sqlite3_finalize(stmt);
	return rc;
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
	else if ((rc = store_exec(to, file, "PRAGMA journal_mode = DELETE",
	              "write the backup", err)) == 0)
		rc = check_pages(to, file, q->path, err);
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
