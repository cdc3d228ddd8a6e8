/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"
#include "store/store.h"
#include "store/store_priv.h"

#define DAY 86400

/* A source is seen on the day of the message; if nobody knows, today. */
static int
find_source(struct store *s, const struct failure_report *f, int64_t *source,
    struct err *err)
{
	int64_t ts = f->arrival_ts != 0 ? f->arrival_ts : io_time();

	*source = 0;
	if (f->source_ip == NULL)
		return 0;
	return store_find_source(s, f->source_ip, ts - ts % DAY, source, err);
}

static void
bind_digest(sqlite3_stmt *st, int i, const struct failure_report *f)
{
	sqlite3_bind_blob(
	    st, i, f->content_sha256, sizeof(f->content_sha256), SQLITE_STATIC);
}

/* In the order of STMT_FAILURE_ADD. */
static int
add_failure(struct store *s, const struct failure_report *f, int64_t source,
    struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_FAILURE_ADD];
	int i = 1;

	store_bind_int(st, i++, s->message_id);
	store_bind_int_or_null(st, i++, f->arrival_ts, 0);
	store_bind_text(st, i++, f->feedback_type);
	store_bind_text(st, i++, f->reported_domain);
	store_bind_int_or_null(st, i++, source, 0);
	store_bind_text(st, i++, f->auth_failure);
	store_bind_text(st, i++, f->delivery_result);
	store_bind_text(st, i++, f->mail_from);
	store_bind_text(st, i++, f->rcpt_to);
	store_bind_text(st, i++, f->header_from);
	store_bind_text(st, i++, f->subject);
	store_bind_text(st, i++, f->msgid);
	store_bind_text(st, i++, f->dkim_domain);
	store_bind_text(st, i++, f->dkim_selector);
	store_bind_text(st, i++, f->auth_results);
	store_bind_text(st, i++, f->identity_alignment);
	store_bind_text(st, i++, f->user_agent);
	store_bind_int(st, i++, f->incidents);
	store_bind_text(st, i++, f->sample);
	store_bind_text(st, i++, store_json_strings(s, &f->quirks));
	bind_digest(st, i, f);
	return store_run(s, STMT_FAILURE_ADD, "add a failure report", err);
}

int
store_add_failure(struct store *s, const struct failure_report *f,
    enum store_outcome *outcome, struct err *err)
{
	int64_t source, id;
	bool found;

	if (store_check_begun(s, "add a failure report", err) == -1)
		return -1;
	bind_digest(s->stmt[STMT_FAILURE_SAME], 1, f);
	if (store_run_row(s, STMT_FAILURE_SAME, "look for a failure report",
	        &id, 1, &found, err) == -1)
		return -1;
	if (!found &&
	    (find_source(s, f, &source, err) == -1 ||
	        add_failure(s, f, source, err) == -1))
		return -1;
	if (found && store_take_over(s, STMT_FAILURE_TAKE, id, err) == -1)
		return -1;
	*outcome = found ? STORE_DUPLICATE : STORE_NEW;
	return 0;
}
