/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/sha256.h"
#include "base/io.h"
#include "base/mem.h"
#include "store/schema.h"
#include "store/store.h"
#include "store/store_priv.h"

/*
 * Pages of WAL before a commit also copies them into the database: two or three
 * batches of a thousand messages write as many.
 */
#define SETTINGS_SQL \
	"PRAGMA synchronous = FULL;" \
	"PRAGMA foreign_keys = ON;" \
	"PRAGMA wal_autocheckpoint = 4000;" \
	"PRAGMA journal_size_limit = 16777216;"

#define WAL_RETRY_MS 10
#define PROGRESS_STEPS 1000000 /* of SQLite: less than a second */

/* BEGIN IMMEDIATE, and look again: another process may have been faster. */
static int
begin_upgrade(struct store *s, const struct store_options *o, int *version,
    struct err *err)
{
	if (store_exec(s->db, s->path, "BEGIN IMMEDIATE", "lock it", err) == -1)
		return -1;
	return store_check_identity(s->db, s->path, o->version, version, err);
}

static int
set_version(struct store *s, int version, struct err *err)
{
	char sql[96];

	snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d",
	    SCHEMA_APPLICATION_ID, version);
	return store_exec(s->db, s->path, sql, "mark it as ruad's", err);
}

static char *
views_digest(const struct store_options *o, char hex[static SHA256_HEX])
{
	uint8_t digest[SHA256_SIZE];

	sha256_hash(o->views, strlen(o->views), digest);
	return sha256_hex(digest, hex);
}

/* In a transaction. */
static int
write_views(struct store *s, const struct store_options *o, struct err *err)
{
	char sql[192], hex[SHA256_HEX];

	snprintf(sql, sizeof(sql),
	    "INSERT INTO meta (key, value) VALUES ('views', '%s')"
	    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
	    views_digest(o, hex));
	if (store_exec(s->db, s->path, o->views, "create its views", err) == -1)
		return -1;
	return store_exec(s->db, s->path, sql, "create its views", err);
}

/*
 * All of the schema or nothing.  Still in rollback-journal mode, so that the
 * mark of ruad is in the file itself from the first moment.
 */
