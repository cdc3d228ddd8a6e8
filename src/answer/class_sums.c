/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/class_sums.h"

#include <stdbool.h>
#include <string.h>

#include "base/sum.h"

/* What is known of a source; the numbers are those of a map plus one. */
struct known {
	enum source_class class;
	size_t sender, country; /* 0: none */
};

struct summing {
	struct class_sums *sums;
	struct map reports;   /* of size_t: the number of the domain, by id */
	struct map sources;   /* of struct known, by id */
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

static struct known *
known_of(struct summing *s, int64_t id)
{
	struct known *k = map_item(&s->sources, &id, sizeof(id));

	if (k->sender == 0 && k->country == 0)
		k->class = SOURCE_UNKNOWN;
	return k;
}

static int
read_sources(struct summing *s, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT s.id, snd.kind, snd.label FROM sender snd"
	    " CROSS JOIN source s ON s.sender_id = snd.id ORDER BY snd.label";
	struct class_sums_sender *sender;
	const char *label;
	struct query *q;
	struct known *k;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		label = query_text(q, 2);
		k = known_of(s, query_int(q, 0));
		k->class = source_class_of_kind(query_text(q, 1));
		sender = map_item(&s->sums->senders, label, strlen(label));
		sender->class = k->class;
		k->sender = 1 +
		    map_number(&s->sums->senders, label, strlen(label));
	}
	query_free(q);
	return rc;
}

static int
read_countries(struct summing *s, struct query_db *db, struct err *err)
{
	static const char sql[] = "SELECT id, country FROM source"
	                          " WHERE country IS NOT NULL ORDER BY country";
	const char *country;
	struct query *q;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		country = query_text(q, 1);
		known_of(s, query_int(q, 0))->country = 1 +
		    map_number(&s->sums->countries, country, strlen(country));
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
class_of(const struct summing *s, struct query *q, const struct known *k)
{
	const int64_t profile = query_int(q, PROFILE);

	return source_class_of_record(
	    k->class, map_has(&s->forwarded, &profile, sizeof(profile)));
}

/* What is known of the source of a record, whether that passed or failed. */
static struct known
find_known(const struct summing *s, struct query *q)
{
	const int64_t source = query_int(q, SOURCE);
	size_t at;

	if (map_find(&s->sources, &source, sizeof(source), &at))
		return ((const struct known *)s->sources.items.at)[at];
	return (struct known) { .class = SOURCE_UNKNOWN };
}

static void
count_passed(struct summing *s, struct query *q, struct class_sums_domain *d)
{
	const int64_t n = query_int(q, MESSAGES);

	sum_add(&d->messages[SOURCE_COMPLIANT], n);
	sum_add(&d->passed[find_known(s, q).class], n);
}

static void
count_failed(struct summing *s, struct query *q, struct class_sums_domain *d)
{
	const int64_t n = query_int(q, MESSAGES);
	const struct known k = find_known(s, q);
	size_t key[2];

	sum_add(&d->messages[class_of(s, q, &k)], n);
	sum_add(&d->fail, n);
	if (k.sender > 0) {
		key[0] = s->domain;
		key[1] = k.sender - 1;
		sum_add(map_item(&s->sums->failed, key, sizeof(key)), n);
	}
	if (k.country > 0)
		sum_add(
		    (int64_t *)s->sums->countries.items.at + k.country - 1, n);
}

static void
count_record(struct summing *s, struct query *q)
{
	const int64_t report = query_int(q, REPORT);
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
	if (query_int(q, DKIM) == 1 || query_int(q, SPF) == 1)
		count_passed(s, q, d);
	else
		count_failed(s, q, d);
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
		.sources.size = sizeof(struct known),
		.report = -1 };
	int rc = -1;

	*sums = (struct class_sums) {
		.domains.size = sizeof(struct class_sums_domain),
		.senders.size = sizeof(struct class_sums_sender),
		.failed.size = sizeof(int64_t),
		.countries.size = sizeof(int64_t),
	};
	if (read_reports(&s, db, err) == 0 && read_sources(&s, db, err) == 0 &&
	    read_countries(&s, db, err) == 0 &&
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
	map_done(&sums->senders);
	map_done(&sums->failed);
	map_done(&sums->countries);
}
