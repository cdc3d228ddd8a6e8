/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/store_priv.h"

int
store_set_mailbox(struct store *s, const char *name, const char *server,
    const char *username, const char *folder, int64_t *id, struct err *err)
{
	static const char doing[] = "set a mailbox";
	const char *const values[] = { name, server, username, folder };
	int64_t row[3] = { 0, 0, 0 };
	bool found;
	int i;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	for (i = 0; i < 4; i++) {
		store_bind_text(s->stmt[STMT_MAILBOX_FIND], i + 1, values[i]);
		store_bind_text(s->stmt[STMT_MAILBOX_SET], i + 1, values[i]);
	}
	if (store_run_row(s, STMT_MAILBOX_FIND, doing, row, 3, &found, err) ==
	    -1)
		return -1;
	if (found && !row[1]) {
		/*
		 * Another account: its UIDs mean other messages, even if its
		 * UIDVALIDITY should be the same (many say 1).
		 */
		store_bind_int(s->stmt[STMT_LEDGER_FORGET], 1, row[0]);
		store_bind_int(s->stmt[STMT_UNDELIVERED_FORGET], 1, row[0]);
		if (store_run(s, STMT_LEDGER_FORGET, doing, err) == -1 ||
		    store_run(s, STMT_UNDELIVERED_FORGET, doing, err) == -1)
			return -1;
	}
	/* Nothing changed: nothing is written, so that a poll costs nothing. */
	if ((!found || !row[2]) &&
	    store_run_row(s, STMT_MAILBOX_SET, doing, row, 1, &found, err) ==
	        -1)
		return -1;
	*id = row[0];
	return 0;
}

int
store_load_said(struct store *s, int64_t id, char **unfiled_key, char **alert,
    struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_MAILBOX_SAID];
	int rc;

	*unfiled_key = *alert = NULL;
	store_bind_int(st, 1, id);
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		*unfiled_key = xstrdup_null(
		    (const char *)sqlite3_column_text(st, 0));
		*alert = xstrdup_null((const char *)sqlite3_column_text(st, 1));
	} else if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "read a mailbox", err);
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static bool
is_listed(const char *name, const char *const *names, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The ids of the active mailboxes that are not in this list. */
static int
load_unlisted(struct store *s, const char *const *names, size_t n,
    struct array *ids, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_MAILBOX_LIST];
	const char *name;
	int64_t *id;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		name = (const char *)sqlite3_column_text(st, 1);
		if (name == NULL || is_listed(name, names, n))
			continue;
		id = array_add(ids, sizeof(*id));
		*id = sqlite3_column_int64(st, 0);
	}
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "list mailboxes", err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

int
store_set_active(
    struct store *s, const char *const *names, size_t n, struct err *err)
{
	struct array ids = { 0 };
	const int64_t *id;
	size_t i;
	int rc = -1;

	if (store_begin(s, err) == -1)
		return -1;
	if (load_unlisted(s, names, n, &ids, err) == -1)
		goto out;
	id = ids.at;
	for (i = 0; i < ids.n; i++) {
		store_bind_int(s->stmt[STMT_MAILBOX_RETIRE], 1, id[i]);
		if (store_run(
		        s, STMT_MAILBOX_RETIRE, "retire a mailbox", err) == -1)
			goto out;
	}
	rc = store_commit(s, err);
out:
	if (rc == -1)
		store_rollback(s);
	array_done(&ids);
	return rc;
}

static int
add_poll(
    struct store *s, const struct store_poll *p, int64_t now, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_POLL_ADD];

	store_bind_int(st, 1, p->mailbox_id);
	store_bind_int(st, 2, p->start_ts);
	store_bind_int(st, 3, now);
	store_bind_int(st, 4, p->messages);
	store_bind_int(st, 5, p->reports);
	store_bind_int(st, 6, p->duplicates);
	store_bind_int(st, 7, p->invalid);
	store_bind_text(st, 8, p->error);
	return store_run(s, STMT_POLL_ADD, "add a poll", err);
}

static int
update_mailbox(
    struct store *s, const struct store_poll *p, int64_t now, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_MAILBOX_POLLED];

	store_bind_int(st, 1, p->mailbox_id);
	store_bind_int(st, 2, now);
	store_bind_text(st, 3, p->error);
	store_bind_int_or_null(st, 4, p->uidvalidity, 0);
	store_bind_int_or_null(st, 5, p->last_uid, 0);
	store_bind_int(st, 6, p->filed);
	store_bind_text(st, 7, p->unfiled_error);
	store_bind_text(st, 8, p->alert);
	store_bind_text(st, 9, p->error_class);
	store_bind_text(st, 10, p->unfiled_key);
	return store_run(s, STMT_MAILBOX_POLLED, "update a mailbox", err);
}

int
store_add_poll(struct store *s, const struct store_poll *p, struct err *err)
{
	bool idle = p->error == NULL && p->messages == 0 && p->reports == 0 &&
	    p->duplicates == 0 && p->invalid == 0;
	int64_t now = io_time();

	if (store_begin(s, err) == -1)
		return -1;
	if ((!idle && add_poll(s, p, now, err) == -1) ||
	    update_mailbox(s, p, now, err) == -1) {
		store_rollback(s);
		return -1;
	}
	return store_commit(s, err);
}
