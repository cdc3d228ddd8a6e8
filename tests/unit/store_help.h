/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the store share: a directory, a report, a look inside. */
#ifndef RUAD_TESTS_STORE_HELP_H
#define RUAD_TESTS_STORE_HELP_H

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "store/pack.h"
#include "store/schema.h"
#include "store/store.h"

static char help_dir[64];
static char help_db[96]; /* "ruad.db" in it */

static int
help_remove(
    const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

static int
help_setup(void **state)
{
	(void)state;
	umask(022);
	snprintf(help_dir, sizeof(help_dir), "/tmp/ruad-store-XXXXXX");
	if (mkdtemp(help_dir) == NULL)
		return -1;
	snprintf(help_db, sizeof(help_db), "%s/ruad.db", help_dir);
	return 0;
}

static int
help_teardown(void **state)
{
	(void)state;
	return nftw(help_dir, help_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* Whatever must succeed; the sentence if it does not. */
#define ok(call) \
	do { \
		struct err err = ERR_INIT; \
		if ((call) == -1) \
			fail_msg("%s: %s", #call, err.text); \
	} while (0)

/* Whatever must fail, and how. */
#define refused(expected_class, call) \
	do { \
		struct err err = ERR_INIT; \
		assert_int_equal((call), -1); \
		if (err.class != (expected_class)) \
			fail_msg( \
			    "%s: class %d: %s", #call, err.class, err.text); \
		assert_true(err.text[0] != '\0'); \
	} while (0)

static inline struct store *
help_open(void)
{
	struct store *s = NULL;

	ok(store_open(&s, help_db, &err));
	return s;
}

/* With an open store as the state. */
static inline int
help_setup_store(void **state)
{
	if (help_setup(state) == -1)
		return -1;
	*state = help_open();
	return 0;
}

static inline int
help_teardown_store(void **state)
{
	store_close(*state);
	return help_teardown(state);
}

/*
 * The answer from a connection of its own: columns joined by "|", rows by a
 * newline, NULL as "NULL".
 */
static inline const char *
help_ask(const char *sql)
{
	static char answer[32768];
	sqlite3_stmt *st = NULL;
	const char *text;
	sqlite3 *db = NULL;
	size_t len = 0;
	int i, rc;

	assert_int_equal(
	    sqlite3_open_v2(help_db, &db, SQLITE_OPEN_READWRITE, NULL), 0);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	answer[0] = '\0';
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		for (i = 0; i < sqlite3_column_count(st); i++) {
			text = (const char *)sqlite3_column_text(st, i);
			len += (size_t)snprintf(answer + len,
			    sizeof(answer) - len, "%s%s",
			    len == 0    ? ""
			        : i > 0 ? "|"
			                : "\n",
			    text != NULL ? text : "NULL");
			assert_true(len < sizeof(answer));
		}
	if (rc != SQLITE_DONE)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_finalize(st);
	sqlite3_close(db);
	return answer;
}

#define asked(expected, sql) assert_string_equal(help_ask(sql), expected)

/* Change the database behind the store's back. */
static inline void
help_change(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(help_db, &db,
	                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL),
	    0);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Away with it. */
static inline void
help_unlink(void)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char path[128];
	size_t i;

	for (i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", help_db, suffixes[i]);
		unlink(path);
	}
}

/* One record as text, of its row or of what was packed. */
static inline void
help_write_record(char text[200], const struct pack_record *r)
{
	snprintf(text, 200, "%lld|%lld|%lld|%lld|%lld|%d|%d|%d|%d",
	    (long long)r->id, (long long)r->messages, (long long)r->source,
	    (long long)r->signatures, (long long)r->profile, r->cause,
	    r->disposition, r->dkim, r->spf);
}

/* What was packed of a report, against its rows; it has some. */
static inline void
help_check_pack(sqlite3 *db, sqlite3_stmt *report)
{
	const int64_t id = sqlite3_column_int64(report, 0);
	const uint8_t *at = sqlite3_column_blob(report, 3);
	struct pack_reader packed = { at, at + sqlite3_column_bytes(report, 3),
		0 };
	int64_t messages = 0, pass = 0;
	struct pack_record r = { 0 };
	sqlite3_stmt *st = NULL;
	char is[200], must[200];

	assert_int_equal(
	    sqlite3_prepare_v2(db,
	        "SELECT id, messages, coalesce(source_id, 0),"
	        " coalesce(dkim_list_id, 0), profile_id, cause,"
	        " coalesce(disposition, -1), dkim IS 1, spf IS 1"
	        " FROM record_row WHERE report_id = ?1 ORDER BY id",
	        -1, &st, NULL),
	    SQLITE_OK);
	sqlite3_bind_int64(st, 1, id);
	while (sqlite3_step(st) == SQLITE_ROW) {
		const struct pack_record row = {
			.id = sqlite3_column_int64(st, 0),
			.messages = sqlite3_column_int64(st, 1),
			.source = sqlite3_column_int64(st, 2),
			.signatures = sqlite3_column_int64(st, 3),
			.profile = sqlite3_column_int64(st, 4),
			.cause = sqlite3_column_int(st, 5),
			.disposition = sqlite3_column_int(st, 6),
			.dkim = sqlite3_column_int(st, 7),
			.spf = sqlite3_column_int(st, 8),
		};

		assert_int_equal(pack_next(&packed, &r), 1);
		help_write_record(must, &row);
		help_write_record(is, &r);
		assert_string_equal(is, must);
		messages += row.messages;
		pass += row.dkim || row.spf ? row.messages : 0;
	}
	assert_int_equal(pack_next(&packed, &r), 0);
	assert_int_equal(sqlite3_column_int64(report, 1), messages);
	assert_int_equal(sqlite3_column_int64(report, 2), pass);
	sqlite3_finalize(st);
}

/* Each report whose records count is packed, if nobody but ruad wrote. */
static inline void
help_check_packed(void)
{
	asked("",
	    "SELECT DISTINCT report_id FROM record_row EXCEPT"
	    " SELECT report_id FROM report_pack");
}

/* Nothing is packed but what is there. */
static inline void
help_check_packs(void)
{
	sqlite3_stmt *st = NULL;
	sqlite3 *db = NULL;

	asked("",
	    "SELECT report_id FROM report_pack EXCEPT"
	    " SELECT report_id FROM record_row");
	assert_int_equal(
	    sqlite3_open_v2(help_db, &db, SQLITE_OPEN_READWRITE, NULL), 0);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
	        "SELECT report_id, messages, pass, records FROM report_pack",
	        -1, &st, NULL),
	    SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		help_check_pack(db, st);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

/* What must be true of every database, whatever happened. */
static inline void
help_check(void)
{
	help_check_packs();
	asked("ok", "PRAGMA integrity_check");
	asked("", "PRAGMA foreign_key_check");
	asked("", schema_orphans_sql);
	asked("0",
	    "SELECT count(*) FROM message WHERE status NOT IN"
	    " ('stored', 'duplicate', 'other', 'failed')");
}

/* A report of one day; content tells copies apart. */
static inline struct report
help_report(const char *id, uint8_t content)
{
	struct report r = { .org_name = "Example Org",
		.org_email = "reports@example.net",
		.external_id = id,
		.begin_ts = 1700006400,
		.end_ts = 1700092799,
		.domain = "example.org",
		.p = "none",
		.pct = -1,
		.reporter = "example.net",
		.records = 1 };

	memset(r.content_sha256, content, sizeof(r.content_sha256));
	memcpy(r.content_sha256, id, strlen(id) < 31 ? strlen(id) : (size_t)31);
	return r;
}

static inline struct record
help_record(const char *ip, int64_t messages)
{
	struct record r = { .source_ip = ip,
		.messages = messages,
		.disposition = "none",
		.dkim = "pass",
		.spf = "fail",
		.cause = "dkim_only",
		.header_from = "example.org" };

	return r;
}

static inline struct store_message
help_message(int64_t mailbox_id, uint32_t uid, const char *sha256)
{
	struct store_message m = { .mailbox_id = mailbox_id,
		.folder = "INBOX",
		.uidvalidity = 7,
		.uid = uid,
		.fetched_ts = 1700100000,
		.size = 1234,
		.sha256 = sha256 };

	return m;
}

/* One mail with one report of one record, within a transaction. */
static inline enum store_outcome
help_store(struct store *s, const struct store_message *m,
    const struct report *r, const char *ip)
{
	struct record rec = help_record(ip, 10);
	enum store_outcome outcome = STORE_DUPLICATE;
	char other[16];

	/* Other content is that of another record. */
	snprintf(other, sizeof(other), "%d.example", r->content_sha256[31]);
	rec.envelope_to = r->content_sha256[31] == 1 ? NULL : other;
	ok(store_begin_message(s, m, &err));
	ok(store_add_report(s, r, &outcome, &err));
	if (outcome != STORE_DUPLICATE)
		ok(store_add_record(s, &rec, &err));
	ok(store_end_report(s, &outcome, &err));
	ok(store_end_message(s,
	    outcome == STORE_DUPLICATE ? "duplicate" : "stored", NULL, 1,
	    &err));
	return outcome;
}

static inline int64_t
help_mailbox(struct store *s)
{
	int64_t id = 0;

	ok(store_begin(s, &err));
	ok(store_set_mailbox(
	    s, "own", "imap.example.org", "rua", "INBOX", &id, &err));
	ok(store_commit(s, &err));
	return id;
}

/* The exit status of a child, or 1000 plus the signal that ended it. */
static inline int
help_wait(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
	                           : WEXITSTATUS(status);
}

#endif
