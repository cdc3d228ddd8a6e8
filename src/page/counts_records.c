/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at each override, each record and each signature. */
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "page/counts.h"
#include "report/align.h"

/* --- overrides ------------------------------------------------------------ */

enum {
	OVR_RECORD,
	OVR_TYPE,
	OVR_ORG,
	OVR_COMMENT,
	OVR_MESSAGES,
	OVR_FORWARDING,
	OVR_CHANGED,
	OVR_COLUMNS
};

static const char *const override_names[OVR_COLUMNS] = { "record", "type",
	"org_name", "comment", "messages", "forwarding", "changed" };

static const char overrides_sql[] =
    "SELECT rec.id AS record, o.type, rep.org_name, o.comment, rec.messages,"
    " o.forwarding, o.changed"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " JOIN override o ON o.record_id = rec.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

static struct counts_override *
override_of(
    struct counts *c, struct buf *text, const char *type, const char *org)
{
	struct counts_override *o;
	size_t i;

	text->len = 0;
	buf_add(text, type, strlen(type) + 1);
	buf_add_str(text, org);
	i = map_number(&c->overrides, text->at, text->len);
	o = (struct counts_override *)c->overrides.items.at + i;
	o->type = map_key(&c->overrides, i);
	o->org = o->type + strlen(o->type) + 1;
	return o;
}

int
counts_load_overrides(struct counts *c, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	struct counts_override *o;
	const char *comment;
	struct query *q;
	int64_t record;
	int at[OVR_COLUMNS], rc;

	if (counts_query(&q, db, c, overrides_sql, "rep.domain", NULL, err) ==
	    -1)
		return -1;
	query_find_columns(q, override_names, OVR_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		record = query_int(q, at[OVR_RECORD]);
		if (query_int(q, at[OVR_FORWARDING]) != 0)
			map_number(&c->forwarded, &record, sizeof(record));
		if (query_int(q, at[OVR_CHANGED]) == 0)
			continue;
		o = override_of(c, &text, query_text(q, at[OVR_TYPE]),
		    query_text(q, at[OVR_ORG]));
		counts_add(&o->messages, query_int(q, at[OVR_MESSAGES]));
		comment = query_text(q, at[OVR_COMMENT]);
		if (o->comment[0] == '\0' && comment != NULL)
			text_safe(o->comment, sizeof(o->comment), comment);
	}
	query_free(q);
	buf_done(&text);
	return rc;
}

/* --- records -------------------------------------------------------------- */

enum {
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
	REC_COLUMNS
};

static const char *const record_names[REC_COLUMNS] = { "report", "domain",
	"day", "org_name", "source_id", "messages", "dkim", "spf", "cause",
	"disposition", "header_from", "record" };

static const char records_sql[] =
    "SELECT rep.id AS report, rep.domain, rep.day, rep.org_name,"
    " rec.source_id, rec.messages, rec.dkim IS 'pass' AS dkim,"
    " rec.spf IS 'pass' AS spf, rec.cause, rec.disposition, rec.header_from,"
    " rec.id AS record"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Of the report whose records are at hand. */
struct counting {
	int at[REC_COLUMNS];
	int64_t report;
	size_t domain;
	const char *name; /* of the domain */
	int day, column;
	struct counts_reporter *reporter;
};

static void
start_report(struct counts *c, struct query *q, struct counting *now)
{
	int64_t day = query_int(q, now->at[REC_DAY]);

	now->report = query_int(q, now->at[REC_REPORT]);
	now->name = scope_shown(&c->scope, query_text(q, now->at[REC_DOMAIN]));
	now->domain = map_number(&c->domains, now->name, strlen(now->name));
	now->name = map_key(&c->domains, now->domain);
	now->day = timeline_number(&c->time, day);
	now->column = timeline_column(&c->time, day);
	now->reporter = counts_reporter(c, query_text(q, now->at[REC_ORG]));
}

static void
count_subdomain(
    struct counts *c, size_t domain, const char *name, int64_t n, bool failed)
{
	struct counts_subdomain *sub;
	struct buf key = { NULL, 0, 0 };
	size_t i;

	buf_printf(&key, "%zu ", domain);
	buf_add_str(&key, name);
	i = map_number(&c->subdomains, key.at, key.len);
	buf_done(&key);
	sub = (struct counts_subdomain *)c->subdomains.items.at + i;
	sub->domain = domain;
	sub->name = strchr(map_key(&c->subdomains, i), ' ') + 1;
	counts_add(&sub->messages, n);
	if (failed)
		counts_add(&sub->fail, n);
}

/* Return the class of a record. */
static enum source_class
class_of(const struct counts *c, const struct counts_source *source,
    bool is_failed, int64_t record)
{
	if (!is_failed)
		return SOURCE_COMPLIANT;
	return source_class_of_record(
	    source->class, map_has(&c->forwarded, &record, sizeof(record)));
}

static enum counts_disposition
disposition_of(const char *word)
{
	if (word == NULL)
		return COUNTS_OTHER;
	/* RFC 9990 has "pass" for what needed no policy. */
	if (strcmp(word, "none") == 0 || strcmp(word, "pass") == 0)
		return COUNTS_NONE;
	if (strcmp(word, "quarantine") == 0)
		return COUNTS_QUARANTINE;
	return strcmp(word, "reject") == 0 ? COUNTS_REJECT : COUNTS_OTHER;
}

