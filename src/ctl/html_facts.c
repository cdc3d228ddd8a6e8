/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/html_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/ctl.h"

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
	if (f->domain != NULL)
		buf_printf(&all, " AND %s = ?3", column);
	if (rest != NULL)
		buf_add_str(&all, rest);
	rc = ctl_query(q, db, buf_str(&all), &f->period, f->domain, err);
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
	        "SELECT min(day) FROM report WHERE day BETWEEN ?1 AND ?2",
	        "domain", NULL, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1 && !query_value(q, 0).null)
		first = query_value(q, 0).num;
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

static size_t
number_of(struct map *map, struct array *items, size_t size, const void *key,
    size_t len)
{
	size_t i = map_number(map, key, len);

	if (i == items->n)
		array_add(items, size);
	return i;
}

static size_t
domain_number(struct facts *f, const char *name)
{
	return number_of(&f->domain_names, &f->domains,
	    sizeof(struct facts_domain), name, strlen(name));
}

static struct facts_source *
source_of(struct facts *f, int64_t id)
{
	size_t i = number_of(&f->source_ids, &f->sources,
	    sizeof(struct facts_source), &id, sizeof(id));
	struct facts_source *source = (struct facts_source *)f->sources.at + i;

	if (source->messages == 0 && source->id == 0) {
		source->id = id;
		source->first = INT32_MAX;
	}
	return source;
}

static struct facts_reporter *
reporter_of(struct facts *f, const char *org)
{
	size_t i = number_of(&f->org_names, &f->reporters,
	    sizeof(struct facts_reporter), org, strlen(org));
	struct facts_reporter *r = (struct facts_reporter *)f->reporters.at + i;

	if (r->seen == NULL) {
		r->seen = xcalloc((size_t)f->ndays, 1);
		r->first = INT32_MAX;
	}
	return r;
}

/* What was said of sources, and which are new. */
static int
load_sources(struct facts *f, struct query_db *db, struct err *err)
{
	struct facts_source *source;
	struct query_value kind;
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
		source = source_of(f, query_value(q, 0).num);
		kind = query_value(q, 1);
		source->is_new = query_value(q, 2).num != 0;
		if (kind.null)
			source->kind = FACTS_COMPLIANT; /* nothing was said */
		else if (strcmp(kind.text, "forwarder") == 0)
			source->kind = FACTS_FORWARDED;
		else
			source->kind = strcmp(kind.text, "hostile") == 0
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
	        "SELECT rep.org_name, rep.day, count(*),"
	        " sum(min(max(rep.imported_ts - rep.end_ts, 0), 31536000))"
	        "   / 3600,"
	        " sum(rep.partial), sum(rep.conflict),"
	        " sum(coalesce(msg.verified, '') <> 'pass')"
	        " FROM report rep LEFT JOIN message msg"
	        "   ON msg.id = rep.message_id"
	        " WHERE rep.day BETWEEN ?1 AND ?2",
	        "rep.domain", " GROUP BY rep.org_name, rep.day", err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		r = reporter_of(f, query_value(q, 0).text);
		day = (int)((query_value(q, 1).num - f->first) / PERIOD_DAY);
		n = query_value(q, 2).num;
		r->reports += n;
		r->delay += query_value(q, 3).num;
		r->days++;
		r->seen[day] = 1;
		r->first = day < r->first ? day : r->first;
		r->last = day > r->last ? day : r->last;
		f->reports += n;
		f->partial += query_value(q, 4).num;
		f->conflict += query_value(q, 5).num;
		f->unverified += query_value(q, 6).num;
	}
	query_free(q);
	return rc;
}

enum record_column {
	REC_REPORT,
	REC_DOMAIN,
	REC_DAY,
	REC_ORG,
	REC_SOURCE,
	REC_MESSAGES,
	REC_DKIM,
	REC_SPF,
	REC_CAUSE,
	REC_DISPOSITION,
	REC_SUBDOMAIN,
	REC_FORWARDED,
};

static const char records_sql[] =
    "SELECT rep.id, rep.domain, rep.day, rep.org_name, rec.source_id,"
    " rec.messages, rec.dkim IS 'pass', rec.spf IS 'pass', rec.cause,"
    " rec.disposition, nullif(rec.header_from, rep.domain),"
    " rec.dmarc = 'fail' AND EXISTS (SELECT 1 FROM override o"
    "   WHERE o.record_id = rec.id AND o.type IN ('forwarded',"
    "     'trusted_forwarder', 'mailing_list'))"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Of the report whose records are at hand. */
struct counting {
	int64_t report;
	size_t domain;
	int day, bucket;
	struct facts_reporter *reporter;
};

static void
start_report(struct facts *f, struct query *q, struct counting *c)
{
	int64_t day = query_value(q, REC_DAY).num;

	c->report = query_value(q, REC_REPORT).num;
	c->domain = domain_number(f, query_value(q, REC_DOMAIN).text);
	c->day = (int)((day - f->first) / PERIOD_DAY);
	c->bucket = facts_bucket(f, day);
	c->reporter = reporter_of(f, query_value(q, REC_ORG).text);
}

