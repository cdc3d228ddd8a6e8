/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"
#include "base/json.h"
#include "report/report.h"
#include "store/store.h"
#include "store/store_priv.h"

/* Binds ?1 to ?4 of the statements that look for an identity. */
static void
bind_identity(sqlite3_stmt *st, const struct tls_report *r)
{
	store_bind_text(st, 1, r->external_id);
	store_bind_text(st, 2, r->org_name);
	store_bind_int(st, 3, r->begin_ts);
	store_bind_int(st, 4, r->end_ts);
}

static void
bind_digest(sqlite3_stmt *st, int i, const struct tls_report *r)
{
	sqlite3_bind_blob(
	    st, i, r->content_sha256, sizeof(r->content_sha256), SQLITE_STATIC);
}

/* Look for the report, as for an aggregate report. */
static int
compare(struct store *s, const struct tls_report *r,
    enum store_outcome *outcome, struct err *err)
{
	static const char doing[] = "look for a TLS report";
	enum store_outcome ignored;
	int64_t same[2]; /* id, verified */
	bool found;

	*outcome = STORE_DUPLICATE;
	bind_digest(s->stmt[STMT_TLS_SAME], 1, r);
	if (store_run_row(s, STMT_TLS_SAME, doing, same, 2, &found, err) == -1)
		return -1;
	if (found) {
		if (same[1] >= s->is_verified)
			return 0;
		if (store_take_over(s, STMT_TLS_TAKE, same[0], err) == -1)
			return -1;
		return store_judge_tls(s->db, s->path,
		    s->cache[STORE_CACHE_COUNTED_TLS], same[0], &ignored, err);
	}
	bind_identity(s->stmt[STMT_TLS_RIVAL], r);
	if (store_run_row(s, STMT_TLS_RIVAL, doing, NULL, 0, &found, err) == -1)
		return -1;
	*outcome = found ? STORE_CONFLICT : STORE_NEW;
	return 0;
}

/* In the order of STMT_TLS_ADD. */
static int
add_report(
    struct store *s, const struct tls_report *r, bool conflict, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_TLS_ADD];
	const char *quirks;

	quirks = store_json_strings(s, &r->quirks);
	bind_identity(st, r);
	store_bind_int(st, 5, s->message_id);
	store_bind_text(st, 6, r->filename);
	store_bind_text(st, 7, r->contact);
	store_bind_int(st, 8, report_day(r->begin_ts, r->end_ts));
	store_bind_text(st, 9, quirks);
	store_bind_int(st, 10, conflict);
	bind_digest(st, 11, r);
	store_bind_int(st, 12, io_time());
	return store_run(s, STMT_TLS_ADD, "add a TLS report", err);
}

int
store_add_tls(struct store *s, const struct tls_report *r,
    enum store_outcome *outcome, struct err *err)
{
	enum store_outcome found;

	if (store_check_begun(s, "add a TLS report", err) == -1 ||
	    store_end_report(s, &found, err) == -1 ||
	    compare(s, r, &found, err) == -1)
		return -1;
	if (found != STORE_DUPLICATE) {
		if (add_report(s, r, found == STORE_CONFLICT, err) == -1)
			return -1;
		s->tls_report_id = sqlite3_last_insert_rowid(s->db);
		s->is_tls_rival = found == STORE_CONFLICT;
	}
	*outcome = found;
	return 0;
}

static int
add_failures(
    struct store *s, int64_t id, const struct array *list, struct err *err)
{
	sqlite3_stmt *st = s->stmt[STMT_TLS_FAILURE_ADD];
	const struct tls_failure *f = list->at;
	size_t i;

	for (i = 0; i < list->n; i++) {
		store_bind_int(st, 1, id);
		store_bind_int(st, 2, (int64_t)i);
		store_bind_text(st, 3, f[i].result);
		store_bind_int(st, 4, f[i].failed);
		store_bind_text(st, 5, f[i].sending_ip);
		store_bind_text(st, 6, f[i].mx);
		store_bind_text(st, 7, f[i].mx_helo);
		store_bind_text(st, 8, f[i].receiving_ip);
		store_bind_text(st, 9, f[i].reason_code);
		store_bind_text(st, 10, f[i].info);
		if (store_run(s, STMT_TLS_FAILURE_ADD, "add a TLS failure",
		        err) == -1)
			return -1;
	}
	return 0;
}

int
store_add_tls_policy(
    struct store *s, const struct tls_policy *p, struct err *err)
{
	static const char doing[] = "add a TLS policy";
	sqlite3_stmt *st = s->stmt[STMT_TLS_POLICY_ADD];
	size_t mx_hosts;

	if (store_check_writing(s, doing, err) == -1)
		return -1;
	if (s->tls_report_id == 0)
		return err_set(err, ERR_BUG,
		    "%s: cannot %s: no TLS report was added", s->path, doing);
	/* Both texts first, then their places: the buffer may move. */
	s->scratch.text.len = 0;
	json_add_strings(&s->scratch.text, &p->policy);
	buf_add_char(&s->scratch.text, '\0');
	mx_hosts = s->scratch.text.len;
	json_add_strings(&s->scratch.text, &p->mx_hosts);
	buf_add_char(&s->scratch.text, '\0');

	store_bind_int(st, 1, s->tls_report_id);
	store_bind_text(st, 2, p->domain);
	store_bind_text(st, 3, p->type);
	store_bind_text(st, 4, p->policy.n > 0 ? s->scratch.text.at : NULL);
	store_bind_text(
	    st, 5, p->mx_hosts.n > 0 ? s->scratch.text.at + mx_hosts : NULL);
	store_bind_int(st, 6, p->ok);
	store_bind_int(st, 7, p->failed);
	if (store_run(s, STMT_TLS_POLICY_ADD, doing, err) == -1)
		return -1;
	return add_failures(
	    s, sqlite3_last_insert_rowid(s->db), &p->failures, err);
}
