/* SPDX-License-Identifier: BSD-2-Clause */
/* The looks at each record, each override and each signature. */
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "page/facts.h"

static size_t
domain_number(struct facts *f, const char *name)
{
	return facts_number(&f->domain_names, &f->domains,
	    sizeof(struct facts_domain), name, strlen(name));
}

/* --- overrides ------------------------------------------------------------ */

static const char overrides_sql[] =
    "SELECT rec.id, o.type, rep.org_name, o.comment, rec.messages,"
    " o.forwarding, o.changed"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " JOIN override o ON o.record_id = rec.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

static struct facts_override *
override_of(
    struct facts *f, struct buf *text, const char *type, const char *org)
{
	struct facts_override *o;
	size_t i;

	text->len = 0;
	buf_add(text, type, strlen(type) + 1);
	buf_add_str(text, org);
	i = facts_number(
	    &f->override_names, &f->overrides, sizeof(*o), text->at, text->len);
	o = (struct facts_override *)f->overrides.at + i;
	o->type = map_key(&f->override_names, i);
	o->org = o->type + strlen(o->type) + 1;
	return o;
}

int
facts_load_overrides(struct facts *f, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	struct facts_override *o;
	const char *comment;
	struct query *q;
	int64_t record;
	int rc;

	if (facts_query(&q, db, f, overrides_sql, "rep.domain", NULL, err) ==
	    -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		record = query_int(q, 0);
		if (query_int(q, 5) != 0)
			map_number(&f->forwarded, &record, sizeof(record));
		if (query_int(q, 6) == 0)
			continue;
		o = override_of(f, &text, query_text(q, 1), query_text(q, 2));
		facts_add(&o->messages, query_int(q, 4));
		comment = query_text(q, 3);
		if (o->comment[0] == '\0' && comment != NULL)
			text_safe(o->comment, sizeof(o->comment), comment);
	}
	query_free(q);
	buf_done(&text);
	return rc;
}

/* --- records -------------------------------------------------------------- */

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
	REC_HEADER_FROM,
	REC_ID,
};

static const char records_sql[] =
    "SELECT rep.id, rep.domain, rep.day, rep.org_name, rec.source_id,"
    " rec.messages, rec.dkim IS 'pass', rec.spf IS 'pass', rec.cause,"
    " rec.disposition, rec.header_from, rec.id"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Of the report whose records are at hand. */
struct counting {
	int64_t report;
	size_t domain;
	const char *name; /* of the domain */
	int day, bucket;
	struct facts_reporter *reporter;
};

static void
start_report(struct facts *f, struct query *q, struct counting *c)
{
	int64_t day = query_int(q, REC_DAY);

	c->report = query_int(q, REC_REPORT);
	c->domain = domain_number(
	    f, scope_shown(&f->scope, query_text(q, REC_DOMAIN)));
	c->name = map_key(&f->domain_names, c->domain);
	c->day = (int)((day - f->first) / PERIOD_DAY);
	c->bucket = facts_bucket(f, day);
	c->reporter = facts_reporter(f, query_text(q, REC_ORG));
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
	i = facts_number(
	    &f->subdomain_names, &f->subdomains, sizeof(*sub), key.at, key.len);
	buf_done(&key);
	sub = (struct facts_subdomain *)f->subdomains.at + i;
	sub->domain = domain;
	sub->name = strchr(map_key(&f->subdomain_names, i), ' ') + 1;
	facts_add(&sub->messages, n);
	if (failed)
		facts_add(&sub->fail, n);
}

static enum facts_class
class_of(const struct facts *f, const struct facts_source *source, bool failed,
    int64_t record)
{
	if (!failed)
		return FACTS_COMPLIANT;
	if (source->kind != FACTS_COMPLIANT)
		return source->kind;
	return map_has(&f->forwarded, &record, sizeof(record)) ? FACTS_FORWARDED
	                                                       : FACTS_UNKNOWN;
}

static enum facts_disposition
disposition_of(const char *word)
{
	if (word == NULL)
		return FACTS_OTHER;
	/* RFC 9990 has "pass" for what needed no policy. */
	if (strcmp(word, "none") == 0 || strcmp(word, "pass") == 0)
		return FACTS_NONE;
	if (strcmp(word, "quarantine") == 0)
		return FACTS_QUARANTINE;
	return strcmp(word, "reject") == 0 ? FACTS_REJECT : FACTS_OTHER;
}

