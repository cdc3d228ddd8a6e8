/* SPDX-License-Identifier: BSD-2-Clause */
/* One look at each report, its records, and the overrides of those. */
#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "answer/record_reader.h"
#include "base/buf.h"
#include "base/sum.h"
#include "base/text.h"
#include "page/counts.h"
#include "report/align.h"
#include "store/rules.h"

enum {
	REP_REPORT,
	REP_DOMAIN,
	REP_DAY,
	REP_ORG,
	REP_P,
	REP_SP,
	REP_NP,
	REP_ADKIM,
	REP_ASPF,
	REP_TESTING,
	REP_PCT,
	REP_COUNTED,
	REP_PARTIAL,
	REP_CONFLICT,
	REP_DELAY,
	REP_UNVERIFIED,
	REP_PACKED,
	REP_COLUMNS
};

static const char *const report_names[REP_COLUMNS] = { "report", "domain",
	"day", "org_name", "p", "sp", "np", "adkim", "aspf", "testing", "pct",
	"counted", "partial", "conflict", "delay", "unverified", "packed" };

#define DELAY RULE_DELAY(msg, rep)

#define REPORTS(packed, join) \
	"SELECT rep.id AS report, rep.domain, rep.day, rep.org_name, rep.p," \
	" rep.sp, rep.np, rep.adkim, rep.aspf, rep.testing, rep.pct," \
	" rep.counted, rep.partial, rep.conflict, " DELAY \
	" AS delay, coalesce(msg.verified, '') <> 'pass' AS " \
	"unverified, " packed " FROM report rep LEFT JOIN message msg" \
	" ON msg.id = rep.message_id" join " WHERE rep.day BETWEEN ?1 AND ?2"

/* Whether the records were kept. */
static const char *const reports_sql[] = {
	REPORTS(RECORD_PACKED, RECORD_PACK_JOIN),
	REPORTS(RECORD_NOT_PACKED, ""),
};

static const char overrides_sql[] =
    "SELECT type, comment FROM override WHERE record_id = ?1 AND changed";

/* An override that changed something, and those of records that are alike. */
struct changed {
	const char *type, *comment;
};

struct changes {
	bool is_known;
	size_t first, n; /* in counting.changed */
};

/* Of the report whose records are at hand. */
struct counting {
	struct query *reports, *overrides;
	struct record_reader *records;
	struct pack_record record;
	int of[REP_COLUMNS];
	struct map overridden; /* ids of profiles that have an override */
	struct map policies;   /* domain, p, sp and np of reports; no items */
	struct map changes;    /* of struct changes, see changes_of() */
	struct array changed;  /* of struct changed */
	struct arena strings;  /* of these */
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

static size_t
number_of_policy(struct counting *now)
{
	static const int columns[] = { REP_DOMAIN, REP_P, REP_SP, REP_NP };
	struct buf text = { NULL, 0, 0 };
	const char *word;
	size_t i;

	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		word = query_text(now->reports, now->of[columns[i]]);
		buf_add_str(&text, word != NULL ? word : "");
		buf_add_char(&text, word != NULL ? '\0' : '\1');
	}
	i = map_number(&now->policies, text.at, text.len);
	buf_done(&text);
	return i;
}

static const char *
copy(struct counting *now, const char *text)
{
	return text == NULL ? NULL
	                    : arena_strndup(&now->strings, text, strlen(text));
}

static int
read_changes(struct counting *now, struct changes *these, struct err *err)
{
	struct query *q = now->overrides;
	struct changed *one;
	int rc;

	these->first = now->changed.n;
	query_restart(q);
	query_bind_int(q, 1, now->record.id);
	while ((rc = query_step(q, err)) == 1) {
		one = array_add(&now->changed, sizeof(*one));
		one->type = copy(now, query_named_text(q, "type"));
		one->comment = copy(now, query_named_text(q, "comment"));
	}
	these->n = now->changed.n - these->first;
	these->is_known = true;
	return rc;
}

/*
 * What the overrides of the record at hand changed follows from its profile,
 * from what was done, and from the policy: the view is asked once of each.
 */
static int
changes_of(struct counting *now, const struct changes **out, struct err *err)
{
	const struct pack_record *r = &now->record;
	const int64_t key[] = { (int64_t)number_of_policy(now), r->profile,
		r->disposition << 1 | (r->dkim || r->spf) };
	struct changes *these = map_item(&now->changes, key, sizeof(key));

	if (!these->is_known && read_changes(now, these, err) == -1)
		return -1;
	*out = these;
	return 0;
}

