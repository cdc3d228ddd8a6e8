/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/class_sums.h"

#include <stdbool.h>
#include <string.h>

#include "base/sum.h"

struct summing {
	struct class_sums *sums;
	struct map reports;   /* of size_t: the number of the domain, by id */
	struct map sources;   /* of enum source_class: named ones, by id */
	struct map forwarded; /* ids of profiles: a receiver says so */
	int64_t report;       /* the one that is at hand; -1: none */
	size_t domain;        /* its domain */
};

/* --- what few rows say ---------------------------------------------------- */

static int
read_reports(struct summing *s, struct query_db *db, struct err *err)
{
	struct query *q;
	const char *domain;
	int64_t id;
	int rc;

	if (query_new(&q, db, "SELECT id, domain FROM report ORDER BY domain",
	        err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		domain = query_text(q, 1);
		*(size_t *)map_item(&s->reports, &id, sizeof(id)) = map_number(
		    &s->sums->domains, domain, strlen(domain));
	}
	query_free(q);
	return rc;
}

static int
read_sources(struct summing *s, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT s.id, snd.kind FROM sender snd"
	    " CROSS JOIN source s ON s.sender_id = snd.id";
	struct query *q;
	int64_t id;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		*(enum source_class *)map_item(&s->sources, &id,
		    sizeof(id)) = source_class_of_kind(query_text(q, 1));
	}
	query_free(q);
	return rc;
}

static int
read_forwarded(struct summing *s, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT profile_id FROM override_words WHERE forwarding";
	struct query *q;
	int64_t id;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		map_number(&s->forwarded, &id, sizeof(id));
	}
	query_free(q);
	return rc;
}

/* --- records -------------------------------------------------------------- */

enum { REPORT, MESSAGES, DKIM, SPF, SOURCE, PROFILE };

static const char records_sql[] =
    "SELECT report_id, messages, dkim, spf, source_id, profile_id"
    " FROM record_row";

static enum source_class
class_of(const struct summing *s, struct query *q)
{
	const int64_t source = query_int(q, SOURCE);
	const int64_t profile = query_int(q, PROFILE);
	enum source_class class = SOURCE_UNKNOWN;
	size_t at;

	if (query_int(q, DKIM) == 1 || query_int(q, SPF) == 1)
		return SOURCE_COMPLIANT;
	if (map_find(&s->sources, &source, sizeof(source), &at))
		class = ((const enum source_class *)s->sources.items.at)[at];
	return source_class_of_record(
	    class, map_has(&s->forwarded, &profile, sizeof(profile)));
}

static void
count_record(struct summing *s, struct query *q)
{
	const int64_t report = query_int(q, REPORT);
	const int64_t n = query_int(q, MESSAGES);
	const enum source_class class = class_of(s, q);
	struct class_sums_domain *d;
	size_t at;

	/* Those of a report come together. */
	if (report != s->report) {
		if (!map_find(&s->reports, &report, sizeof(report), &at))
			return;
		s->report = report;
		s->domain = ((const size_t *)s->reports.items.at)[at];
	}
	d = (struct class_sums_domain *)s->sums->domains.items.at + s->domain;
	sum_add(&d->messages[class], n);
	if (class != SOURCE_COMPLIANT)
		sum_add(&d->fail, n);
}

static int
read_records(struct summing *s, struct query_db *db, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, records_sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1)
		count_record(s, q);
	query_free(q);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

int
class_sums_load(struct class_sums *sums, struct query_db *db, struct err *err)
{
	struct summing s = { .sums = sums,
		.reports.size = sizeof(size_t),
		.sources.size = sizeof(enum source_class),
		.report = -1 };
	int rc = -1;

	*sums = (struct class_sums) { .domains.size = sizeof(
		                          struct class_sums_domain) };
	if (read_reports(&s, db, err) == 0 && read_sources(&s, db, err) == 0 &&
	    read_forwarded(&s, db, err) == 0)
		rc = read_records(&s, db, err);
	map_done(&s.reports);
	map_done(&s.sources);
	map_done(&s.forwarded);
	return rc;
}

void
class_sums_done(struct class_sums *sums)
{
	map_done(&sums->domains);
}
