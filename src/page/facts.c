/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/scope.h"
#include "base/buf.h"
#include "base/text.h"

void
facts_add(int64_t *sum, int64_t n)
{
	if (__builtin_add_overflow(*sum, n, sum))
		*sum = INT64_MAX;
}

static int
offset(const struct facts *f)
{
	return f->nbuckets * f->unit - f->ndays;
}

/* The last bucket is whole, the first one may be short. */
int
facts_bucket(const struct facts *f, int64_t day)
{
	return (int)((day - f->first) / PERIOD_DAY + offset(f)) / f->unit;
}

int64_t
facts_bucket_first(const struct facts *f, int i)
{
	return i == 0
	    ? f->first
	    : f->first + ((int64_t)i * f->unit - offset(f)) * PERIOD_DAY;
}

int
facts_bucket_days(const struct facts *f, int i)
{
	return i == 0 ? f->unit - offset(f) : f->unit;
}

int
facts_query(struct query **q, struct query_db *db, const struct facts *f,
    const char *sql, const char *column, const char *rest, struct err *err)
{
	struct buf all = { NULL, 0, 0 };
	int rc;

	buf_add_str(&all, sql);
	if (f->domain != NULL && strcmp(column, "rep.domain") == 0)
		buf_add_str(&all,
		    " AND rep.domain IN"
		    " (SELECT value ->> 0 FROM json_each(?9))");
	else if (f->domain != NULL)
		buf_printf(&all, " AND %s = ?3", column);
	if (rest != NULL)
		buf_add_str(&all, rest);
	rc = scope_query(q, db, buf_str(&all), &f->period, f->domain, err);
	buf_done(&all);
	return rc;
}

