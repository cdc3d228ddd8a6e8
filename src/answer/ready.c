/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready.h"

#include <stdlib.h>
#include <string.h>

#include "answer/ready_judge.h"
#include "answer/ready_todo.h"
#include "answer/scope.h"
#include "store/query_row.h"

/* --- days, reporters and policies ----------------------------------------- */

#define IS_PART \
	SCOPE_IS_PART("(SELECT header_from FROM profile p" \
	              " WHERE p.id = rec.profile_id)")

/*
 * Reports that tell of the domain: of a subdomain's organization those that
 * have mail of the subdomain.  The first report is any about it.
 */
static const char days_sql[] = SCOPE_WITH_PARTS
    "SELECT shown AS domain, count(DISTINCT day) AS days,"
    " count(DISTINCT lower(org_name)) AS reporters,"
    " (SELECT min((SELECT min(x.day) FROM report x WHERE x.domain = d.name))"
    "   FROM dom d WHERE d.shown = g.shown) AS first_day"
    " FROM (SELECT dom.shown, rep.day, rep.org_name"
    "   FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "     AND rep.day BETWEEN ?1 AND ?2"
    "   WHERE EXISTS (SELECT 1 FROM record_row rec"
    "     WHERE rec.report_id = rep.id AND " IS_PART ")) g GROUP BY shown";

static const struct query_field day_fields[] = {
	QUERY_FIELD(QUERY_INT, ready, days),
	QUERY_FIELD(QUERY_INT, ready, reporters),
	QUERY_FIELD(QUERY_INT, ready, first_day),
	{ 0 },
};

/*
 * The newest policy under each name; that of the domain itself is the last of
 * its rows, before it that of its organization or the newest of subdomains.
 * Reporters leave out what they do not know.
 */
static const char policies_sql[] = SCOPE_WITH_PARTS
    "SELECT dom.shown AS domain, x.p AS policy, x.sp, x.np,"
    " coalesce(x.pct, 100) AS pct, coalesce(x.testing = 'y', 0) AS is_testing,"
    " dom.name AS policy_domain"
    " FROM dom CROSS JOIN report x ON x.id = (SELECT y.id FROM report y"
    "   WHERE y.domain = dom.name AND y.day <= ?2 AND y.counted = 1"
    "     AND y.p IS NOT NULL ORDER BY y.day DESC, y.id DESC LIMIT 1)"
    " ORDER BY dom.name = dom.shown, dom.part IS NOT NULL, x.day, x.id";

static const struct query_field policy_fields[] = {
	QUERY_FIELD(QUERY_TEXT, ready, policy),
	QUERY_FIELD(QUERY_TEXT, ready, sp),
	QUERY_FIELD(QUERY_TEXT, ready, np),
	QUERY_FIELD(QUERY_INT, ready, pct),
	QUERY_FIELD(QUERY_BOOL, ready, is_testing),
	QUERY_FIELD(QUERY_TEXT, ready, policy_domain),
	{ 0 },
};

/*
 * Own mail as subdomains that sp=none would spare and that receivers refused
 * all the same, because np= is for names that do not exist: only they know
 * which do.  Reporters that do not know np= do not obey it.
 */
static const char refused_sql[] = SCOPE_WITH_PARTS
    "SELECT dom.shown AS domain, sum(rec.messages) AS refused_below"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    "   AND rep.np IN ('quarantine', 'reject') AND rep.sp = 'none'"
    " CROSS JOIN record_row rec ON rec.report_id = rep.id"
    "   AND rec.disposition IN (2, 3)"
    "   AND NOT coalesce(rec.dkim = 1 OR rec.spf = 1, 0)"
    " JOIN profile p ON p.id = rec.profile_id"
    "   AND substr(p.header_from, -length(dom.shown) - 1) = '.' || dom.shown"
    " JOIN source s ON s.id = rec.source_id"
    " JOIN sender snd ON snd.id = s.sender_id"
    " WHERE dom.part IS NULL AND dom.name = dom.shown"
    "   AND " RULE_IS_KNOWN(snd.kind) " GROUP BY dom.shown";

static const struct query_field refused_fields[] = {
	QUERY_FIELD(QUERY_INT, ready, refused_below),
	{ 0 },
};

