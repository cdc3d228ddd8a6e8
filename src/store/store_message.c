/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/io.h"
#include "store/store.h"
#include "store/store_priv.h"

/* Binds six values from i on. */
static void
bind_facts(struct store *s, sqlite3_stmt *st, int i, const struct mail_facts *f)
{
	store_bind_text(st, i, f->msgid);
	store_bind_text(st, i + 1, f->sender);
	store_bind_text(st, i + 2, f->from_domain);
	store_bind_text(st, i + 3, f->subject);
	store_bind_int_or_null(st, i + 4, f->sent_ts, 0);
	store_bind_text(st, i + 5, f->verified);
	s->is_verified = f->verified != NULL &&
	    strcmp(f->verified, "pass") == 0;
}

/* The entry that the ledger has already; 0: none. */
static int
find_message(struct store *s, const struct store_message *m, int64_t *id,
    struct err *err)
{
	bool is_file = m->mailbox_id == 0;
	enum store_stmt which = is_file ? STMT_FILE_FIND : STMT_MAIL_FIND;
	sqlite3_stmt *st = s->stmt[which];
	bool found;

	*id = 0;
	if (is_file) {
		store_bind_text(st, 1, m->sha256);
		store_bind_text(st, 2, m->path);
	} else {
		store_bind_int(st, 1, m->mailbox_id);
		store_bind_text(st, 2, m->folder);
		store_bind_int(st, 3, m->uidvalidity);
		store_bind_int(st, 4, m->uid);
	}
	return store_run_row(
	    s, which, "look for a message", id, 1, &found, err);
}

int
store_disown_message(struct store *s, struct err *err)
{
	if (store_check_writing(s, "disown a message", err) == -1)
		return -1;
	s->is_verified = false;
	store_bind_int(s->stmt[STMT_MESSAGE_DISOWN], 1, s->message_id);
	return store_run(s, STMT_MESSAGE_DISOWN, "disown a message", err);
}

static int
add_message(struct store *s, const struct store_message *m, int64_t *id,
    struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_MESSAGE_ADD];

	if (find_message(s, m, id, err) == -1)
		return -1;
	store_bind_int_or_null(st, 1, *id, 0);
	store_bind_int_or_null(st, 2, m->mailbox_id, 0);
	store_bind_text(st, 3, m->folder);
	store_bind_int_or_null(st, 4, m->uidvalidity, 0);
	store_bind_int_or_null(st, 5, m->uid, 0);
	store_bind_text(st, 6, m->path);
	store_bind_int(st, 7, m->fetched_ts);
	store_bind_int(st, 8, m->size);
	store_bind_text(st, 9, m->sha256);
	bind_facts(s, st, 10, &m->facts);
	if (store_run(s, STMT_MESSAGE_ADD, "add a message", err) == -1)
		return -1;
	if (*id == 0)
		*id = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
store_begin_message(
    struct store *s, const struct store_message *m, struct err *err)
{
	static const char doing[] = "begin a message";
	struct err ignored;
	int64_t id;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	if (s->message_id != 0)
		return err_set(err, ERR_BUG,
		    "%s: cannot begin a message within a message", s->path);
	if (store_run(s, STMT_SAVEPOINT, doing, err) == -1)
		return -1;
	if (add_message(s, m, &id, err) == -1) {
		store_run(s, STMT_ROLLBACK_TO, doing, &ignored);
		store_run(s, STMT_RELEASE, doing, &ignored);
		return -1;
	}
	s->message_id = id;
	store_forget_report(s);
	return 0;
}

int
store_end_message(struct store *s, const char *status, const char *reason,
    int64_t attempts, struct err *err)
{
	static const char doing[] = "end a message";
	sqlite3_stmt *st = s->stmt[STMT_MESSAGE_END];
	enum store_outcome ignored;
	bool is_usual;

	if (store_check_begun(s, doing, err) == -1 ||
	    store_end_report(s, &ignored, err) == -1)
		return -1;
	store_bind_int(st, 1, s->message_id);
	store_bind_text(st, 2, status);
	store_bind_text(st, 3, reason);
	store_bind_int(st, 4, attempts);
	/* Its row says so from the beginning. */
	is_usual = strcmp(status, "stored") == 0 && reason == NULL &&
	    attempts == 1;
	if ((!is_usual && store_run(s, STMT_MESSAGE_END, doing, err) == -1) ||
	    store_run(s, STMT_RELEASE, doing, err) == -1)
		return -1;
	s->message_id = 0;
	store_forget_report(s);
	return 0;
}

int
store_cancel_message(struct store *s, struct err *err)
{
	static const char doing[] = "take a message back";

	if (store_check_begun(s, doing, err) == -1)
		return -1;
	store_forget(s);
	s->message_id = 0;
	store_forget_report(s);
	if (store_run(s, STMT_ROLLBACK_TO, doing, err) == -1)
		return -1;
	return store_run(s, STMT_RELEASE, doing, err);
}
