/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/alert.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/alert_find.h"
#include "answer/alert_words.h"
#include "answer/problem_senders.h"
#include "base/io.h"
#include "base/json.h"
#include "base/map.h"
#include "base/sha256.h"
#include "base/text.h"

#define HOUR 3600
#define TEXT 512 /* bytes of a clause, which has foreign words in it */

/* A look, and what it has come to so far. */
struct judging {
	struct alert_list *list;
	const struct alert_mark *before;
	size_t n_before;
	bool *seen;       /* of each of before */
	struct map names; /* what tells a mark from others -> its number + 1 */
	int64_t marks[ALERT_KINDS];
	struct array ended, begun; /* of struct alert, as they were found */
};

int64_t
alert_linger(const struct alert_mark *m)
{
	static const int64_t linger[ALERT_KINDS] = {
		[ALERT_MAILBOX_FAILING] = 2 * (int64_t)HOUR,
		[ALERT_DNS_BROKEN] = 2 * (int64_t)HOUR,
		[ALERT_STOPPED_PASSING] = 4 * (int64_t)PERIOD_DAY,
		[ALERT_FAILURES_UP] = 4 * (int64_t)PERIOD_DAY,
		[ALERT_TLS_FAILING] = 4 * (int64_t)PERIOD_DAY,
		[ALERT_VERDICT_CHANGED] = 4 * (int64_t)PERIOD_DAY,
		[ALERT_POLICY_CHANGED] = 30 * (int64_t)PERIOD_DAY,
		[ALERT_NEW_SOURCE] = 4 * (int64_t)PERIOD_DAY,
	};

	/* A new source is held for longer than that, if it is to be. */
	if (m->kind == ALERT_NEW_SOURCE && m->object != NULL)
		return 0;
	return linger[m->kind];
}

/* --- names ---------------------------------------------------------------- */

static void
add_part(struct buf *name, const char *part)
{
	if (part != NULL)
		buf_printf(name, "%zu:%s", strlen(part), part);
	buf_add_char(name, ',');
}

/* What tells one mark from another. */
static void
write_name(struct buf *name, const struct alert_mark *m)
{
	name->len = 0;
	buf_add_str(name, alert_words[m->kind]);
	buf_add_char(name, ',');
	add_part(name, m->domain);
	add_part(name, m->object);
	add_part(name, m->detail);
}

static void
write_key(char key[static ALERT_KEY], const struct alert_mark *m)
{
	uint8_t digest[SHA256_SIZE];
	char hex[SHA256_HEX];
	struct buf name = { 0 };

	write_name(&name, m);
	sha256_hash(name.at, name.len, digest);
	snprintf(key, ALERT_KEY, "%s-%.16s", alert_words[m->kind],
	    sha256_hex(digest, hex));
	buf_done(&name);
}

/* --- telling -------------------------------------------------------------- */

static void
tell(struct judging *j, const struct alert_mark *m, enum alert_change state,
    const char *text)
{
	struct alert_list *list = j->list;
	char safe[TEXT];
	struct alert *a = array_add(
	    state == ALERT_OFF ? &j->ended : &j->begun, sizeof(*a));

	text_safe(safe, sizeof(safe), text);
	*a = (struct alert) {
		.kind = m->kind,
		.state = state,
		.domain = m->domain,
		.object = m->object,
		.since_ts = m->since_ts,
		.text = arena_strndup(&list->strings, safe, strlen(safe)),
		.command = m->command,
	};
	write_key(a->key, m);
}

static void
end(struct judging *j, const struct alert_mark *m, const char *text)
{
	struct buf b = { 0 };

	if (m->is_quiet)
		return;
	if (text == NULL)
		alert_add_end(&b, m);
	tell(j, m, ALERT_OFF, text != NULL ? text : buf_str(&b));
	buf_done(&b);
}

static struct alert_mark *
keep(struct judging *j, const struct alert_mark *m)
{
	struct alert_mark *kept = array_add(&j->list->marks, sizeof(*kept));

	*kept = *m;
	j->marks[m->kind]++;
	return kept;
}

