/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the store share with each other and with their tests:
 * the open recipe (also query's), the prepared statements, the caches.
 */
#ifndef RUAD_STORE_STORE_PRIV_H
#define RUAD_STORE_STORE_PRIV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/pack.h"
#include "store/store.h"
#include "store/store_rule.h"

#define STORE_BUSY_MS 30000

struct record;
struct schema_step;
struct store_cache;

/* --- the file (store_file.c) ------------------------------------------ */

/*
 * The path with its directory resolved, so that only its last component can
 * still be a symbolic link.  create: make the directory if it is missing.
 * free() *real.
 */
int store_resolve_path(
    const char *path, bool create, char **real, struct err *);

/*
 * Nothing but a regular file is opened: *there tells whether one is, anything
 * else is ERR_CONF.
 */
int store_check_file(const char *real, bool *there, struct err *);

/*
 * ERR_AUTH unless the file belongs to this user, or the user is root: the -wal
 * and -shm that another writer leaves would lock its owner out.
 */
int store_check_owner(const char *real, struct err *);

/* Make an empty file, mode 0640, unless there is one. */
int store_create_file(const char *real, struct err *);

/* --- SQLite (store_db.c) ---------------------------------------------- */

/*
 * "PATH: cannot DOING: why", and the class that rc stands for.  db may be
 * NULL.  Always returns -1.
 */
int store_sql_error(
    sqlite3 *db, int rc, const char *path, const char *doing, struct err *);

/*
 * Open with everything off that only a stranger could need.  name may be a
 * file: URI.  *db is set only on success.
 */
int store_open_db(sqlite3 **db, const char *path, const char *name, int flags,
    int busy_ms, struct err *);

/*
 * Check whose database this is: *version is its user_version, 0 if there is
 * nothing in it yet.  ERR_CONF: another program's, or newer than newest.
 */
int store_check_identity(
    sqlite3 *db, const char *path, int newest, int *version, struct err *);

int store_exec(sqlite3 *db, const char *path, const char *sql,
    const char *doing, struct err *);

/* --- the writer (store_open.c, store.c) ------------------------------- */

/* store_open() with another history, for tests. */
struct store_options {
	const char *sql; /* the schema of this version */
	const char *views;
	const struct schema_step *steps;
	int version;
	int busy_ms;
	const struct store_watch *watch; /* NULL: nobody */
};

int store_open_with(struct store **, const char *path,
    const struct store_options *, struct err *);

enum store_stmt {
	STMT_BEGIN,
	STMT_COMMIT,
	STMT_ROLLBACK,
	STMT_SAVEPOINT,
	STMT_RELEASE,
	STMT_ROLLBACK_TO,
	STMT_DATA_VERSION,
	STMT_VIEWS_SAME,
	STMT_MAILBOX_FIND,
	STMT_MAILBOX_SET,
	STMT_MAILBOX_LIST,
	STMT_MAILBOX_RETIRE,
	STMT_MAILBOX_POLLED,
	STMT_MAILBOX_SAID,
	STMT_POLL_ADD,
	STMT_LEDGER_FORGET,
	STMT_LEDGER_UIDS,
	STMT_LEDGER_OPEN,
	STMT_LEDGER_LOOK,
	STMT_LEDGER_UNFILE,
	STMT_LEDGER_RELEASE,
	STMT_LEDGER_UNFILED,
	STMT_LEDGER_COPIED,
	STMT_LEDGER_COPY,
	STMT_LEDGER_FILED,
	STMT_LEDGER_STAYS,
	STMT_LEDGER_ADOPT,
	STMT_UNDELIVERED_FORGET,
	STMT_UNDELIVERED_LOAD,
	STMT_UNDELIVERED_SET,
	STMT_UNDELIVERED_DELETE,
	STMT_FILE_FIND,
	STMT_MAIL_FIND,
	STMT_MESSAGE_ADD,
	STMT_MESSAGE_END,
	STMT_MESSAGE_DISOWN,
	STMT_REPORT_SAME,
	STMT_REPORT_TAKE,
	STMT_REPORT_RIVAL,
	STMT_REPORT_DELETE,
	STMT_REPORT_ADD,
	STMT_RECORD_ADD,
	STMT_RECORD_ADD_ASIDE,
	STMT_PACK_SET,
	STMT_PROFILE_FIND,
	STMT_PROFILE_ADD,
	STMT_SPF_ITEM_ADD,
	STMT_OVERRIDE_ITEM_ADD,
	STMT_DKIM_LIST_FIND,
	STMT_DKIM_LIST_ADD,
	STMT_DKIM_ITEM_ADD,
	STMT_TLS_SAME,
	STMT_TLS_TAKE,
	STMT_TLS_RIVAL,
	STMT_TLS_ADD,
	STMT_TLS_POLICY_ADD,
	STMT_TLS_FAILURE_ADD,
	STMT_FAILURE_SAME,
	STMT_FAILURE_TAKE,
	STMT_FAILURE_ADD,
	STMT_SOURCE_FIND,
	STMT_SOURCE_ADD,
	STMT_SOURCE_WIDEN,
	STMT_SOURCE_LIST,
	STMT_SOURCE_RULE,
	STMT_SOURCE_NAME,
	STMT_SOURCE_LOOKUP,
	STMT_SOURCE_FAILED,
	STMT_SOURCE_AS,
	STMT_RECORDS_ALL,
	STMT_RECORDS_OF,
	STMT_PROFILE_READ,
	STMT_DKIM_LIST_READ,
	STMT_SENDER_FIND,
	STMT_SENDER_SET,
	STMT_SENDER_REMOVE,
	STMT_SENDER_COUNT,
	STMT_RULE_LIST,
	STMT_RULE_FIND,
	STMT_RULE_ADD,
	STMT_RULE_REMOVE,
	STMT_DNS_NEWEST,
	STMT_DNS_SEEN,
	STMT_DNS_ADD,
	STMT_DNS_TRIM,
	STMTS,
};

/* Indexed by enum store_stmt. */
extern const char *const store_stmt_sql[STMTS];

/* The database, its -wal and its -shm. */
#define STORE_FILES 3
extern const char *const store_suffixes[STORE_FILES];

/* Whether there is a file of this suffix beside it. */
bool store_has_companion(const char *path, const char *suffix);

enum store_cache_of {
	STORE_CACHE_SOURCES,
	STORE_CACHE_PROFILES,
	STORE_CACHE_DKIM,
	STORE_CACHE_NAMED, /* by source.id: number of the rule + 1 */
	STORE_CACHE_COUNTED,
	STORE_CACHE_COUNTED_TLS,
	STORE_CACHES,
};

struct store_pack {
	struct buf records;
	int64_t last; /* id; 0: there is none */
	int64_t messages, pass;
};

struct store {
	sqlite3 *db;
	char *path;
	bool is_new;       /* store_open_with() made it */
	int updated_from;  /* this schema version; 0: it was up to date */
	int64_t update_ms; /* what that took */
	struct {
		dev_t dev;
		ino_t ino;
	} place[STORE_FILES]; /* which files are open */
	sqlite3_stmt *stmt[STMTS];
	struct store_cache *cache[STORE_CACHES];
	struct store_rules rules;
	int64_t data_version; /* changes when another connection commits */
	int64_t message_id;   /* 0: no message was begun */
	bool is_verified;     /* the admin's mail server authenticated it */
	int64_t report_id;    /* 0: no report to add records to */
	bool is_rival;        /* it is to be compared with others */
	int64_t report_day;
	struct store_pack pack; /* of the report's records so far */
	int64_t tls_report_id;  /* 0: no report to add policies to */
	bool is_tls_rival;
	/*
	 * Shared by all files of the store: a function that writes to a member
	 * takes it from whoever did before, so what was bound from it must have
	 * been run.
	 */
	struct {
		/* JSON columns: store_json_strings(), or what adds a row */
		struct buf text;
		/* store_find_profile() and store_find_dkim() */
		struct buf key;
		uint8_t key_digest[SHA256_SIZE];
	} scratch;
};

/*
 * Bind; NULL text is NULL.  Text is borrowed until the statement has run, and
 * shorter than SQLite's limit (LIMIT_LINE bounds what wire_read() gives): so
 * binding cannot fail.
 */
void store_bind_text(sqlite3_stmt *, int, const char *);
void store_bind_int(sqlite3_stmt *, int, int64_t);
/* The same, with one value that means NULL. */
void store_bind_int_or_null(
    sqlite3_stmt *, int, int64_t value, int64_t null_value);

/* Remember which files these are, for store_check_place(). */
int store_note_place(struct store *, struct err *);

/*
 * A known report has come again: if this message is verified and the report's
 * is not, the report is this message's from now on.
 */
int store_take_over(struct store *, enum store_stmt, int64_t id, struct err *);

/*
 * Empty the caches, and forget the rules: rows were rolled back, or changed by
 * another writer.
 */
void store_forget(struct store *);

/* From now on there is no report to add anything to. */
void store_forget_report(struct store *);

/* Run a statement that gives no row. */
int store_run(struct store *, enum store_stmt, const char *doing, struct err *);

/*
 * Run a statement that gives at most one row of n integers; *found tells, and
 * out is set when it is.
 */
int store_run_row(struct store *, enum store_stmt, const char *doing,
    int64_t *out, int n, bool *found, struct err *);

/* ERR_BUG unless there is a transaction; doing as above. */
int store_check_writing(const struct store *, const char *doing, struct err *);
/* The same, and ERR_BUG unless a message was begun. */
int store_check_begun(const struct store *, const char *doing, struct err *);

/*
 * Return an array of const char * as a JSON column, NULL when it is empty.  It
 * is in the scratch.
 */
const char *store_json_strings(struct store *, const struct array *);

/* --- what counts once (store_rival.c, store_content.c) ------------------- */

/*
 * What a report of this id says (struct content_item), closed; the array is
 * used again.
 */
int store_load_content(sqlite3 *, const char *path, int64_t report_id,
    struct array *, struct err *);
int store_load_tls_content(
    sqlite3 *, const char *path, int64_t id, struct array *, struct err *);

/*
 * A report is there, or has become verified: compare it with the others of its
 * identity.  Those whose place it takes go; or it goes, if another has all it
 * has.  Of those that stay, which contradict each other and are marked, one is
 * counted: the verified one, else the first.  Any order of such calls leaves
 * the same.  *outcome: STORE_DUPLICATE if the content was there.
 * counted: remembers which report of an identity counts, a cache of its own for
 * each kind; without it (NULL) all of an identity is read to find it.
 */
int store_judge_report(sqlite3 *, const char *path, struct store_cache *counted,
    int64_t id, enum store_outcome *outcome, struct err *);
int store_judge_tls(sqlite3 *, const char *path, struct store_cache *counted,
    int64_t id, enum store_outcome *outcome, struct err *);

/* --- the records of a report at once (store_pack.c) ---------------------- */

void store_pack_clear(struct store_pack *);
void store_pack_add(struct store_pack *, const struct pack_record *);

/* Write it with the statement STMT_PACK_SET, if there is a record. */
int store_pack_write(sqlite3 *, sqlite3_stmt *, const char *path,
    int64_t report_id, const struct store_pack *, struct err *);

/* Write that of a report whose records are there, or of all. */
int store_pack_report(
    sqlite3 *, const char *path, int64_t report_id, struct err *);
int store_pack_all(sqlite3 *, const char *path, struct err *);

/* --- what is in the database (store_cache.c) ---------------------------- */

/*
 * The rows that were used last, by their key, so that a record like others
 * costs no SQL.  A key has four places; when they are taken, a newcomer
 * replaces the first.  A table grows with its rows up to a limit, and a key
 * longer than most is not kept, which bounds the memory.
 */
struct store_cached {
	int64_t id;        /* not 0 */
	int64_t first_day; /* of sources */
	int64_t last_day;
};

struct store_cache *store_cache_new(void);
void store_cache_free(struct store_cache *);
void store_cache_forget(struct store_cache *);

/* NULL: not kept.  Borrowed until the next store_cache_keep() or _forget(). */
const struct store_cached *store_cache_find(
    struct store_cache *, const void *key, size_t len);
/* Keep a row, in place of the one with this key; it must not be borrowed. */
void store_cache_keep(struct store_cache *, const void *key, size_t len,
    const struct store_cached *);

/* --- addresses (store_ip.c) ---------------------------------------------- */

/* Read an address, IPv4 as ::ffff:a.b.c.d; false: it is not one. */
bool store_read_ip(const char *ip, uint8_t key[static STORE_IP_KEY]);
/* Write a key's one text form; text has INET6_ADDRSTRLEN bytes. */
void store_write_ip(const uint8_t key[static STORE_IP_KEY], char *text);

/* --- sources (store_source.c) ----------------------------------------- */

/* Find the id of an address seen on this day; insert or widen its row. */
int store_find_source(
    struct store *, const char *ip, int64_t day, int64_t *id, struct err *);

/* --- what records have in common (store_profile.c) ----------------------- */

/* Find the id of this record's profile; insert its row if there is none. */
int store_find_profile(
    struct store *, const struct record *, int64_t *id, struct err *);

/* The same for its DKIM results (struct auth_dkim); 0: it has none. */
int store_find_dkim(
    struct store *, const struct array *, int64_t *id, struct err *);

#endif
