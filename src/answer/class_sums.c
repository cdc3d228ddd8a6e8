/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/class_sums.h"

#include <string.h>

#include "answer/record_reader.h"
#include "base/sum.h"

/* What is known of a source; the numbers are those of a map plus one. */
struct known {
	enum source_class class;
	size_t sender, country; /* 0: none */
};

struct summing {
	struct class_sums *sums;
	struct map sources;   /* of struct known, by id */
	struct map forwarded; /* ids of profiles: a receiver says so */
	size_t domain;        /* of the report at hand */
};

/* --- what few rows say ---------------------------------------------------- */

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

static enum source_class
class_of(
    const struct summing *s, const struct pack_record *r, const struct known *k)
{
	return source_class_of_record(
	    k->class, map_has(&s->forwarded, &r->profile, sizeof(r->profile)));
}

/* What is known of the source of a record, whether that passed or failed. */
static struct known
find_known(const struct summing *s, const struct pack_record *r)
{
	size_t at;

	if (map_find(&s->sources, &r->source, sizeof(r->source), &at))
		return ((const struct known *)s->sources.items.at)[at];
	return (struct known) { .class = SOURCE_UNKNOWN };
}

static void
count_passed(
    struct summing *s, const struct pack_record *r, struct class_sums_domain *d)
{
	sum_add(&d->messages[SOURCE_COMPLIANT], r->messages);
	sum_add(&d->passed[find_known(s, r).class], r->messages);
}

static void
count_failed(
    struct summing *s, const struct pack_record *r, struct class_sums_domain *d)
{
	const struct known k = find_known(s, r);
	const int64_t n = r->messages;
	size_t key[2];

	sum_add(&d->messages[class_of(s, r, &k)], n);
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
count_record(struct summing *s, const struct pack_record *r)
{
	struct class_sums_domain *d = (struct class_sums_domain *)
	                                  s->sums->domains.items.at +
	    s->domain;

	if (r->dkim || r->spf)
		count_passed(s, r, d);
	else
		count_failed(s, r, d);
}

enum { REPORT, DOMAIN, PACKED };

/* Sorted, as the domains are to be numbered. */
static const char reports_sql[] = "SELECT rep.id, rep.domain, " RECORD_PACKED
                                  " FROM report rep" RECORD_PACK_JOIN
                                  " ORDER BY rep.domain";

static int
read_reports(struct summing *s, struct query *reports,
    struct record_reader *records, struct err *err)
{
	struct pack_record r;
	const char *name;
	int rc, row;

	while ((rc = query_step(reports, err)) == 1) {
		name = query_text(reports, DOMAIN);
		s->domain = map_number(&s->sums->domains, name, strlen(name));
		if (record_reader_start(records, reports, PACKED,
		        query_int(reports, REPORT), false, err) == -1)
			return -1;
		while ((row = record_reader_next(records, &r, err)) == 1)
			count_record(s, &r);
		if (row == -1)
			return -1;
	}
	return rc;
}

static int
read_records(struct summing *s, struct query_db *db, struct err *err)
{
	struct record_reader *records = NULL;
	struct query *reports = NULL;
	int rc = -1;

	if (query_new(&reports, db, reports_sql, err) == 0 &&
	    record_reader_new(&records, db, NULL, NULL, err) == 0)
		rc = read_reports(s, reports, records, err);
	record_reader_free(records);
	query_free(reports);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

int
class_sums_load(struct class_sums *sums, struct query_db *db, struct err *err)
{
	struct summing s = { .sums = sums,
		.sources.size = sizeof(struct known) };
	int rc = -1;

	*sums = (struct class_sums) {
		.domains.size = sizeof(struct class_sums_domain),
		.senders.size = sizeof(struct class_sums_sender),
		.failed.size = sizeof(int64_t),
		.countries.size = sizeof(int64_t),
	};
	if (read_sources(&s, db, err) == 0 &&
	    read_countries(&s, db, err) == 0 &&
	    read_forwarded(&s, db, err) == 0)
		rc = read_records(&s, db, err);
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