static void
count_record(struct facts *f, struct query *q, struct counting *c)
{
	const int64_t n = query_int(q, REC_MESSAGES);
	const bool dkim = query_int(q, REC_DKIM) != 0;
	const bool spf = query_int(q, REC_SPF) != 0;
	const bool failed = !dkim && !spf;
	const enum facts_result result = dkim && spf ? FACTS_BOTH
	    : dkim                                   ? FACTS_DKIM
	    : spf                                    ? FACTS_SPF
	                                             : FACTS_FAIL;
	const char *disposition = query_text(q, REC_DISPOSITION);
	const char *header_from = query_text(q, REC_HEADER_FROM);
	const struct cause *cause = cause_find(query_text(q, REC_CAUSE));
	struct facts_source *source = facts_source(f, query_int(q, REC_SOURCE));
	struct facts_domain *domain;

	if (query_int(q, REC_REPORT) != c->report)
		start_report(f, q, c);
	domain = (struct facts_domain *)f->domains.at + c->domain;
	facts_add(&f->messages, n);
	facts_add(&f->results[c->bucket][result], n);
	facts_add(
	    &f->class[class_of(f, source, failed, query_int(q, REC_ID))], n);
	facts_add(
	    &f->disposition[disposition_of(disposition)][failed ? 1 : 0], n);
	facts_add(&domain->messages, n);
	facts_add(&domain->bucket[c->bucket], n);
	facts_add(&source->messages, n);
	facts_add(&c->reporter->messages, n);
	if (cause != NULL)
		facts_add(
		    (failed ? f->cause : f->weak) + (cause - cause_list), n);
	if (failed) {
		facts_add(&f->fail, n);
		facts_add(&domain->fail, n);
		facts_add(&domain->bucket_fail[c->bucket], n);
		facts_add(&source->fail, n);
		facts_add(&c->reporter->fail, n);
	}
	source->first = c->day < source->first ? c->day : source->first;
	source->last = c->day > source->last ? c->day : source->last;
	if (header_from != NULL && strcmp(header_from, c->name) != 0)
		count_subdomain(f, c->domain, header_from, n, failed);
}

int
facts_load_records(struct facts *f, struct query_db *db, struct err *err)
{
	struct counting c = { .report = -1, .name = "" };
	struct query *q;
	int rc;

	if (facts_query(&q, db, f, records_sql, "rep.domain", NULL, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1)
		count_record(f, q, &c);
	query_free(q);
	return rc;
}

/* --- signatures ----------------------------------------------------------- */

static const char keys_sql[] =
    "SELECT rep.domain, rep.day, rec.messages, coalesce(a.domain, ''),"
    " coalesce(a.selector, ''), a.result IS 'pass'"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " JOIN auth_dkim a ON a.record_id = rec.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Whether one is the other, or a name below it. */
static bool
is_below(const char *name, const char *parent)
{
	size_t n = strlen(name), m = strlen(parent);

	return n >= m && strcmp(name + n - m, parent) == 0 &&
	    (n == m || name[n - m - 1] == '.');
}

static struct facts_key *
key_of(struct facts *f, struct buf *text, const char *name, const char *d,
    const char *s)
{
	const size_t domain = map_number(&f->domain_names, name, strlen(name));
	struct facts_key *key;
	size_t i;

	text->len = 0;
	buf_add(text, &domain, sizeof(domain));
	buf_add(text, d, strlen(d) + 1);
	buf_add_str(text, s);
	i = map_number(&f->key_names, text->at, text->len);
	if (i < f->keys.n)
		return (struct facts_key *)f->keys.at + i;
	key = array_add(&f->keys, sizeof(*key));
	key->domain = domain;
	key->d = map_key(&f->key_names, i) + sizeof(domain);
	key->s = key->d + strlen(key->d) + 1;
	key->own = key->d[0] != '\0' &&
	    (is_below(d, name) || is_below(name, d));
	key->first = INT32_MAX;
	return key;
}

int
facts_load_keys(struct facts *f, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	struct facts_key *key;
	struct query *q;
	int32_t day;
	int rc;

	if (facts_query(&q, db, f, keys_sql, "rep.domain", NULL, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		key = key_of(f, &text, scope_shown(&f->scope, query_text(q, 0)),
		    query_text(q, 3), query_text(q, 4));
		day = (int32_t)((query_int(q, 1) - f->first) / PERIOD_DAY);
		facts_add(query_int(q, 5) != 0 ? &key->good : &key->bad,
		    query_int(q, 2));
		key->first = day < key->first ? day : key->first;
		key->last = day > key->last ? day : key->last;
	}
	query_free(q);
	buf_done(&text);
	return rc;
}
