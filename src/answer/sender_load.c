/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_load.h"

#include <inttypes.h>
#include <string.h>

#include "answer/record_scan.h"
#include "base/buf.h"
#include "base/sum.h"
#include "report/align.h"
#include "store/rules.h"

/* The days that struct sender_days has room for. */
#define DAYS 64

/* Results of one record that prove something; a forger may list 1,000. */
#define MAX_ITEMS 100

/* --- records -------------------------------------------------------------- */

/* The records as they come, and the domain of the one at hand. */
struct reading {
	const struct sender_question *question;
	struct sender_load *load;
	const struct record_scan *scan; /* at hand */
	struct map combinations;        /* of struct sender_combination */
	int64_t report;                 /* whose domain that is; 0: none yet */
	size_t domain;
};

/* A domain is in the list if there is a record. */
static void
find_domain(struct sender_load *l, struct reading *r)
{
	if (r->report == r->scan->report)
		return;
	r->report = r->scan->report;
	r->domain = map_number(
	    &l->domains, r->scan->domain, strlen(r->scan->domain));
}

static size_t
number_of_profile(struct sender_load *l, int64_t id, int64_t record)
{
	const size_t known = l->profiles.items.n;
	const size_t i = map_number(&l->profiles, &id, sizeof(id));

	if (i == known)
		((struct sender_profile *)l->profiles.items.at)[i]
		    .record = record;
	return i;
}

/* By the ids of the database: what is known already has a number. */
static struct sender_combination *
combination_of(
    struct sender_load *l, struct reading *r, const struct pack_record *rec)
{
	const int64_t key[] = {
		(int64_t)r->domain,
		rec->source,
		rec->profile,
		rec->signatures,
		rec->cause << 3 | r->scan->is_under << 2 | rec->dkim << 1 |
		    rec->spf,
	};
	const size_t known = r->combinations.items.n;
	struct sender_combination *c = map_item(
	    &r->combinations, key, sizeof(key));

	if (r->combinations.items.n == known)
		return c;
	c->domain = r->domain;
	c->source = rec->source;
	c->profile = number_of_profile(l, rec->profile, rec->id);
	c->signatures = rec->signatures == 0
	    ? 0
	    : map_number(
	          &l->signatures, &rec->signatures, sizeof(rec->signatures)) +
	        1;
	c->cause = rec->cause;
	c->dkim = rec->dkim;
	c->spf = rec->spf;
	c->is_under = r->scan->is_under;
	return c;
}

static void
count_day(
    struct sender_load *l, const struct reading *r, int64_t source, int64_t n)
{
	const int64_t key[] = { source, r->scan->day };
	int64_t *sum = map_item(&l->daily, key, sizeof(key));

	sum_add(sum, n);
}

static void
count_record(
    struct sender_load *l, struct reading *r, const struct pack_record *rec)
{
	struct sender_combination *c = combination_of(l, r, rec);
	const int64_t n = rec->messages;
	const struct period *p = &r->question->period;
	const int64_t age = (p->last - r->scan->day) / PERIOD_DAY;

	if (age < DAYS)
		c->days |= UINT64_C(1) << age;
	if (r->scan->day < p->first) {
		/* Of as many days as the period has. */
		if (r->scan->day >= 2 * p->first - p->last - PERIOD_DAY)
			sum_add(&c->before, n);
		return;
	}
	if (c->records++ == 0)
		c->record = rec->id;
	if (c->records == 1 || r->scan->day < c->first_day)
		c->first_day = r->scan->day;
	if (r->scan->day > c->last_day)
		c->last_day = r->scan->day;
	sum_add(&c->messages, n);
	if (r->question->by_day)
		count_day(l, r, c->source, n);
}

/* As many days before the period as it has, and RULE_BEFORE_DAYS in all. */
static int64_t
first_day(const struct period *p)
{
	const int64_t as_many = 2 * p->first - p->last - PERIOD_DAY;
	const int64_t least = p->last -
	    (RULE_BEFORE_DAYS - 1) * (int64_t)PERIOD_DAY;

	return as_many < least ? as_many : least;
}

static void
read_record(
    void *arg, const struct record_scan *scan, const struct pack_record *rec)
{
	struct reading *r = arg;

	r->scan = scan;
	find_domain(r->load, r);
	count_record(r->load, r, rec);
}

