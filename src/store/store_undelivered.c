/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/store_priv.h"

static const char doing[] = "note what was not handed over";

static sqlite3_stmt *
bind_folder(struct store *s, enum store_stmt which, int64_t mailbox_id,
    const char *folder, uint32_t uidvalidity)
{
	sqlite3_stmt *st = s->stmt[which];

	store_bind_int(st, 1, mailbox_id);
	store_bind_text(st, 2, folder);
	store_bind_int(st, 3, uidvalidity);
	return st;
}

int
store_load_undelivered(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, struct store_undelivered **out, size_t *n,
    bool *stale, struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_UNDELIVERED_LOAD, mailbox_id, folder, uidvalidity);
	struct array a = { 0 };
	struct store_undelivered *u;
	int rc;

	*stale = false;
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		if (!sqlite3_column_int(st, 3)) {
			*stale = true;
			continue;
		}
		u = array_add(&a, sizeof(*u));
		u->uid = (uint32_t)sqlite3_column_int64(st, 0);
		u->tries = sqlite3_column_int64(st, 1);
		u->next_ts = sqlite3_column_int64(st, 2);
	}
	if (rc != SQLITE_DONE)
		store_sql_error(
		    s->db, rc, s->path, "read what was not handed over", err);
	sqlite3_reset(st);
	if (rc != SQLITE_DONE) {
		array_done(&a);
		return -1;
	}
	*out = a.at;
	*n = a.n;
	return 0;
}

int
store_set_undelivered(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const struct store_undelivered *u, int64_t size,
    const char *reason, struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_UNDELIVERED_SET, mailbox_id, folder, uidvalidity);

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_int(st, 4, u->uid);
	store_bind_int_or_null(st, 5, size, -1);
	store_bind_text(st, 6, reason);
	store_bind_int(st, 7, u->tries);
	store_bind_int(st, 8, io_time());
	store_bind_int(st, 9, u->next_ts);
	return store_run(s, STMT_UNDELIVERED_SET, doing, err);
}

int
store_delete_undelivered(struct store *s, int64_t mailbox_id,
    const char *folder, uint32_t uidvalidity, uint32_t uid, struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_UNDELIVERED_DELETE, mailbox_id, folder, uidvalidity);

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_int(st, 4, uid);
	return store_run(s, STMT_UNDELIVERED_DELETE, doing, err);
}

int
store_forget_undelivered(struct store *s, int64_t mailbox_id, struct err *err)
{
	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_int(s->stmt[STMT_UNDELIVERED_FORGET], 1, mailbox_id);
	return store_run(s, STMT_UNDELIVERED_FORGET, doing, err);
}