static void
begin(struct judging *j, const struct alert_found *f)
{
	const struct alert_mark *m = &f->mark;
	const bool is_momentary = m->kind == ALERT_POLICY_CHANGED;
	struct alert_mark *kept;

	if (!m->is_quiet && !is_momentary && m->kind != ALERT_VERDICT_CHANGED &&
	    j->marks[m->kind] >= ALERT_MOST) {
		j->list->left_out++;
		return;
	}
	kept = keep(j, m);
	if (!m->is_quiet)
		tell(j, m, is_momentary ? ALERT_ONCE : ALERT_ON, f->text);
	kept->is_quiet = m->is_quiet || is_momentary;
}

/* --- judging -------------------------------------------------------------- */

/* The mark that a finding is; NULL: it is new, or has been seen already. */
static const struct alert_mark *
mark_of(struct judging *j, const struct alert_found *f, struct buf *name,
    bool *is_known)
{
	const struct alert_mark *m = f->of;
	size_t *number;

	if (m == NULL) {
		write_name(name, &f->mark);
		number = map_item(&j->names, name->at, name->len);
		if (*number == 0) {
			/* So that nothing begins twice in one look. */
			if (f->sight == ALERT_BEGINS)
				*number = j->n_before + 1;
			*is_known = false;
			return NULL;
		}
		*is_known = true;
		if (*number > j->n_before)
			return NULL;
		m = &j->before[*number - 1];
	}
	*is_known = true;
	if (j->seen[m - j->before])
		return NULL;
	j->seen[m - j->before] = true;
	return m;
}

static void
judge(struct judging *j, const struct alert_found *f, struct buf *name)
{
	bool is_known;
	const struct alert_mark *m = mark_of(j, f, name, &is_known);
	struct alert_mark *kept;

	if (!is_known && f->sight == ALERT_BEGINS)
		begin(j, f);
	if (m == NULL)
		return;
	if (f->sight == ALERT_ENDS) {
		end(j, m, f->text);
		return;
	}
	kept = keep(j, m);
	kept->next = f->mark.next;
	kept->gone_ts = f->mark.gone_ts;
	if (f->mark.ip != NULL)
		kept->ip = f->mark.ip;
}

/* A mark that nobody spoke of. */
static void
judge_unseen(struct judging *j, const struct alert_mark *m)
{
	const int64_t now = j->list->now;
	const int64_t gone = m->gone_ts == 0 || m->gone_ts > now ? now
	                                                         : m->gone_ts;
	struct alert_mark *kept;

	if (now - gone >= alert_linger(m)) {
		end(j, m, NULL);
		return;
	}
	kept = keep(j, m);
	kept->next = NULL;
	kept->gone_ts = gone;
}

/* By their kinds. */
static void
add_sorted(struct array *alerts, const struct array *found)
{
	const struct alert *a = found->at;
	int kind;
	size_t i;

	for (kind = 0; kind < ALERT_KINDS; kind++)
		for (i = 0; i < found->n; i++)
			if ((int)a[i].kind == kind)
				*(struct alert *)array_add(
				    alerts, sizeof(*a)) = a[i];
}

/* Ends are told first; marks that are known are kept before new ones. */
static void
judge_all(struct judging *j, const struct array *found)
{
	const struct alert_found *f = found->at;
	struct buf name = { 0 };
	size_t i;

	for (i = 0; i < j->n_before; i++) {
		write_name(&name, &j->before[i]);
		*(size_t *)map_item(&j->names, name.at, name.len) = i + 1;
	}
	for (i = 0; i < found->n; i++)
		if (f[i].of != NULL)
			judge(j, &f[i], &name);
	for (i = 0; i < found->n; i++)
		if (f[i].of == NULL)
			judge(j, &f[i], &name);
	for (i = 0; i < j->n_before; i++)
		if (!j->seen[i])
			judge_unseen(j, &j->before[i]);
	add_sorted(&j->list->alerts, &j->ended);
	add_sorted(&j->list->alerts, &j->begun);
	buf_done(&name);
}