static void
count_subdomain(
    struct facts *f, size_t domain, const char *name, int64_t n, bool failed)
{
	struct facts_subdomain *sub;
	struct buf key = { NULL, 0, 0 };
	size_t i;

	buf_printf(&key, "%zu ", domain);
	buf_add_str(&key, name);
	i = number_of(
	    &f->subdomain_names, &f->subdomains, sizeof(*sub), key.at, key.len);
	buf_done(&key);
	sub = (struct facts_subdomain *)f->subdomains.at + i;
	sub->domain = domain;
	facts_add(&sub->messages, n);
	if (failed)
		facts_add(&sub->fail, n);
}

static enum facts_class
class_of(const struct facts_source *source, bool failed, bool forwarded)
{
	if (!failed)
		return FACTS_COMPLIANT;
	if (source->kind != FACTS_COMPLIANT)
		return source->kind;
	return forwarded ? FACTS_FORWARDED : FACTS_UNKNOWN;
}

static enum facts_disposition
disposition_of(const struct query_value *v)
{
	if (v->null)
		return FACTS_OTHER;
	/* RFC 9990 has "pass" for what needed no policy. */
	if (strcmp(v->text, "none") == 0 || strcmp(v->text, "pass") == 0)
		return FACTS_NONE;
	if (strcmp(v->text, "quarantine") == 0)
		return FACTS_QUARANTINE;
	return strcmp(v->text, "reject") == 0 ? FACTS_REJECT : FACTS_OTHER;
}

static void
count_record(struct facts *f, struct query *q, struct counting *c)
{
	const int64_t n = query_value(q, REC_MESSAGES).num;
	const bool dkim = query_value(q, REC_DKIM).num != 0;
	const bool spf = query_value(q, REC_SPF).num != 0;
	const bool failed = !dkim && !spf;
	const enum facts_result result = dkim && spf ? FACTS_BOTH
	    : dkim                                   ? FACTS_DKIM
	    : spf                                    ? FACTS_SPF
	                                             : FACTS_FAIL;
	const struct query_value disposition = query_value(q, REC_DISPOSITION);
	const struct query_value subdomain = query_value(q, REC_SUBDOMAIN);
	const struct advice *cause = advice_find(
	    query_value(q, REC_CAUSE).text);
	struct facts_source *source = source_of(
	    f, query_value(q, REC_SOURCE).num);
	struct facts_domain *domain;

	if (query_value(q, REC_REPORT).num != c->report)
		start_report(f, q, c);
	domain = (struct facts_domain *)f->domains.at + c->domain;
	facts_add(&f->messages, n);
	facts_add(&f->results[c->bucket][result], n);
	facts_add(&f->result[result], n);
	facts_add(&f->class[class_of(
	              source, failed, query_value(q, REC_FORWARDED).num != 0)],
	    n);
	facts_add(
	    &f->disposition[disposition_of(&disposition)][failed ? 1 : 0], n);
	facts_add(&domain->messages, n);
	facts_add(&domain->bucket[c->bucket], n);
	facts_add(&source->messages, n);
	facts_add(&c->reporter->messages, n);
	if (cause != NULL)
		facts_add(
		    (failed ? f->cause : f->weak) + (cause - advice_causes), n);
	if (failed) {
		facts_add(&f->fail, n);
		facts_add(&domain->fail, n);
		facts_add(&domain->bucket_fail[c->bucket], n);
		facts_add(&source->fail, n);
		facts_add(&c->reporter->fail, n);
	}
	source->first = c->day < source->first ? c->day : source->first;
	source->last = c->day > source->last ? c->day : source->last;
	if (!subdomain.null)
		count_subdomain(f, c->domain, subdomain.text, n, failed);
}

static int
load_records(struct facts *f, struct query_db *db, struct err *err)
{
	struct counting c = { .report = -1 };
	struct query *q;
	int rc;

	if (facts_query(&q, db, f, records_sql, "rep.domain", NULL, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1)
		count_record(f, q, &c);
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
	if (load_days(f, db, err) == -1 || load_sources(f, db, err) == -1 ||
	    load_reports(f, db, err) == -1 || load_records(f, db, err) == -1 ||
	    facts_load_keys(f, db, err) == -1)
		return -1;
	return 0;
}

void
facts_done(struct facts *f)
{
	struct facts_reporter *r = f->reporters.at;
	size_t i;

	for (i = 0; i < f->reporters.n; i++)
		free(r[i].seen);
	map_done(&f->domain_names);
	map_done(&f->source_ids);
	map_done(&f->subdomain_names);
	map_done(&f->org_names);
	map_done(&f->key_names);
	array_done(&f->domains);
	array_done(&f->sources);
	array_done(&f->subdomains);
	array_done(&f->reporters);
	array_done(&f->keys);
}