/* A plot begins with the first report, and is a week long at least. */
static int
load_days(struct facts *f, struct query_db *db, struct err *err)
{
	int64_t first = f->period.first;
	struct query *q;
	int rc;

	if (facts_query(&q, db, f,
	        "SELECT min(day) FROM report rep WHERE day BETWEEN ?1 AND ?2",
	        "rep.domain", NULL, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1 && !query_value(q, 0).null)
		first = query_int(q, 0);
	query_free(q);
	if (first > f->period.last - (FACTS_WEEK - 1) * PERIOD_DAY)
		first = f->period.last - (FACTS_WEEK - 1) * PERIOD_DAY;
	f->first = first > f->period.first ? first : f->period.first;
	f->ndays = (int)((f->period.last - f->first) / PERIOD_DAY) + 1;
	f->unit = f->ndays <= 100  ? 1
	    : f->ndays <= 700      ? 7
	    : f->ndays <= 30 * 100 ? 30
	                           : f->ndays / 100 + 1;
	f->nbuckets = (f->ndays + f->unit - 1) / f->unit;
	return rc == -1 ? -1 : 0;
}

size_t
facts_number(struct map *map, struct array *items, size_t size, const void *key,
    size_t len)
{
	size_t i = map_number(map, key, len);

	if (i == items->n)
		array_add(items, size);
	return i;
}

struct facts_source *
facts_source(struct facts *f, int64_t id)
{
	size_t i = facts_number(&f->source_ids, &f->sources,
	    sizeof(struct facts_source), &id, sizeof(id));
	struct facts_source *source = (struct facts_source *)f->sources.at + i;

	if (source->messages == 0 && source->id == 0) {
		source->id = id;
		source->first = INT32_MAX;
	}
	return source;
}

struct facts_reporter *
facts_reporter(struct facts *f, const char *org)
{
	char *key = text_lower(xstrdup(org));
	size_t i = facts_number(&f->org_names, &f->reporters,
	    sizeof(struct facts_reporter), key, strlen(key));
	struct facts_reporter *r = (struct facts_reporter *)f->reporters.at + i;

	if (r->seen == NULL) {
		r->seen = xcalloc((size_t)f->ndays, 1);
		r->first = INT32_MAX;
		r->name = xstrdup(org);
	}
	free(key);
	return r;
}

/* What was said of sources, and which are new. */
static int
load_sources(struct facts *f, struct query_db *db, struct err *err)
{
	struct facts_source *source;
	const char *kind;
	struct query *q;
	int rc;

	if (query_new(&q, db,
	        "SELECT s.id, snd.kind, s.first_day >= ?1 FROM source s"
	        " LEFT JOIN sender snd ON snd.id = s.sender_id"
	        " WHERE s.sender_id IS NOT NULL OR s.first_day >= ?1",
	        err) == -1)
		return -1;
	query_bind_int(q, 1, f->period.last - (FACTS_WEEK - 1) * PERIOD_DAY);
	while ((rc = query_step(q, err)) == 1) {
		source = facts_source(f, query_int(q, 0));
		kind = query_text(q, 1);
		source->is_new = query_int(q, 2) != 0;
		if (kind == NULL)
			source->kind = FACTS_COMPLIANT; /* nothing was said */
		else if (strcmp(kind, "forwarder") == 0)
			source->kind = FACTS_FORWARDED;
		else
			source->kind = strcmp(kind, "hostile") == 0
			    ? FACTS_UNKNOWN
			    : FACTS_KNOWN;
	}
	query_free(q);
	return rc;
}

static int
load_reports(struct facts *f, struct query_db *db, struct err *err)
{
	struct facts_reporter *r;
	struct query *q;
	int64_t n;
	int day, rc;

	if (facts_query(&q, db, f,
	        "SELECT max(rep.org_name), rep.day, sum(rep.counted),"
	        " sum(min(max(rep.imported_ts - rep.end_ts, 0), 31536000))"
	        "   / 3600,"
	        " sum(rep.partial AND rep.counted), sum(rep.conflict),"
	        " sum(coalesce(msg.verified, '') <> 'pass' AND rep.counted)"
	        " FROM report rep LEFT JOIN message msg"
	        "   ON msg.id = rep.message_id"
	        " WHERE rep.day BETWEEN ?1 AND ?2",
	        "rep.domain", " GROUP BY rep.org_name COLLATE NOCASE, rep.day",
	        err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		r = facts_reporter(f, query_text(q, 0));
		day = (int)((query_int(q, 1) - f->first) / PERIOD_DAY);
		n = query_int(q, 2);
		r->reports += n;
		r->delay += query_int(q, 3);
		r->days++;
		r->seen[day] = 1;
		r->first = day < r->first ? day : r->first;
		r->last = day > r->last ? day : r->last;
		f->reports += n;
		f->partial += query_int(q, 4);
		f->conflict += query_int(q, 5);
		f->unverified += query_int(q, 6);
	}
	query_free(q);
	return rc;
}

int
facts_load(struct facts *f, struct query_db *db, const struct period *period,
    const char *domain, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->domain = domain;
	f->period = *period;
	if (period->text[0] == '\0')
		return 0; /* there is nothing */
	if (scope_load(&f->scope, db, domain, err) == -1 ||
	    load_days(f, db, err) == -1 || load_sources(f, db, err) == -1 ||
	    load_reports(f, db, err) == -1 ||
	    facts_load_overrides(f, db, err) == -1 ||
	    facts_load_records(f, db, err) == -1 ||
	    facts_load_keys(f, db, err) == -1)
		return -1;
	return 0;
}

void
facts_done(struct facts *f)
{
	struct facts_reporter *r = f->reporters.at;
	size_t i;

	for (i = 0; i < f->reporters.n; i++) {
		free(r[i].name);
		free(r[i].seen);
	}
	map_done(&f->domain_names);
	map_done(&f->source_ids);
	map_done(&f->subdomain_names);
	map_done(&f->org_names);
	map_done(&f->key_names);
	map_done(&f->override_names);
	map_done(&f->forwarded);
	scope_done(&f->scope);
	array_done(&f->domains);
	array_done(&f->sources);
	array_done(&f->subdomains);
	array_done(&f->reporters);
	array_done(&f->keys);
	array_done(&f->overrides);
}
