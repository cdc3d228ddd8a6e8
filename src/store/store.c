/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/store.h"

#include "base/json.h"
#include "store/store_priv.h"

void
store_bind_text(sqlite3_stmt *st, int i, const char *text)
{
	sqlite3_bind_text(st, i, text, -1, SQLITE_STATIC);
}

void
store_bind_int(sqlite3_stmt *st, int i, int64_t value)
{
	sqlite3_bind_int64(st, i, value);
}

void
store_bind_int_or_null(
    sqlite3_stmt *st, int i, int64_t value, int64_t null_value)
{
	if (value == null_value)
		sqlite3_bind_null(st, i);
	else
		sqlite3_bind_int64(st, i, value);
}

int
store_run(
    struct store *s, enum store_stmt which, const char *doing, struct err *err)
{
	sqlite3_stmt *st = s->stmt[which];
	int rc = sqlite3_step(st);

	if (rc == SQLITE_DONE) {
		sqlite3_reset(st);
		return 0;
	}
	store_sql_error(s->db, rc, s->path, doing, err);
	sqlite3_reset(st);
	return -1;
}

int
store_run_row(struct store *s, enum store_stmt which, const char *doing,
    int64_t *out, int n, bool *found, struct err *err)
{
	sqlite3_stmt *st = s->stmt[which];
	int i, rc = sqlite3_step(st);

	*found = rc == SQLITE_ROW;
	if (*found) {
		for (i = 0; i < n; i++)
			out[i] = sqlite3_column_int64(st, i);
		/* RETURNING: the statement is done only after its last row. */
		rc = sqlite3_step(st);
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
		store_sql_error(s->db, rc, s->path, doing, err);
		sqlite3_reset(st);
		return -1;
	}
	sqlite3_reset(st);
	return 0;
}

int
store_check_writing(const struct store *s, const char *doing, struct err *err)
{
	if (!sqlite3_get_autocommit(s->db))
		return 0;
	return err_set(err, ERR_BUG,
	    "%s: cannot %s: no transaction was begun, or it has failed",
	    s->path, doing);
}

int
store_check_begun(const struct store *s, const char *doing, struct err *err)
{
	if (store_check_writing(s, doing, err) == -1)
		return -1;
	if (s->message_id == 0)
		return err_set(err, ERR_BUG,
		    "%s: cannot %s: no message was begun", s->path, doing);
	return 0;
}

int
store_take_over(
    struct store *s, enum store_stmt which, int64_t id, struct err *err)
{
	sqlite3_stmt *st = s->stmt[which];

	if (!s->is_verified)
		return 0;
	store_bind_int(st, 1, id);
	store_bind_int(st, 2, s->message_id);
	return store_run(s, which, "give a report its message", err);
}

const char *
store_json_strings(struct store *s, const struct array *strings)
{
	if (strings->n == 0)
		return NULL;
	s->scratch.text.len = 0;
	json_add_strings(&s->scratch.text, strings);
	return buf_str(&s->scratch.text);
}

void
store_forget_report(struct store *s)
{
	s->report_id = s->tls_report_id = 0;
	s->is_rival = s->is_tls_rival = false;
	store_pack_clear(&s->pack);
}

void
store_forget(struct store *s)
{
	int i;

	for (i = 0; i < STORE_CACHES; i++)
		store_cache_forget(s->cache[i]);
	store_forget_rules(&s->rules);
}

int
store_begin(struct store *s, struct err *err)
{
	int64_t version = 0;
	bool found;

	if (store_run(s, STMT_BEGIN, "begin a transaction", err) == -1)
		return -1;
	if (store_run_row(s, STMT_DATA_VERSION, "begin a transaction", &version,
	        1, &found, err) == -1) {
		store_rollback(s);
		return -1;
	}
	if (version != s->data_version)
		store_forget(s);
	s->data_version = version;
	return 0;
}

int
store_commit(struct store *s, struct err *err)
{
	if (store_check_writing(s, "commit", err) == -1)
		return -1;
	if (s->message_id != 0)
		err_set(err, ERR_BUG, "%s: cannot commit within a message",
		    s->path);
	else if (store_run(s, STMT_COMMIT, "commit", err) == 0) {
		store_forget_report(s);
		return 0;
	}
	store_rollback(s);
	return -1;
}

void
store_rollback(struct store *s)
{
	struct err ignored;

	/* After a full disk SQLite may have done it on its own. */
	if (!sqlite3_get_autocommit(s->db))
		store_run(s, STMT_ROLLBACK, "roll back", &ignored);
	store_forget(s);
	s->message_id = 0;
	store_forget_report(s);
}
