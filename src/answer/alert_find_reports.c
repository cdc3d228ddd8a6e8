/* SPDX-License-Identifier: BSD-2-Clause */
/* Of reporters, shares of compliant mail, TLS and verdicts. */
#include <stdio.h>
#include <string.h>

#include "answer/alert_find.h"
#include "answer/alert_words.h"
#include "answer/problem.h"
#include "answer/problem_rules.h"
#include "answer/ready_judge.h"
#include "answer/ready_words.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/map.h"

#define SETTLE (3 * (int64_t)PERIOD_DAY) /* a verdict lasts, to be told */
#define USUAL (30 * (int64_t)PERIOD_DAY) /* then a lower share is */
#define POINT 100                        /* in 1/100 per cent */

/* --- reporters ------------------------------------------------------------ */

static const char reports_sql[] =
    "SELECT EXISTS (SELECT 1 FROM report WHERE day BETWEEN ?1 AND ?2"
    " AND counted = 1 AND org_name = ?3 COLLATE NOCASE)";

/* One that is silent is so until a report about a later day comes. */
static int
look_at_reporter(
    struct alert_look *look, const struct alert_mark *m, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, look->db, reports_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, m->since_ts);
	query_bind_int(q, 2, look->now);
	query_bind_text(q, 3, m->object != NULL ? m->object : "");
	rc = query_step(q, err);
	if (rc == 1 && query_int(q, 0) == 0)
		alert_find_hold(look, m);
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static int
look_at_reporters(struct alert_look *look, struct err *err)
{
	size_t i;

	for (i = 0; i < look->n_before; i++)
		if (look->before[i].kind == ALERT_SILENT_REPORTER &&
		    look_at_reporter(look, &look->before[i], err) == -1)
			return -1;
	return 0;
}

static void
add_silent(struct alert_look *look, const struct problem *p)
{
	const int64_t today = look->now - look->now % PERIOD_DAY;
	struct alert_found *f;

	/* While nothing is collected it is not the reporter's silence. */
	if (!look->is_collecting)
		return;
	f = alert_find_add(look, ALERT_BEGINS, ALERT_SILENT_REPORTER);
	f->mark.object = alert_find_copy(look, p->subject);
	f->mark.command = alert_find_copy(look, p->command);
	f->mark.since_ts = today - (p->n + 1) * (int64_t)PERIOD_DAY;
	f->text = alert_find_copy(look, p->text);
}

/* --- problems of the last week -------------------------------------------- */

static int64_t
share(int64_t part, int64_t whole)
{
	return whole > 0
	    ? (int64_t)(100.0 * POINT * (double)part / (double)whole)
	    : 0;
}

static void
add_problem(struct alert_look *look, const struct problem *p)
{
	struct alert_found *f;

	if (p->kind == PROBLEM_SILENT) {
		add_silent(look, p);
		return;
	}
	f = alert_find_add(look, ALERT_BEGINS,
	    p->kind == PROBLEM_TLS ? ALERT_TLS_FAILING : ALERT_FAILURES_UP);
	f->mark.domain = alert_find_copy(look, p->subject);
	f->mark.object = alert_find_copy(look, p->detail);
	f->mark.command = alert_find_copy(look, p->command);
	f->text = alert_find_copy(look, p->text);
	if (p->kind == PROBLEM_COMPLIANCE)
		f->mark.number = share(p->n_before, p->of_before);
}

static int
look_for(struct alert_look *look, enum problem_kind kind,
    const struct period *period, struct err *err)
{
	const struct problem_question question = {
		.kinds = PROBLEM_BIT(kind),
		.period = *period,
	};
	struct problem_list list;
	const struct problem *p;
	size_t i;
	int rc = problem_load(&list, look->db, &question, err);

	p = list.problems.at;
	for (i = 0; rc == 0 && i < list.problems.n; i++)
		add_problem(look, &p[i]);
	problem_done(&list);
	return rc;
}

int
alert_find_tls(struct alert_look *look, struct err *err)
{
	static const struct period_choice any = { 0 };
	struct period week;
	size_t i;

	if (period_find(&week, &any, 7, PERIOD_OF_TLS, look->db, NULL, err) ==
	    -1)
		return -1;
	if (week.first <= week.last &&
	    week.last >= look->now - 8 * (int64_t)PERIOD_DAY)
		return look_for(look, PROBLEM_TLS, &week, err);
	for (i = 0; i < look->n_before; i++)
		if (look->before[i].kind == ALERT_TLS_FAILING)
			alert_find_hold(look, &look->before[i]);
	return 0;
}

/* --- shares of compliant mail --------------------------------------------- */