/* Those of the record at hand that changed what became of its messages. */
static int
count_overrides(struct counts *c, struct counting *now, struct err *err)
{
	const struct changes *these;
	const struct changed *one;
	struct buf text = { NULL, 0, 0 };
	struct counts_override *o;
	size_t i;

	if (changes_of(now, &these, err) == -1)
		return -1;
	for (i = 0; i < these->n; i++) {
		one = (const struct changed *)now->changed.at + these->first +
		    i;
		o = override_of(c, &text, one->type, now->org);
		sum_add(&o->messages, now->record.messages);
		if (o->comment[0] == '\0' && one->comment != NULL)
			text_safe(o->comment, sizeof(o->comment), one->comment);
	}
	buf_done(&text);
	return 0;
}

/* --- reports -------------------------------------------------------------- */

/* The policy that it saw of the domain itself. */
static void
count_policy(struct counts *c, const struct counting *now)
{
	static const int columns[POLICY_TEXTS] = { REP_P, REP_SP, REP_ADKIM,
		REP_ASPF, REP_TESTING, REP_PCT };
	struct query *q = now->reports;
	const char *text[POLICY_TEXTS];
	const char *domain = query_text(q, now->of[REP_DOMAIN]);
	int i;

	if (c->domain != NULL && strcmp(domain, c->domain) != 0)
		return;
	for (i = 0; i < POLICY_TEXTS; i++)
		text[i] = query_text(q, now->of[columns[i]]);
	policies_add(
	    &c->policies, domain, query_int(q, now->of[REP_DAY]), text);
}

/* Who sent it and when, counted or not. */
static void
count_report(struct counts *c, struct counting *now)
{
	struct query *q = now->reports;
	const int day = timeline_number(
	    &c->time, query_int(q, now->of[REP_DAY]));
	struct counts_reporter *r;

	now->org = query_text(q, now->of[REP_ORG]);
	now->reporter = r = counts_reporter(c, now->org);
	r->days += r->seen[day] == 0;
	r->seen[day] = 1;
	r->first = day < r->first ? day : r->first;
	r->last = day > r->last ? day : r->last;
	c->conflict += query_int(q, now->of[REP_CONFLICT]);
	if (query_int(q, now->of[REP_COUNTED]) == 0)
		return;
	r->reports++;
	r->delay += query_int(q, now->of[REP_DELAY]);
	c->reports++;
	c->partial += query_int(q, now->of[REP_PARTIAL]);
	c->unverified += query_int(q, now->of[REP_UNVERIFIED]);
	count_policy(c, now);
}

/* --- records -------------------------------------------------------------- */

/* Ask for the records of a report. */
static int
start_report(const struct counts *c, struct counting *now, struct err *err)
{
	struct query *q = now->reports;
	const bool is_part = c->is_part &&
	    strcmp(query_text(q, now->of[REP_DOMAIN]), c->domain) != 0;

	now->has_rows = false;
	return record_reader_start(now->records, q, now->of[REP_PACKED],
	    query_int(q, now->of[REP_REPORT]), is_part, err);
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

/* One pass over the reports, and the records of each. */
static int
count_reports(struct counts *c, struct counting *now, struct err *err)
{
	int rc, row;

	query_find_columns(now->reports, report_names, REP_COLUMNS, now->of);
	while ((rc = query_step(now->reports, err)) == 1) {
		count_report(c, now);
		if (start_report(c, now, err) == -1)
			return -1;
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
	struct counting now = { .name = "",
		.changes.size = sizeof(struct changes) };
	const struct record_keep *kept = &c->senders->records;
	const char *sql = reports_sql[record_keep_has(kept)];
	int rc = -1;

	if (load_overridden(&now, db, err) == 0 &&
	    counts_query(&now.reports, db, c, sql, "rep.domain", NULL, err) ==
	        0 &&
	    record_reader_new(&now.records, db, c->domain, kept, err) == 0 &&
	    query_new(&now.overrides, db, overrides_sql, err) == 0)
		rc = count_reports(c, &now, err);
	query_free(now.overrides);
	record_reader_free(now.records);
	query_free(now.reports);
	map_done(&now.overridden);
	map_done(&now.policies);
	map_done(&now.changes);
	array_done(&now.changed);
	arena_done(&now.strings);
	return rc;
}
