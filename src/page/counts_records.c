/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at each record, and at the overrides of those that have any. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "answer/record_reader.h"
#include "base/buf.h"
#include "base/sum.h"
#include "base/text.h"
#include "page/counts.h"
#include "report/align.h"

enum { REP_REPORT, REP_DOMAIN, REP_DAY, REP_ORG, REP_PACKED, REP_COLUMNS };

static const char *const report_names[REP_COLUMNS] = { "report", "domain",
	"day", "org_name", "packed" };

static const char reports_sql[] =
    "SELECT rep.id AS report, rep.domain, rep.day, rep.org_name,"
    " " RECORD_PACKED " FROM report rep" RECORD_PACK_JOIN
    " WHERE rep.day BETWEEN ?1 AND ?2";

static const char overrides_sql[] =
    "SELECT type, comment FROM override WHERE record_id = ?1 AND changed";

/* Of the report whose records are at hand. */
struct counting {
	struct query *reports, *overrides;
	struct record_reader *records;
	struct pack_record record;
	int of[REP_COLUMNS];
	struct map overridden; /* ids of profiles that have an override */
	bool has_rows;
	size_t domain;
	const char *name; /* of the domain */
	bool is_listed;   /* among those of the senders, with this number: */
	size_t listed;
	int day, column;
	const char *org;
	struct counts_reporter *reporter;
};

/* --- overrides ------------------------------------------------------------ */

