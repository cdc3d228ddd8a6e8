/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at each override and each record, and at what was signed alike. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/buf.h"
#include "base/sum.h"
#include "base/text.h"
#include "page/counts.h"
#include "report/align.h"

#define HEADER_FROM \
	"(SELECT p.header_from FROM profile p WHERE p.id = rec.profile_id)"

/* Of the reports about an organization only what its part sent. */
static const char *
part_of(const struct counts *c)
{
	return !c->is_part ? NULL
	                   : " AND (rep.domain = ?3 OR " HEADER_FROM
	                     " = ?3 OR substr(" HEADER_FROM
	                     ", -length(?3) - 1) = '.' || ?3)";
}

/* --- overrides ------------------------------------------------------------ */

enum { OVR_TYPE, OVR_ORG, OVR_COMMENT, OVR_MESSAGES, OVR_COLUMNS };

static const char *const override_names[OVR_COLUMNS] = { "type", "org_name",
	"comment", "messages" };

/* Few profiles have any: they are chosen before the view looks at a record. */
static const char overrides_sql[] =
    "SELECT o.type, rep.org_name, o.comment, rec.messages"
    " FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id"
    "   AND rec.profile_id IN (SELECT profile_id FROM override_item)"
    " CROSS JOIN override o ON o.record_id = rec.id AND o.changed"
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
	int at[OVR_COLUMNS], rc;

	if (counts_query(
	        &q, db, c, overrides_sql, "rep.domain", part_of(c), err) == -1)
		return -1;
	query_find_columns(q, override_names, OVR_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		o = override_of(c, &text, query_text(q, at[OVR_TYPE]),
		    query_text(q, at[OVR_ORG]));
		sum_add(&o->messages, query_int(q, at[OVR_MESSAGES]));
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
	REC_SIGNATURES,
	REC_PROFILE,
	REC_COLUMNS
};

static const char *const record_names[REC_COLUMNS] = { "report", "domain",
	"day", "org_name", "source_id", "messages", "dkim", "spf", "cause",
	"disposition", "dkim_list_id", "profile_id" };

/* Numbers as they are in the table: there are many records. */
static const char records_sql[] =
    "SELECT rep.id AS report, rep.domain, rep.day, rep.org_name,"
    " rec.source_id, rec.messages, rec.dkim, rec.spf, rec.cause,"
    " coalesce(rec.disposition, -1) AS disposition, rec.dkim_list_id,"
    " rec.profile_id"
    " FROM report rep JOIN record_row rec ON rec.report_id = rep.id"
    " WHERE rep.day BETWEEN ?1 AND ?2";

/* Of the report whose records are at hand. */
struct counting {
	int at[REC_COLUMNS];
	int64_t report;
	size_t domain;
	const char *name; /* of the domain */
	bool is_listed;   /* among those of the senders, with this number: */
	size_t listed;
	int day, column;
	struct counts_reporter *reporter;
};

static void
start_report(struct counts *c, struct query *q, struct counting *now)
{
	int64_t day = query_int(q, now->at[REC_DAY]);

	now->report = query_int(q, now->at[REC_REPORT]);
	now->name = c->is_part
	    ? c->domain
	    : scope_shown(&c->scope, query_text(q, now->at[REC_DOMAIN]));
	now->is_listed = sender_list_find_domain(
	    c->senders, now->name, &now->listed);
	now->domain = map_number(&c->domains, now->name, strlen(now->name));
	now->name = map_key(&c->domains, now->domain);
	now->day = timeline_number(&c->time, day);
	now->column = timeline_column(&c->time, day);
	now->reporter = counts_reporter(c, query_text(q, now->at[REC_ORG]));
}

/* RFC 9990 has "pass" for what needed no policy; see record_words. */
static enum counts_disposition
disposition_of(int64_t number)
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

static void
count_alike(struct counts *c, struct query *q, const struct counting *now,
    int64_t n, bool failed)
{
	const int64_t key[] = { (int64_t)now->domain,
		query_int(q, now->at[REC_PROFILE]),
		query_int(q, now->at[REC_SIGNATURES]) };
	struct counts_alike *a = map_item(&c->alike, key, sizeof(key));

	if (a->profile == 0)
		*a = (struct counts_alike) { .domain = now->domain,
			.profile = key[1],
			.list = key[2],
			.first = now->day };
	sum_add(&a->messages, n);
	if (failed)
		sum_add(&a->fail, n);
	a->first = now->day < a->first ? now->day : a->first;
	a->last = now->day > a->last ? now->day : a->last;
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

static void
count_record(struct counts *c, struct query *q, struct counting *now)
{
	static const enum counts_result results[2][2] = {
		{ COUNTS_FAIL, COUNTS_SPF }, { COUNTS_DKIM, COUNTS_BOTH }
	};
	const int64_t n = query_int(q, now->at[REC_MESSAGES]);
	const bool dkim = query_int(q, now->at[REC_DKIM]) == 1;
	const bool spf = query_int(q, now->at[REC_SPF]) == 1;
	const bool failed = !dkim && !spf;
	const enum counts_disposition disposition = disposition_of(
	    query_int(q, now->at[REC_DISPOSITION]));
	const int64_t cause = query_int(q, now->at[REC_CAUSE]);

	if (query_int(q, now->at[REC_REPORT]) != now->report)
		start_report(c, q, now);
	count_domain(c, now, n, results[dkim][spf]);
	sum_add(&c->disposition[disposition][failed], n);
	if (cause >= 0 && cause < CAUSE_COUNT)
		sum_add((failed ? c->cause : c->weak) + cause, n);
	count_alike(c, q, now, n, failed);
	count_sender(
	    c, now, query_int(q, now->at[REC_SOURCE]), n, failed, disposition);
}

int
counts_load_records(struct counts *c, struct query_db *db, struct err *err)
{
	struct counting now = { .report = -1, .name = "" };
	struct query *q;
	int rc;

	if (counts_query(
	        &q, db, c, records_sql, "rep.domain", part_of(c), err) == -1)
		return -1;
	query_find_columns(q, record_names, REC_COLUMNS, now.at);
	while ((rc = query_step(q, err)) == 1)
		count_record(c, q, &now);
	query_free(q);
	return rc;
}