/* The shares of domains in the last week. */
static int
load_shares(struct alert_look *look, struct map *shares, struct err *err)
{
	const struct period *week = &look->week;
	const char *domain;
	struct query *q;
	int rc;

	if (query_new(&q, look->db, problem_shares_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, week->first);
	query_bind_int(q, 2, week->last);
	query_bind_int(q, 4, week->first);
	while ((rc = query_step(q, err)) == 1)
		if ((domain = query_named_text(q, "domain")) != NULL)
			*(int64_t *)map_item(shares, domain,
			    strlen(domain)) = share(query_named_int(q, "pass"),
			    query_named_int(q, "messages"));
	query_free(q);
	return rc;
}

/*
 * What it was before is not known of a share that lasts; then the lower one is
 * the usual one.
 */
static void
judge_share(struct alert_look *look, const struct map *shares,
    const struct alert_mark *m)
{
	const bool is_usual = !look->is_stale &&
	    look->now - m->since_ts >= USUAL;
	struct alert_found *f;
	int64_t now;
	size_t at;

	if (m->domain == NULL ||
	    !map_find(shares, m->domain, strlen(m->domain), &at)) {
		if (!is_usual)
			alert_find_hold(look, m);
		return;
	}
	now = ((const int64_t *)shares->items.at)[at];
	if (now <= m->number - POINT && !is_usual) {
		alert_find_hold(look, m);
		return;
	}
	f = alert_find_add(look, ALERT_ENDS, m->kind);
	f->of = m;
	f->text = arena_printf(look->strings, "%s: %lld.%lld%% compliant%s",
	    m->domain, (long long)(now / POINT), (long long)(now % POINT / 10),
	    is_usual ? ", as for 30 days now" : " again");
}

static bool
is_found(const struct alert_look *look, const struct alert_mark *m)
{
	const struct alert_found *f = look->found->at;
	size_t i;

	for (i = 0; i < look->found->n; i++)
		if (f[i].mark.kind == m->kind && f[i].sight == ALERT_BEGINS &&
		    m->domain != NULL && f[i].mark.domain != NULL &&
		    strcmp(f[i].mark.domain, m->domain) == 0)
			return true;
	return false;
}

static int
look_at_shares(struct alert_look *look, struct err *err)
{
	struct map shares = { .size = sizeof(int64_t) };
	size_t i;
	int rc = load_shares(look, &shares, err);

	for (i = 0; rc == 0 && i < look->n_before; i++)
		if (look->before[i].kind == ALERT_FAILURES_UP &&
		    !is_found(look, &look->before[i]))
			judge_share(look, &shares, &look->before[i]);
	map_done(&shares);
	return rc;
}

/* --- verdicts ------------------------------------------------------------- */

static const char *
verdict_text(struct alert_look *look, const struct ready *r, const char *before)
{
	const char *more = before == NULL
	    ? ""
	    : arena_printf(
	          look->strings, " (before: %s)", alert_verdict_title(before));
	struct buf b = { 0 };
	const char *text;

	if (r->verdict == READY_AT_RISK) {
		buf_printf(&b, "%s: p=reject, and ", r->domain);
		ready_add_count(&b, ready_lost_now(r), "",
		    " from your named senders failed");
	} else
		buf_printf(&b, "%s: %s", r->domain, ready_headline(r));
	buf_add_str(&b, more);
	text = alert_find_copy(look, buf_str(&b));
	buf_done(&b);
	return text;
}

static void
add_verdict(struct alert_look *look, const struct ready *r, const char *before)
{
	struct alert_found *f = alert_find_add(
	    look, ALERT_BEGINS, ALERT_VERDICT_CHANGED);
	struct buf command = { 0 };

	/* The first verdict is no change, but it may be bad. */
	f->mark.is_quiet = before == NULL && r->verdict != READY_AT_RISK;
	f->mark.domain = alert_find_copy(look, r->domain);
	f->mark.object = ready_verdict_words[r->verdict];
	buf_add_str(&command, "ruactl ready ");
	subject_add_argument(&command, r->domain);
	f->mark.command = alert_find_copy(look, buf_str(&command));
	f->text = verdict_text(look, r, before);
	buf_done(&command);
}

/* A verdict that is another one than it was. */
static void
judge_change(
    struct alert_look *look, const struct ready *r, const struct alert_mark *m)
{
	const char *word = ready_verdict_words[r->verdict];
	const bool is_next = m->next != NULL && strcmp(m->next, word) == 0 &&
	    m->gone_ts != 0 && m->gone_ts <= look->now;
	const int64_t since = is_next ? m->gone_ts : look->now;
	struct alert_found *f;

	if (look->now - since >= SETTLE || r->verdict == READY_AT_RISK) {
		alert_find_add(look, ALERT_ENDS, m->kind)->of = m;
		add_verdict(look, r, m->object);
		return;
	}
	f = alert_find_add(look, ALERT_HOLDS, m->kind);
	f->of = m;
	f->mark.next = word;
	f->mark.gone_ts = since;
}

static void
look_at_verdicts(struct alert_look *look)
{
	struct map marks = { .size = sizeof(const struct alert_mark *) };
	const struct ready *r = look->ready.rows.at;
	const struct alert_mark *m;
	size_t i, at;

	for (i = 0; i < look->n_before; i++) {
		m = &look->before[i];
		if (m->kind == ALERT_VERDICT_CHANGED && m->domain != NULL &&
		    m->object != NULL)
			*(const struct alert_mark **)map_item(
			    &marks, m->domain, strlen(m->domain)) = m;
	}
	for (i = 0; i < look->ready.rows.n; i++) {
		if (!map_find(&marks, r[i].domain, strlen(r[i].domain), &at)) {
			add_verdict(look, &r[i], NULL);
			continue;
		}
		m = ((const struct alert_mark **)marks.items.at)[at];
		if (r[i].verdict == READY_TOO_LITTLE ||
		    strcmp(m->object, ready_verdict_words[r[i].verdict]) == 0)
			alert_find_hold(look, m);
		else
			judge_change(look, &r[i], m);
	}
	map_done(&marks);
}

/* --- all of it ------------------------------------------------------------ */

int
alert_find_reports(struct alert_look *look, struct err *err)
{
	if (look_for(look, PROBLEM_SILENT, &look->week, err) == -1 ||
	    look_at_reporters(look, err) == -1 ||
	    (!look->is_stale &&
	        look_for(look, PROBLEM_COMPLIANCE, &look->week, err) == -1) ||
	    look_at_shares(look, err) == -1)
		return -1;
	look_at_verdicts(look);
	return 0;
}
