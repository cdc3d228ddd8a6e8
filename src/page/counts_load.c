/* SPDX-License-Identifier: BSD-2-Clause */
/* What is loaded before the records, and the order of everything. */
#include <string.h>

#include "page/counts.h"
#include "report/align.h"

/* By the index, where the first day of each name is found at once. */
static const char first_sql[] = SCOPE_WITH_PARTS
    " SELECT min((SELECT min(day) FROM report"
    "   WHERE domain = dom.name AND day BETWEEN ?4 AND ?2)) FROM dom";

/* The first day of reports about the domain, of two days on; 0: none. */
static int
load_first(struct counts *c, struct query_db *db, int64_t from, int64_t *first,
    struct err *err)
{
	struct query *q;
	int rc;

	if (scope_query(&q, db, first_sql, &c->period, c->domain, err) == -1)
		return -1;
	query_bind_int(q, 4, from);
	*first = 0;
	if ((rc = query_step(q, err)) == 1)
		*first = query_int(q, 0);
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/*
 * Charts begin with the first report, and show a week at least.  The days
 * before are there if reports began in their first tenth.
 */
static int
load_days(struct counts *c, struct query_db *db, struct err *err)
{
	const struct period *p = &c->period;
	const int64_t days = (p->last - p->first) / PERIOD_DAY + 1;
	const int64_t before = p->first - days * PERIOD_DAY;
	const int64_t week = p->last - (COUNTS_WEEK - 1) * PERIOD_DAY;
	int64_t first, earliest;

	if (load_first(c, db, p->first, &first, err) == -1 ||
	    load_first(c, db, before, &earliest, err) == -1)
		return -1;
	c->has_before = earliest != 0 &&
	    earliest <= before + days / 10 * PERIOD_DAY;
	if (first < p->first)
		first = p->first;
	if (first > week)
		first = week > p->first ? week : p->first;
	timeline_set(&c->time, first, p->last);
	return 0;
}

/* What is known of senders already. */
static void
take_senders(struct counts *c, const struct array *wanted)
{
	const struct sender_domain *d = c->senders->domains.at;
	const size_t *number = wanted->at;
	size_t i;

	for (i = 0; i < c->senders->domains.n; i++)
		sender_add_counts(&c->sums, &d[i].counts);
	for (i = 0; i < wanted->n; i++)
		map_number(&c->sparks, &number[i], sizeof(number[i]));
}

int
counts_load(struct counts *c, struct query_db *db,
    const struct sender_list *senders, const struct array *wanted,
    const char *domain, struct err *err)
{
	char org[ALIGN_DOMAIN];

	*c = (struct counts) {
		.domain = domain,
		.is_part = domain != NULL && align_organization(domain, org) &&
		    strcmp(org, domain) != 0,
		.senders = senders,
		.period = senders->period,
		.domains.size = sizeof(struct counts_domain),
		.sparks.size = sizeof(struct counts_spark),
		.alike.size = sizeof(struct counts_alike),
		.subdomains.size = sizeof(struct counts_subdomain),
		.reporters.size = sizeof(struct counts_reporter),
		.keys.size = sizeof(struct counts_key),
		.overrides.size = sizeof(struct counts_override),
		.policies = policies_new(),
	};
	if (c->period.text[0] == '\0')
		return 0; /* there is nothing */
	take_senders(c, wanted);
	if (scope_load(&c->scope, db, domain, err) == -1 ||
	    load_days(c, db, err) == -1 ||
	    counts_load_records(c, db, err) == -1 ||
	    counts_load_subdomains(c, db, err) == -1 ||
	    counts_load_keys(c, db, err) == -1)
		return -1;
	return 0;
}