/* --- looking -------------------------------------------------------------- */

/* Without any report nothing that is of reports can be told from before. */
static int
look_at_reports(struct alert_look *look, struct err *err)
{
	static const struct period_choice any = { 0 };
	static const bool is_of_reports[ALERT_KINDS] = {
		[ALERT_SILENT_REPORTER] = true,
		[ALERT_STOPPED_PASSING] = true,
		[ALERT_FAILURES_UP] = true,
		[ALERT_VERDICT_CHANGED] = true,
		[ALERT_NEW_SOURCE] = true,
	};
	struct period days;
	size_t i;

	if (period_find(&days, &any, RULE_READY_DAYS, PERIOD_OF_REPORTS,
	        look->db, NULL, err) == -1 ||
	    period_find(&look->week, &any, 7, PERIOD_OF_REPORTS, look->db, NULL,
	        err) == -1)
		return -1;
	look->has_reports = days.first <= days.last;
	look->is_stale = days.last < look->now - 8 * (int64_t)PERIOD_DAY;
	if (look->has_reports) {
		if (ready_load(&look->ready, look->db, &days, NULL, err) ==
		        -1 ||
		    alert_find_senders(look, err) == -1)
			return -1;
		return alert_find_reports(look, err);
	}
	for (i = 0; i < look->n_before; i++)
		if (is_of_reports[look->before[i].kind])
			alert_find_hold(look, &look->before[i]);
	return 0;
}

int
alert_load(struct alert_list *list, struct query_db *db,
    const struct array *before, struct err *err)
{
	struct array found = { 0 };
	struct alert_look look = {
		.db = db,
		.now = io_time(),
		.before = before != NULL ? before->at : NULL,
		.n_before = before != NULL ? before->n : 0,
		.is_first = before == NULL,
		.strings = &list->strings,
		.found = &found,
	};
	struct judging j = {
		.list = list,
		.before = look.before,
		.n_before = look.n_before,
		.names.size = sizeof(size_t),
	};
	int rc = -1;

	*list = (struct alert_list) { .now = look.now };
	if (alert_find_mail(&look, err) == 0 &&
	    look_at_reports(&look, err) == 0 &&
	    alert_find_tls(&look, err) == 0 &&
	    alert_find_policies(&look, err) == 0 &&
	    alert_find_dns(&look, err) == 0) {
		j.seen = xcalloc(j.n_before + 1, sizeof(bool));
		judge_all(&j, &found);
		free(j.seen);
		rc = 0;
	}
	ready_done(&look.ready);
	map_done(&j.names);
	array_done(&j.ended);
	array_done(&j.begun);
	array_done(&found);
	return rc;
}

void
alert_done(struct alert_list *list)
{
	array_done(&list->alerts);
	array_done(&list->marks);
	arena_done(&list->strings);
	memset(list, 0, sizeof(*list));
}

/* --- rows ----------------------------------------------------------------- */

int
alert_query(struct query **q, struct query_db *db,
    const struct alert_list *list, struct err *err)
{
	static const char sql[] =
	    "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?2, 'unixepoch') AS time,"
	    " value ->> 0 AS event, value ->> 1 AS state, value ->> 2 AS key,"
	    " value ->> 3 AS domain, value ->> 4 AS object,"
	    " strftime('%Y-%m-%dT%H:%M:%SZ', value ->> 5, 'unixepoch')"
	    "   AS since,"
	    " value ->> 6 AS text, value ->> 7 AS command FROM json_each(?1)";
	const struct alert *a = list->alerts.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < list->alerts.n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		json_add_item(&json, alert_words[a[i].kind]);
		json_add_item(&json, alert_states[a[i].state]);
		json_add_item(&json, a[i].key);
		json_add_item(&json, a[i].domain);
		json_add_item(&json, a[i].object);
		json_add_item_int(&json, a[i].since_ts);
		json_add_item(&json, a[i].text);
		json_add_item(&json, a[i].command);
		buf_add_char(&json, ']');
	}
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	query_bind_int(*q, 2, list->now);
	buf_done(&json);
	return 0;
}