/* Read rows, each into the domain that it is of; others are passed over. */
static int
read_rows(struct ready_list *list, struct query_db *db, const char *sql,
    const struct query_field *fields, const struct period *period,
    const char *domain, struct err *err)
{
	struct ready *r = list->rows.at;
	const char *name;
	struct query *q;
	size_t at;
	int rc;

	if (scope_query(&q, db, sql, period, domain, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		name = query_named_text(q, "domain");
		if (map_find(&list->names, name, strlen(name), &at) &&
		    (rc = query_row_read(
		         q, fields, &r[at], &list->strings, err)) == -1)
			break;
	}
	query_free(q);
	return rc;
}

/* --- counts --------------------------------------------------------------- */

static void
add_domain(struct ready_list *list, const struct sender_domain *d)
{
	struct ready *r = array_add(&list->rows, sizeof(*r));
	const struct sender_counts *c = &d->counts;

	map_number(&list->names, d->name, strlen(d->name));
	r->domain = r->policy_domain = d->name;
	r->pct = 100;
	r->has_known = d->has_known;
	r->messages = c->messages;
	r->pass = c->pass;
	r->fail = sender_fail(c);
	r->lost = c->failed[SOURCE_KNOWN];
	r->suffers = c->failed[SOURCE_FORWARDED];
	r->stopped = c->failed[SOURCE_HOSTILE];
	r->unknown = c->failed[SOURCE_UNKNOWN];
	r->below = d->below;
}

/* Those that the period has records of. */
static void
add_domains(struct ready_list *list)
{
	const struct sender_domain *d = list->senders->domains.at;
	const struct sender_source *s = list->senders->sources.at;
	bool *has_records = xcalloc(list->senders->domains.n + 1, sizeof(bool));
	struct ready *r;
	size_t i, at;

	for (i = 0; i < list->senders->sources.n; i++)
		has_records[s[i].domain] = true;
	for (i = 0; i < list->senders->domains.n; i++)
		if (has_records[i])
			add_domain(list, &d[i]);
	free(has_records);
	r = list->rows.at;
	for (i = 0; i < list->senders->sources.n; i++) {
		const char *name = d[s[i].domain].name;

		if (s[i].signs != 0 &&
		    map_find(&list->names, name, strlen(name), &at))
			r[at].like_own += s[i].counts.failed[SOURCE_UNKNOWN];
	}
}

/* The policy of its organization applies to a subdomain by sp, if it has it. */
static void
apply_policy(struct ready *r)
{
	if (ready_is_inherited(r) && r->sp != NULL)
		r->policy = r->sp;
}

/* Whether sp= may spare own mail of any domain. */
static bool
is_any_spared(const struct ready_list *list)
{
	const struct ready *r = list->rows.at;
	size_t i;

	for (i = 0; i < list->rows.n; i++)
		if (r[i].below.failed[SOURCE_KNOWN] > 0 &&
		    ready_weak_below(&r[i]) != NULL)
			return true;
	return false;
}

/* --- all of it ------------------------------------------------------------ */

static int
judge(struct ready_list *list, struct query_db *db, const char *domain,
    struct err *err)
{
	const struct period *period = &list->senders->period;
	struct ready *r;
	size_t i;

	add_domains(list);
	if (read_rows(list, db, days_sql, day_fields, period, domain, err) ==
	        -1 ||
	    read_rows(list, db, policies_sql, policy_fields, period, domain,
	        err) == -1)
		return -1;
	if (is_any_spared(list) &&
	    read_rows(list, db, refused_sql, refused_fields, period, domain,
	        err) == -1)
		return -1;
	r = list->rows.at;
	for (i = 0; i < list->rows.n; i++) {
		apply_policy(&r[i]);
		r[i].is_old = period->last - r[i].first_day >=
		    RULE_WAIT_DAYS * (int64_t)PERIOD_DAY;
		ready_judge(&r[i]);
	}
	ready_todo_find(list);
	return 0;
}

int
ready_load(struct ready_list *list, struct query_db *db,
    const struct period *period, const char *domain, struct err *err)
{
	const struct sender_question question = { .period = *period,
		.domain = domain };

	memset(list, 0, sizeof(*list));
	list->senders = &list->own;
	if (sender_list_load(&list->own, db, &question, err) == -1)
		return -1;
	return judge(list, db, domain, err);
}

int
ready_load_from(struct ready_list *list, struct query_db *db,
    const struct sender_list *senders, const char *domain, struct err *err)
{
	memset(list, 0, sizeof(*list));
	list->senders = senders;
	return judge(list, db, domain, err);
}

void
ready_done(struct ready_list *list)
{
	array_done(&list->rows);
	array_done(&list->tasks);
	map_done(&list->names);
	sender_list_done(&list->own);
	arena_done(&list->strings);
	memset(list, 0, sizeof(*list));
}

const struct ready *
ready_find(const struct ready_list *list, const char *domain)
{
	size_t at;

	return map_find(&list->names, domain, strlen(domain), &at)
	    ? (const struct ready *)list->rows.at + at
	    : NULL;
}

const struct ready_task *
ready_tasks(const struct ready_list *list, const struct ready *r)
{
	return (const struct ready_task *)list->tasks.at + r->first_task;
}

size_t
ready_tasks_shown(
    const struct ready_list *list, const struct ready *r, size_t max)
{
	const struct ready_task *t = ready_tasks(list, r);
	size_t n = 0;

	while (n < r->tasks && n < max &&
	    (n == 0 || t[n].kind == READY_TASK_FIX || t[n].signs != 0 ||
	        (t[0].kind != READY_TASK_FIX && t[0].signs == 0)))
		n++;
	return n;
}
