/* SPDX-License-Identifier: BSD-2-Clause */
/* What is loaded before the records, and the order of everything. */
#include <string.h>

#include "page/counts.h"
#include "store/rules.h"

#define DELAY RULE_DELAY(msg, rep)

/* Charts begin with the first report, and show a week at least. */
static int
load_days(struct counts *c, struct query_db *db, struct err *err)
{
	const int64_t week = c->period.last - (COUNTS_WEEK - 1) * PERIOD_DAY;
	int64_t first = c->period.first;
	struct query *q;
	int rc;

	if (counts_query(&q, db, c,
	        "SELECT min(day) FROM report rep WHERE day BETWEEN ?1 AND ?2",
	        "rep.domain", NULL, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1 && !query_value(q, 0).null)
		first = query_int(q, 0);
	query_free(q);
	if (first > week)
		first = week;
	timeline_set(&c->time,
	    first > c->period.first ? first : c->period.first, c->period.last);
	return rc == -1 ? -1 : 0;
}

/* Load what the admin said of sources, and which are new. */
static int
load_sources(struct counts *c, struct query_db *db, struct err *err)
{
	struct counts_source *source;
	struct query *q;
	int rc;

	if (query_new(&q, db,
	        "SELECT s.id, snd.kind, s.first_day >= ?1 AS is_new FROM "
	        "source s"
	        " LEFT JOIN sender snd ON snd.id = s.sender_id"
	        " WHERE s.sender_id IS NOT NULL OR s.first_day >= ?1",
	        err) == -1)
		return -1;
	query_bind_int(q, 1, c->period.last - (COUNTS_WEEK - 1) * PERIOD_DAY);
	while ((rc = query_step(q, err)) == 1) {
		source = counts_source(c, query_named_int(q, "id"));
		source->class = source_class_of_kind(
		    query_named_text(q, "kind"));
		source->is_new = query_named_int(q, "is_new") != 0;
	}
	query_free(q);
	return rc;
}

static int
load_reports(struct counts *c, struct query_db *db, struct err *err)
{
	struct counts_reporter *r;
	struct query *q;
	int64_t n;
	int day, rc;

	if (counts_query(&q, db, c,
	        "SELECT max(rep.org_name) AS org, rep.day, sum(rep.counted) AS "
	        "n,"
	        " sum(iif(rep.counted, " DELAY ", 0)) AS delay,"
	        " sum(rep.partial AND rep.counted) AS partial,"
	        " sum(rep.conflict) AS conflict,"
	        " sum(coalesce(msg.verified, '') <> 'pass' AND rep.counted)"
	        "   AS unverified"
	        " FROM report rep LEFT JOIN message msg"
	        "   ON msg.id = rep.message_id"
	        " WHERE rep.day BETWEEN ?1 AND ?2",
	        "rep.domain", " GROUP BY rep.org_name COLLATE NOCASE, rep.day",
	        err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		r = counts_reporter(c, query_named_text(q, "org"));
		day = timeline_number(&c->time, query_named_int(q, "day"));
		n = query_named_int(q, "n");
		r->reports += n;
		r->delay += query_named_int(q, "delay");
		r->days++;
		r->seen[day] = 1;
		r->first = day < r->first ? day : r->first;
		r->last = day > r->last ? day : r->last;
		c->reports += n;
		c->partial += query_named_int(q, "partial");
		c->conflict += query_named_int(q, "conflict");
		c->unverified += query_named_int(q, "unverified");
	}
	query_free(q);
	return rc;
}

int
counts_load(struct counts *c, struct query_db *db, const struct period *period,
    const char *domain, struct err *err)
{
	*c = (struct counts) {
		.domain = domain,
		.period = *period,
		.domains.size = sizeof(struct counts_domain),
		.sources.size = sizeof(struct counts_source),
		.subdomains.size = sizeof(struct counts_subdomain),
		.reporters.size = sizeof(struct counts_reporter),
		.keys.size = sizeof(struct counts_key),
		.overrides.size = sizeof(struct counts_override),
	};
	if (period->text[0] == '\0')
		return 0; /* there is nothing */
	if (scope_load(&c->scope, db, domain, err) == -1 ||
	    load_days(c, db, err) == -1 || load_sources(c, db, err) == -1 ||
	    load_reports(c, db, err) == -1 ||
	    counts_load_overrides(c, db, err) == -1 ||
	    counts_load_records(c, db, err) == -1 ||
	    counts_load_keys(c, db, err) == -1)
		return -1;
	return 0;
}