/* Few profiles have any: they are known before the view looks at a record. */
static int
load_overridden(struct counting *now, struct query_db *db, struct err *err)
{
	struct query *q;
	int64_t id;
	int rc;

	if (query_new(&q, db, "SELECT DISTINCT profile_id FROM override_item",
	        err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		map_number(&now->overridden, &id, sizeof(id));
	}
	query_free(q);
	return rc;
}

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

/* Those of the record at hand that changed what became of its messages. */
static int
count_overrides(struct counts *c, struct counting *now, struct err *err)
{
	struct query *q = now->overrides;
	struct buf text = { NULL, 0, 0 };
	struct counts_override *o;
	const char *comment;
	int rc;

	query_restart(q);
	query_bind_int(q, 1, now->record.id);
	while ((rc = query_step(q, err)) == 1) {
		o = override_of(
		    c, &text, query_named_text(q, "type"), now->org);
		sum_add(&o->messages, now->record.messages);
		comment = query_named_text(q, "comment");
		if (o->comment[0] == '\0' && comment != NULL)
			text_safe(o->comment, sizeof(o->comment), comment);
	}
	buf_done(&text);
	return rc;
}

/* --- records -------------------------------------------------------------- */

/* Ask for the records of a report. */
static void
start_report(const struct counts *c, struct counting *now)
{
	struct query *q = now->reports;
	const bool is_part = c->is_part &&
	    strcmp(query_text(q, now->of[REP_DOMAIN]), c->domain) != 0;

	now->has_rows = false;
	record_reader_start(now->records, q, now->of[REP_PACKED],
	    query_int(q, now->of[REP_REPORT]), is_part);
}

/* What all records of a report have in common, if it has any. */
static void
start_records(struct counts *c, struct counting *now)
{
	struct query *q = now->reports;
	int64_t day = query_int(q, now->of[REP_DAY]);

	now->has_rows = true;
	now->name = c->is_part
	    ? c->domain
	    : scope_shown(&c->scope, query_text(q, now->of[REP_DOMAIN]));
	now->is_listed = sender_list_find_domain(
	    c->senders, now->name, &now->listed);
	now->domain = map_number(&c->domains, now->name, strlen(now->name));
	now->name = map_key(&c->domains, now->domain);
	now->day = timeline_number(&c->time, day);
	now->column = timeline_column(&c->time, day);
	now->org = query_text(q, now->of[REP_ORG]);
	now->reporter = counts_reporter(c, now->org);
}

/* RFC 9990 has "pass" for what needed no policy; see record_words. */
static enum counts_disposition
disposition_of(int number)
{
	static const enum counts_disposition dispositions[] = { COUNTS_NONE,
		COUNTS_NONE, COUNTS_QUARANTINE, COUNTS_REJECT };

	return number < 0 || number > 3 ? COUNTS_OTHER : dispositions[number];
}

/* Count what the pages shows of some senders alone. */
static void
count_sender(struct counts *c, const struct counting *now, int64_t source,
    int64_t n, bool failed, enum counts_disposition disposition)
{
	const struct sender *all = c->senders->senders.at;
	const struct sender *sender = now->is_listed
	    ? sender_list_at(c->senders, now->listed, source)
	    : NULL;
	struct counts_spark *spark;
	size_t number, i;

	if (sender == NULL)
		return;
	if (failed && source_class_of_kind(sender->kind) == SOURCE_HOSTILE)
		sum_add(&c->hostile[disposition], n);
	number = (size_t)(sender - all);
	if (!map_find(&c->sparks, &number, sizeof(number), &i))
		return;
	spark = (struct counts_spark *)c->sparks.items.at + i;
	sum_add(&spark->column[now->column], n);
	if (failed)
		sum_add(&spark->column_fail[now->column], n);
}

/* Returns whether they have an override. */
static bool
count_alike(
    struct counts *c, const struct counting *now, int64_t n, bool failed)
{
	const int64_t key[] = { (int64_t)now->domain, now->record.profile,
		now->record.signatures };
	struct counts_alike *a = map_item(&c->alike, key, sizeof(key));

	if (a->profile == 0)
		*a = (struct counts_alike) { .domain = now->domain,
			.profile = key[1],
			.list = key[2],
			.has_override = map_has(
			    &now->overridden, &key[1], sizeof(key[1])),
			.first = now->day };
	sum_add(&a->messages, n);
	if (failed)
		sum_add(&a->fail, n);
	a->first = now->day < a->first ? now->day : a->first;
	a->last = now->day > a->last ? now->day : a->last;
	return a->has_override;
}

static void
count_domain(struct counts *c, const struct counting *now, int64_t n,
    enum counts_result result)
{
	struct counts_domain *domain = (struct counts_domain *)
	                                   c->domains.items.at +
	    now->domain;

	sum_add(&c->messages, n);
	sum_add(&c->results[now->column][result], n);
	sum_add(&domain->messages, n);
	sum_add(&domain->column[now->column], n);
	sum_add(&now->reporter->messages, n);
	if (result == COUNTS_FAIL) {
		sum_add(&c->fail, n);
		sum_add(&domain->fail, n);
		sum_add(&domain->column_fail[now->column], n);
		sum_add(&now->reporter->fail, n);
	}
}

static int
count_record(struct counts *c, struct counting *now, struct err *err)
{
	static const enum counts_result results[2][2] = {
		{ COUNTS_FAIL, COUNTS_SPF }, { COUNTS_DKIM, COUNTS_BOTH }
	};
	const struct pack_record *r = &now->record;
	const int64_t n = r->messages;
	const bool failed = !r->dkim && !r->spf;
	const enum counts_disposition disposition = disposition_of(
	    r->disposition);

	count_domain(c, now, n, results[r->dkim][r->spf]);
	sum_add(&c->disposition[disposition][failed], n);
	if (r->cause < CAUSE_COUNT)
		sum_add((failed ? c->cause : c->weak) + r->cause, n);
	count_sender(c, now, r->source, n, failed, disposition);
	return count_alike(c, now, n, failed) ? count_overrides(c, now, err)
	                                      : 0;
}

/* One pass over the records: the reports, and those of each. */
static int
count_reports(struct counts *c, struct counting *now, struct err *err)
{
	int rc, row;

	query_find_columns(now->reports, report_names, REP_COLUMNS, now->of);
	while ((rc = query_step(now->reports, err)) == 1) {
		start_report(c, now);
		while ((row = record_reader_next(
		            now->records, &now->record, err)) == 1) {
			if (!now->has_rows)
				start_records(c, now);
			if (count_record(c, now, err) == -1)
				return -1;
		}
		if (row == -1)
			return -1;
	}
	return rc;
}

int
counts_load_records(struct counts *c, struct query_db *db, struct err *err)
{
	struct counting now = { .name = "" };
	int rc = -1;

	if (load_overridden(&now, db, err) == 0 &&
	    counts_query(&now.reports, db, c, reports_sql, "rep.domain", NULL,
	        err) == 0 &&
	    record_reader_new(&now.records, db, c->domain, err) == 0 &&
	    query_new(&now.overrides, db, overrides_sql, err) == 0)
		rc = count_reports(c, &now, err);
	query_free(now.overrides);
	record_reader_free(now.records);
	query_free(now.reports);
	map_done(&now.overridden);
	return rc;
}