static void
count_record(struct counts *c, struct query *q, struct counting *now)
{
	const int64_t n = query_int(q, now->at[REC_MESSAGES]);
	const bool dkim = query_int(q, now->at[REC_DKIM]) != 0;
	const bool spf = query_int(q, now->at[REC_SPF]) != 0;
	const bool failed = !dkim && !spf;
	const enum counts_result result = dkim && spf ? COUNTS_BOTH
	    : dkim                                    ? COUNTS_DKIM
	    : spf                                     ? COUNTS_SPF
	                                              : COUNTS_FAIL;
	const char *disposition = query_text(q, now->at[REC_DISPOSITION]);
	const char *header_from = query_text(q, now->at[REC_HEADER_FROM]);
	const struct cause *cause = cause_find(
	    query_text(q, now->at[REC_CAUSE]));
	struct counts_source *source = counts_source(
	    c, query_int(q, now->at[REC_SOURCE]));
	struct counts_domain *domain;

	if (query_int(q, now->at[REC_REPORT]) != now->report)
		start_report(c, q, now);
	domain = (struct counts_domain *)c->domains.items.at + now->domain;
	counts_add(&c->messages, n);
	counts_add(&c->results[now->column][result], n);
	counts_add(&c->classes[class_of(
	               c, source, failed, query_int(q, now->at[REC_ID]))],
	    n);
	counts_add(
	    &c->disposition[disposition_of(disposition)][failed ? 1 : 0], n);
	counts_add(&domain->messages, n);
	counts_add(&domain->column[now->column], n);
	counts_add(&source->messages, n);
	counts_add(&now->reporter->messages, n);
	if (cause != NULL)
		counts_add(
		    (failed ? c->cause : c->weak) + (cause - cause_list), n);
	if (failed) {
		counts_add(&c->fail, n);
		counts_add(&domain->fail, n);
		counts_add(&domain->column_fail[now->column], n);
		counts_add(&source->fail, n);
		counts_add(&now->reporter->fail, n);
	}
	source->first = now->day < source->first ? now->day : source->first;
	source->last = now->day > source->last ? now->day : source->last;
	if (header_from != NULL && strcmp(header_from, now->name) != 0)
		count_subdomain(c, now->domain, header_from, n, failed);
}

int
counts_load_records(struct counts *c, struct query_db *db, struct err *err)
{
	struct counting now = { .report = -1, .name = "" };
	struct query *q;
	int rc;

	if (counts_query(&q, db, c, records_sql, "rep.domain", NULL, err) == -1)
		return -1;
	query_find_columns(q, record_names, REC_COLUMNS, now.at);
	while ((rc = query_step(q, err)) == 1)
		count_record(c, q, &now);
	query_free(q);
	return rc;
}

/* --- signatures ----------------------------------------------------------- */

enum {
	KEY_DOMAIN,
	KEY_D,
	KEY_S,
	KEY_DAY,
	KEY_PASSED,
	KEY_MESSAGES,
	KEY_COLUMNS
};

static const char *const key_names[KEY_COLUMNS] = { "domain", "d", "s", "day",
	"passed", "messages" };

static const char keys_sql[] =
    "SELECT rep.domain, rep.day, rec.messages, coalesce(a.domain, '') AS d,"
    " coalesce(a.selector, '') AS s, a.result IS 'pass' AS passed"
    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
    " JOIN auth_dkim a ON a.record_id = rec.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

static struct counts_key *
key_of(struct counts *c, struct buf *text, const char *name, const char *d,
    const char *s)
{
	const size_t domain = map_number(&c->domains, name, strlen(name));
	struct counts_key *key;
	size_t i;

	text->len = 0;
	buf_add(text, &domain, sizeof(domain));
	buf_add(text, d, strlen(d) + 1);
	buf_add_str(text, s);
	i = map_number(&c->keys, text->at, text->len);
	key = (struct counts_key *)c->keys.items.at + i;
	if (key->d != NULL)
		return key;
	key->domain = domain;
	key->d = map_key(&c->keys, i) + sizeof(domain);
	key->s = key->d + strlen(key->d) + 1;
	key->own = align_domains(d, name, false);
	key->first = INT_MAX;
	return key;
}

int
counts_load_keys(struct counts *c, struct query_db *db, struct err *err)
{
	struct buf text = { NULL, 0, 0 };
	struct counts_key *key;
	struct query *q;
	int at[KEY_COLUMNS], day, rc;

	if (counts_query(&q, db, c, keys_sql, "rep.domain", NULL, err) == -1)
		return -1;
	query_find_columns(q, key_names, KEY_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		key = key_of(c, &text,
		    scope_shown(&c->scope, query_text(q, at[KEY_DOMAIN])),
		    query_text(q, at[KEY_D]), query_text(q, at[KEY_S]));
		day = timeline_number(&c->time, query_int(q, at[KEY_DAY]));
		counts_add(
		    query_int(q, at[KEY_PASSED]) != 0 ? &key->good : &key->bad,
		    query_int(q, at[KEY_MESSAGES]));
		key->first = day < key->first ? day : key->first;
		key->last = day > key->last ? day : key->last;
	}
	query_free(q);
	buf_done(&text);
	return rc;
}