/* In one pass. */
static int
read_records(struct sender_load *l, struct query_db *db,
    const struct sender_question *question, struct err *err)
{
	struct record_scan_question records = { .period = question->period,
		.domain = question->domain,
		.ip = question->ip,
		.first = question->period.first,
		.keep = question->keep ? &l->records : NULL };
	struct reading r = { .question = question,
		.load = l,
		.combinations.size = sizeof(struct sender_combination) };
	int rc;

	if (records.period.first <= records.period.last)
		records.period.first = first_day(&question->period);
	rc = record_scan_run(db, &records, read_record, &r, err);
	l->combinations = map_take_items(&r.combinations);
	return rc;
}

/* --- what they have in common --------------------------------------------- */

/* The number of an organization; "" and NULL have none: false. */
static bool
number_of_org(struct sender_load *l, const char *domain, size_t *number)
{
	char org[ALIGN_DOMAIN];
	struct sender_org *o;

	if (domain == NULL || domain[0] == '\0')
		return false;
	*number = map_number(&l->orgs, domain, strlen(domain));
	o = (struct sender_org *)l->orgs.items.at + *number;
	if (o->name == NULL) {
		if (align_organization(domain, org))
			domain = org;
		o->name = arena_strndup(&l->strings, domain, strlen(domain));
		o->service = service_find(map_key(&l->orgs, *number));
	}
	return true;
}

static enum sender_result
read_result(const char *word)
{
	if (word == NULL)
		return SENDER_UNSURE;
	if (strcmp(word, "pass") == 0)
		return SENDER_PASSED;
	return strcmp(word, "fail") == 0 || strcmp(word, "softfail") == 0
	    ? SENDER_FAILED
	    : SENDER_UNSURE;
}

void
sender_load_add_ids(struct buf *out, const struct map *map)
{
	int64_t id;
	size_t i;

	buf_add_char(out, '[');
	for (i = 0; i < map->keys.n; i++) {
		memcpy(&id, map_key(map, i), sizeof(id));
		buf_printf(out, "%s%" PRId64, i > 0 ? "," : "", id);
	}
	buf_add_char(out, ']');
}

/* The records that the profiles were seen in. */
static void
add_records(struct buf *out, const struct map *profiles)
{
	const struct sender_profile *p = profiles->items.at;
	size_t i;

	buf_add_char(out, '[');
	for (i = 0; i < profiles->items.n; i++)
		buf_printf(out, "%s%" PRId64, i > 0 ? "," : "", p[i].record);
	buf_add_char(out, ']');
}

static int
ask(struct query **q, struct query_db *db, const char *sql,
    const struct map *map, bool is_records, struct err *err)
{
	struct buf ids = { 0 };
	int rc;

	if ((rc = query_new(q, db, sql, err)) == 0) {
		if (is_records)
			add_records(&ids, map);
		else
			sender_load_add_ids(&ids, map);
		query_bind_text(*q, 1, buf_str(&ids));
	}
	buf_done(&ids);
	return rc;
}

enum {
	SPF_ID,
	SPF_ENVELOPE,
	SPF_FROM,
	SPF_DOMAIN,
	SPF_SCOPE,
	SPF_RESULT,
	SPF_COLUMNS
};

static void
keep_from(struct sender_load *l, struct sender_profile *p, const char *from)
{
	if (p->header_from == NULL && from != NULL)
		p->header_from = arena_strndup(&l->strings, from, strlen(from));
}

static int
read_profiles(struct sender_load *l, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT p.id, substr(p.envelope_from,"
	    "  instr(p.envelope_from, '@') + 1) AS envelope, p.header_from,"
	    " i.domain, i.scope, i.result FROM json_each(?1) j CROSS JOIN "
	    "profile p"
	    "   ON p.id = j.value"
	    " LEFT JOIN spf_item i ON i.profile_id = p.id ORDER BY p.id, i.seq";
	static const char *const names[SPF_COLUMNS] = { "id", "envelope",
		"header_from", "domain", "scope", "result" };
	struct sender_item item;
	struct sender_profile *p;
	const char *scope;
	struct query *q;
	int at[SPF_COLUMNS], rc;
	int64_t id;

	if (ask(&q, db, sql, &l->profiles, false, err) == -1)
		return -1;
	query_find_columns(q, names, SPF_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, at[SPF_ID]);
		p = map_item(&l->profiles, &id, sizeof(id));
		keep_from(l, p, query_text(q, at[SPF_FROM]));
		if (number_of_org(
		        l, query_text(q, at[SPF_ENVELOPE]), &item.org))
			p->envelope = item.org + 1;
		if (p->spf.n == MAX_ITEMS ||
		    !number_of_org(l, query_text(q, at[SPF_DOMAIN]), &item.org))
			continue;
		scope = query_text(q, at[SPF_SCOPE]);
		item.selector = NULL;
		item.is_helo = scope != NULL && strcmp(scope, "helo") == 0;
		item.result = read_result(query_text(q, at[SPF_RESULT]));
		*(struct sender_item *)array_add(&p->spf, sizeof(item)) = item;
	}
	query_free(q);
	return rc;
}

