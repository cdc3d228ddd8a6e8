/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "base/io.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/store_priv.h"

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

/* Reset; an error unless the last step said that there are no more rows. */
static int
end_rows(struct store *s, sqlite3_stmt *st, int rc, struct err *err)
{
	if (rc != SQLITE_DONE)
		store_sql_error(s->db, rc, s->path, "read the ledger", err);
	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : -1;
}

/* The UIDs that a statement finds from this one on. */
static int
load_uids(struct store *s, sqlite3_stmt *st, uint32_t from, uint32_t **uids,
    size_t *n, struct err *err)
{
	struct array a = { 0 };
	uint32_t *uid;
	int rc;

	store_bind_int(st, 4, from);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		uid = array_add(&a, sizeof(*uid));
		*uid = (uint32_t)sqlite3_column_int64(st, 0);
	}
	if (end_rows(s, st, rc, err) == -1) {
		array_done(&a);
		return -1;
	}
	*uids = a.at;
	*n = a.n;
	return 0;
}

int
store_load_uids(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t from, uint32_t **uids, size_t *n,
    struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_UIDS, mailbox_id, folder, uidvalidity);

	return load_uids(s, st, from, uids, n, err);
}

int
store_load_open_uids(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t from, uint32_t **uids, size_t *n,
    struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_OPEN, mailbox_id, folder, uidvalidity);

	return load_uids(s, st, from, uids, n, err);
}

int
store_look(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t uid, struct store_known *out, bool *found,
    struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_LOOK, mailbox_id, folder, uidvalidity);
	const char *sha256;
	int rc;

	store_bind_int(st, 4, uid);
	*found = false;
	if ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		*found = true;
		out->id = sqlite3_column_int64(st, 0);
		out->size = sqlite3_column_int64(st, 1);
		sha256 = (const char *)sqlite3_column_text(st, 2);
		snprintf(out->sha256, sizeof(out->sha256), "%s",
		    sha256 != NULL ? sha256 : "");
		out->stays = sqlite3_column_int(st, 3) != 0;
		rc = SQLITE_DONE;
	}
	return end_rows(s, st, rc, err);
}

/* Change one entry. */
static int
change(struct store *s, enum store_stmt which, int64_t id, struct err *err)
{
	static const char doing[] = "note that a UID came again";

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_int(s->stmt[which], 1, id);
	return store_run(s, which, doing, err);
}

int
store_set_unfiled(struct store *s, int64_t id, struct err *err)
{
	return change(s, STMT_LEDGER_UNFILE, id, err);
}

int
store_release_uid(struct store *s, int64_t id, struct err *err)
{
	return change(s, STMT_LEDGER_RELEASE, id, err);
}

int
store_load_unfiled(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const char *statuses, struct store_unfiled **out,
    size_t *n, struct err *err)
{
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_UNFILED, mailbox_id, folder, uidvalidity);
	struct array a = { 0 };
	struct store_unfiled *u;
	const char *status;
	int rc;

	store_bind_text(st, 4, statuses);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		u = array_add(&a, sizeof(*u));
		u->id = sqlite3_column_int64(st, 0);
		u->uid = (uint32_t)sqlite3_column_int64(st, 1);
		status = (const char *)sqlite3_column_text(st, 2);
		u->status = status != NULL ? status[0] : '\0';
		u->copied = sqlite3_column_int(st, 3) != 0;
	}
	if (end_rows(s, st, rc, err) == -1) {
		array_done(&a);
		return -1;
	}
	*out = a.at;
	*n = a.n;
	return 0;
}

int
store_set_copied(struct store *s, const int64_t *ids, size_t n,
    const char *folder, struct err *err)
{
	static const char doing[] = "note where messages were copied to";
	sqlite3_stmt *st = s->stmt[STMT_LEDGER_COPIED];
	size_t i;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_text(st, 2, folder);
	for (i = 0; i < n; i++) {
		store_bind_int(st, 1, ids[i]);
		if (store_run(s, STMT_LEDGER_COPIED, doing, err) == -1)
			return -1;
	}
	return 0;
}

int
store_find_copy(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, const char *sha256, const char *to, int64_t nth,
    bool *found, struct err *err)
{
	static const char doing[] = "look for a copied message";
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_COPY, mailbox_id, folder, uidvalidity);
	int64_t id;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_text(st, 4, sha256);
	store_bind_text(st, 5, to);
	store_bind_int(st, 6, nth);
	return store_run_row(s, STMT_LEDGER_COPY, doing, &id, 1, found, err);
}

static int
set_filed(struct store *s, enum store_stmt which, const int64_t *ids, size_t n,
    const char *folder, struct err *err)
{
	static const char doing[] = "note where messages were moved to";
	sqlite3_stmt *st = s->stmt[which];
	int64_t now = io_time();
	size_t i;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	store_bind_text(st, 2, folder);
	store_bind_int(st, 3, now);
	for (i = 0; i < n; i++) {
		store_bind_int(st, 1, ids[i]);
		if (store_run(s, which, doing, err) == -1)
			return -1;
	}
	return 0;
}

int
store_set_filed(struct store *s, const int64_t *ids, size_t n,
    const char *folder, struct err *err)
{
	return set_filed(s, STMT_LEDGER_FILED, ids, n, folder, err);
}

int
store_set_stays(struct store *s, const int64_t *ids, size_t n,
    const char *folder, struct err *err)
{
	return set_filed(s, STMT_LEDGER_STAYS, ids, n, folder, err);
}

int
store_adopt(struct store *s, int64_t mailbox_id, const char *folder,
    uint32_t uidvalidity, uint32_t uid, const char *sha256, bool *found,
    struct err *err)
{
	static const char doing[] = "give a message its new UID";
	sqlite3_stmt *st = bind_folder(
	    s, STMT_LEDGER_ADOPT, mailbox_id, folder, uidvalidity);
	int64_t id;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	/* Messages that were never downloaded cannot be told apart. */
	if (sha256[0] == '\0') {
		*found = false;
		return 0;
	}
	store_bind_int(st, 4, uid);
	store_bind_text(st, 5, sha256);
	return store_run_row(s, STMT_LEDGER_ADOPT, doing, &id, 1, found, err);
}