static int
create(struct store *s, const struct store_options *o, struct err *err)
{
	int version;

	if (begin_upgrade(s, o, &version, err) == -1)
		goto fail;
	if (version == 0) {
		if (store_exec(s->db, s->path, o->sql, "create its tables",
		        err) == -1 ||
		    write_views(s, o, err) == -1 ||
		    set_version(s, o->version, err) == -1)
			goto fail;
	}
	if (store_exec(s->db, s->path, "COMMIT", "create it", err) == -1)
		goto fail;
	return 0;
fail:
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/* sql: a row of it is one that lacks another. */
static int
check_orphans(struct store *s, const char *sql, struct err *err)
{
	sqlite3_stmt *st = NULL;
	int rc;

	rc = sqlite3_prepare_v2(s->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		err_set(err, ERR_BUG,
		    "%s: its new version would have rows without parents",
		    s->path);
	else if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "check it", err);
	sqlite3_finalize(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int
on_progress(void *arg)
{
	const struct store_watch *watch = arg;

	return watch->progress(watch->arg) ? 0 : 1;
}

/* Unless another process was faster. */
static void
watch_update(struct store *s, const struct store_options *o, int version)
{
	const struct store_watch *watch = o->watch;

	if (version == o->version)
		return;
	s->updated_from = version;
	if (watch == NULL)
		return;
	watch->begin(s->path, version, o->version);
	sqlite3_progress_handler(
	    s->db, PROGRESS_STEPS, on_progress, (void *)(uintptr_t)watch);
}

/* All steps to the newest version, or none. */
static int
migrate(struct store *s, const struct store_options *o, struct err *err)
{
	const struct schema_step *step;
	int64_t start = io_clock_ms();
	char doing[64];
	int version;

	/*
	 * A step may rebuild tables that keys and views refer to: keys are
	 * checked before COMMIT, and views are written anew.
	 */
	if (store_exec(s->db, s->path,
	        "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON",
	        "update it", err) == -1 ||
	    begin_upgrade(s, o, &version, err) == -1)
		goto fail;
	watch_update(s, o, version);
	for (; version < o->version; version++) {
		snprintf(doing, sizeof(doing),
		    "update it from schema version %d to %d", version,
		    version + 1);
		step = &o->steps[version - 1];
		if (store_exec(s->db, s->path, step->sql, doing, err) == -1 ||
		    (step->run != NULL && step->run(s->db, s->path, err) == -1))
			goto fail;
	}
	if (write_views(s, o, err) == -1 ||
	    set_version(s, o->version, err) == -1 ||
	    check_orphans(s, "PRAGMA foreign_key_check", err) == -1 ||
	    check_orphans(s, schema_orphans_sql, err) == -1 ||
	    store_exec(s->db, s->path, "COMMIT", "update it", err) == -1)
		goto fail;
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	s->update_ms = io_clock_ms() - start;
	return 0;
fail:
	sqlite3_progress_handler(s->db, 0, NULL, NULL);
	sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return -1;
}

/*
 * The change to WAL needs the file for itself for a moment, and SQLite does
 * not always wait for that on its own.
 */
static int
set_wal(struct store *s, int busy_ms, struct err *err)
{
	const struct timespec pause = { 0, WAL_RETRY_MS * 1000000L };
	int64_t until = io_clock_ms() + busy_ms;
	sqlite3_stmt *st = NULL;
	const char *mode;
	int rc;

	rc = sqlite3_prepare_v2(
	    s->db, "PRAGMA journal_mode = WAL", -1, &st, NULL);
	while (rc == SQLITE_OK) {
		rc = sqlite3_step(st);
		if ((rc & 0xff) != SQLITE_BUSY || io_clock_ms() >= until)
			break;
		sqlite3_reset(st);
		nanosleep(&pause, NULL);
		rc = SQLITE_OK;
	}
	if (rc != SQLITE_ROW)
		store_sql_error(
		    s->db, rc, s->path, "set its write-ahead log", err);
	else {
		mode = (const char *)sqlite3_column_text(st, 0);
		if (mode == NULL || strcmp(mode, "wal") != 0) {
			err_set(err, ERR_CONF,
			    "%s cannot have a write-ahead log: put it on a "
			    "local disk",
			    s->path);
			rc = SQLITE_ERROR;
		}
	}
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? 0 : -1;
}

static int
prepare(struct store *s, struct err *err)
{
	int i, rc;

	for (i = 0; i < STMTS; i++) {
		rc = sqlite3_prepare_v3(s->db, store_stmt_sql[i], -1,
		    SQLITE_PREPARE_PERSISTENT, &s->stmt[i], NULL);
		if (rc == SQLITE_ERROR)
			return err_set(err, ERR_CONF,
			    "%s does not have the tables of ruad's schema "
			    "version %d (%s): restore it from a backup",
			    s->path, SCHEMA_VERSION, sqlite3_errmsg(s->db));
		if (rc != SQLITE_OK)
			return store_sql_error(
			    s->db, rc, s->path, "read it", err);
	}
	return 0;
}

/*
 * How the views are written may change without a new version of the schema.
 * Whoever comes second writes the same again.
 */
static int
update_views(struct store *s, const struct store_options *o, struct err *err)
{
	char hex[SHA256_HEX];
	int64_t same;
	bool found;

	store_bind_text(s->stmt[STMT_VIEWS_SAME], 1, views_digest(o, hex));
	if (store_run_row(
	        s, STMT_VIEWS_SAME, "read it", &same, 1, &found, err) == -1)
		return -1;
	if (found)
		return 0;
	if (store_run(s, STMT_BEGIN, "lock it", err) == 0) {
		if (write_views(s, o, err) == 0 &&
		    store_run(s, STMT_COMMIT, "create its views", err) == 0)
			return 0;
		sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	}
	return -1;
}

static int
open_db(struct store *s, const struct store_options *o, struct err *err)
{
	int on = 1, version;
	bool there;

	if (store_check_file(s->path, &there, err) == -1)
		return -1;
	if ((!there && store_create_file(s->path, err) == -1) ||
	    store_check_owner(s->path, err) == -1)
		return -1;
	if (store_open_db(&s->db, s->path, s->path, SQLITE_OPEN_READWRITE,
	        o->busy_ms, err) == -1)
		return -1;
	/* Not a byte is written before it is known to be ours. */
	if (store_check_identity(s->db, s->path, o->version, &version, err) ==
	    -1)
		return -1;
	s->is_new = version == 0;
	if (version == 0 && create(s, o, err) == -1)
		return -1;
	if (version > 0 && version < o->version && migrate(s, o, err) == -1)
		return -1;
	if (set_wal(s, o->busy_ms, err) == -1 ||
	    store_exec(s->db, s->path, SETTINGS_SQL, "set it up", err) == -1)
		return -1;
	/*
	 * -wal and -shm stay when ruad is gone: readers who may not create
	 * files in this directory could not open the database without.  The
	 * first look makes them.
	 */
	sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
	if (store_check_identity(s->db, s->path, o->version, &version, err) ==
	    -1)
		return -1;
	if (prepare(s, err) == -1 || update_views(s, o, err) == -1)
		return -1;
	return store_note_place(s, err);
}

int
store_open_with(struct store **out, const char *path,
    const struct store_options *o, struct err *err)
{
	struct store *s = xcalloc(1, sizeof(*s));
	int i;

	if (store_resolve_path(path, true, &s->path, err) == -1 ||
	    open_db(s, o, err) == -1) {
		store_close(s);
		return -1;
	}
	for (i = 0; i < STORE_CACHES; i++)
		s->cache[i] = store_cache_new();
	*out = s;
	return 0;
}

int
store_open(struct store **out, const char *path, struct err *err)
{
	return store_open_watched(out, path, NULL, err);
}

int
store_open_watched(struct store **out, const char *path,
    const struct store_watch *watch, struct err *err)
{
	const struct store_options o = {
		.sql = schema_sql,
		.views = schema_views_sql,
		.steps = schema_steps,
		.version = SCHEMA_VERSION,
		.busy_ms = STORE_BUSY_MS,
		.watch = watch,
	};

	return store_open_with(out, path, &o, err);
}

int
store_updated_from(const struct store *s, int64_t *ms)
{
	*ms = s->update_ms;
	return s->updated_from;
}

bool
store_is_new(const struct store *s)
{
	return s->is_new;
}

void
store_close(struct store *s)
{
	int i;

	if (s == NULL)
		return;
	for (i = 0; i < STMTS; i++)
		sqlite3_finalize(s->stmt[i]);
	sqlite3_close(s->db);
	for (i = 0; i < STORE_CACHES; i++)
		store_cache_free(s->cache[i]);
	store_forget_rules(&s->rules);
	buf_done(&s->pack.records);
	buf_done(&s->scratch.text);
	buf_done(&s->scratch.key);
	free(s->path);
	free(s);
}