/* What counts as forwarding is said by the view override alone. */
static int
read_forwarding(struct sender_load *l, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT DISTINCT r.profile_id AS id FROM json_each(?1) j"
	    " CROSS JOIN record_row r ON r.id = j.value"
	    " CROSS JOIN override o ON o.record_id = r.id WHERE o.forwarding";
	struct query *q;
	int64_t id;
	int rc;

	if (ask(&q, db, sql, &l->profiles, true, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_named_int(q, "id");
		((struct sender_profile *)map_item(
		     &l->profiles, &id, sizeof(id)))
		    ->is_forwarded = true;
	}
	query_free(q);
	return rc;
}

enum { DKIM_ID, DKIM_DOMAIN, DKIM_SELECTOR, DKIM_RESULT, DKIM_COLUMNS };

static int
read_signatures(struct sender_load *l, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT i.dkim_list_id AS id, i.domain, i.selector, i.result"
	    " FROM json_each(?1) j CROSS JOIN dkim_item i"
	    "   ON i.dkim_list_id = j.value ORDER BY i.dkim_list_id, i.seq";
	static const char *const names[DKIM_COLUMNS] = { "id", "domain",
		"selector", "result" };
	struct sender_item item = { .is_helo = false };
	struct sender_signatures *s;
	const char *selector;
	struct query *q;
	int at[DKIM_COLUMNS], rc;
	int64_t id;

	if (ask(&q, db, sql, &l->signatures, false, err) == -1)
		return -1;
	query_find_columns(q, names, DKIM_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, at[DKIM_ID]);
		s = map_item(&l->signatures, &id, sizeof(id));
		if (s->dkim.n == MAX_ITEMS ||
		    !number_of_org(
		        l, query_text(q, at[DKIM_DOMAIN]), &item.org))
			continue;
		selector = query_text(q, at[DKIM_SELECTOR]);
		item.selector = selector == NULL
		    ? NULL
		    : arena_strndup(&l->strings, selector, strlen(selector));
		item.result = read_result(query_text(q, at[DKIM_RESULT]));
		*(struct sender_item *)array_add(&s->dkim, sizeof(item)) = item;
	}
	query_free(q);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

int
sender_load(struct sender_load *l, struct query_db *db,
    const struct sender_question *question, struct err *err)
{
	*l = (struct sender_load) {
		.profiles.size = sizeof(struct sender_profile),
		.signatures.size = sizeof(struct sender_signatures),
		.orgs.size = sizeof(struct sender_org),
		.daily.size = sizeof(int64_t),
		.records.reports.size = sizeof(struct record_kept),
	};
	if (read_records(l, db, question, err) == -1 ||
	    read_profiles(l, db, err) == -1 ||
	    read_forwarding(l, db, err) == -1 ||
	    read_signatures(l, db, err) == -1)
		return -1;
	return 0;
}

void
sender_load_done(struct sender_load *l)
{
	size_t i;

	for (i = 0; i < l->profiles.items.n; i++)
		array_done(
		    &((struct sender_profile *)l->profiles.items.at)[i].spf);
	for (i = 0; i < l->signatures.items.n; i++)
		array_done(
		    &((struct sender_signatures *)l->signatures.items.at)[i]
		         .dkim);
	map_done(&l->domains);
	map_done(&l->profiles);
	map_done(&l->signatures);
	map_done(&l->orgs);
	array_done(&l->combinations);
	map_done(&l->daily);
	record_keep_done(&l->records);
	arena_done(&l->strings);
}

const struct sender_org *
sender_load_org(const struct sender_load *l, size_t number)
{
	return (const struct sender_org *)l->orgs.items.at + number;
}
