/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/failing.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "answer/record_scan.h"
#include "base/json.h"
#include "base/sum.h"

/* Mail of one sender, told by one reporter, that failed for one cause. */
struct failing_row {
	size_t sender, org; /* numbers in the list, in orgs */
	int64_t record;     /* one of those that it is made of */
	int64_t source;     /* the first address; 0: none */
	int64_t addresses, messages, last_day;
};

static void
count(struct failing *f, const struct record_scan *scan,
    const struct pack_record *r, size_t sender, size_t org)
{
	const size_t key[] = { sender, org, (size_t)r->cause,
		(size_t)(r->disposition + 1) };
	struct failing_row *row = map_item(&f->rows, key, sizeof(key));
	const int64_t of[] = { row - (struct failing_row *)f->rows.items.at,
		r->source };
	const size_t known = f->sources.keys.n;

	map_number(&f->senders, &sender, sizeof(sender));
	if (row->record == 0)
		*row = (struct failing_row) {
			.sender = sender, .org = org, .record = r->id
		};
	if (r->source != 0)
		map_number(&f->sources, of, sizeof(of));
	if (f->sources.keys.n > known && row->addresses++ == 0)
		row->source = r->source;
	sum_add(&row->messages, r->messages);
	if (scan->day > row->last_day)
		row->last_day = scan->day;
}

struct reading {
	struct failing *failing;
	const struct sender_list *list;
	const char *reporter; /* NULL: all */
	int64_t report;       /* the last one; 0: none yet */
	bool is_listed;       /* its domain is in the list, */
	size_t domain;        /* with this number */
};

static void
read_record(
    void *arg, const struct record_scan *scan, const struct pack_record *r)
{
	struct reading *reading = arg;
	const struct sender_list *list = reading->list;
	struct failing *f = reading->failing;
	const struct sender *s;

	if (reading->reporter != NULL &&
	    strcasecmp(scan->org_name, reading->reporter) != 0)
		return;
	sum_add(&f->messages, r->messages);
	if (r->dkim || r->spf)
		return;
	sum_add(&f->fail, r->messages);
	if (reading->report != scan->report)
		reading->is_listed = sender_list_find_domain(
		    list, scan->domain, &reading->domain);
	reading->report = scan->report;
	/* In the list is whatever this database told when it was loaded. */
	s = reading->is_listed
	    ? sender_list_at(list, reading->domain, r->source)
	    : NULL;
	if (s != NULL)
		count(f, scan, r,
		    (size_t)(s - (const struct sender *)list->senders.at),
		    map_number(
		        &f->orgs, scan->org_name, strlen(scan->org_name)));
}

int
failing_load(struct failing *f, struct query_db *db,
    const struct sender_list *list, const char *reporter, struct err *err)
{
	const struct sender_domain *domain = list->domains.at;
	struct reading reading = {
		.failing = f, .list = list, .reporter = reporter
	};
	struct record_scan_question question = { .period = list->period,
		.has_texts = true,
		.kept = &list->records };

	*f = (struct failing) { .rows.size = sizeof(struct failing_row) };
	if (list->domains.n == 0)
		return 0;
	question.domain = domain->name;
	return record_scan_run(db, &question, read_record, &reading, err);
}

void
failing_done(struct failing *f)
{
	map_done(&f->rows);
	map_done(&f->sources);
	map_done(&f->orgs);
	map_done(&f->senders);
}

/* Cause and disposition are those of its record, in words. */
static const char sql[] =
    "SELECT value ->> 0 AS who, s.ip, value ->> 2 AS addresses,"
    " value ->> 3 AS org_name, rec.cause, rec.disposition,"
    " value ->> 5 AS messages, date(value ->> 6, 'unixepoch') AS last_date"
    " FROM json_each(?1) CROSS JOIN record_words rec ON rec.id = value ->> 4"
    " LEFT JOIN source s ON s.id = value ->> 1"
    " ORDER BY value ->> 5 DESC, who, org_name, cause, disposition LIMIT ?2";

static void
add_row(struct buf *json, const struct failing *f,
    const struct sender_list *list, const struct failing_row *row)
{
	const struct sender *s = list->senders.at;

	buf_add_str(json, json->len > 1 ? ",[" : "[");
	json_add_item(json, s[row->sender].who);
	json_add_item_int(json, row->addresses == 1 ? row->source : 0);
	json_add_item_int(json, row->addresses);
	json_add_item(json, map_key(&f->orgs, row->org));
	json_add_item_int(json, row->record);
	json_add_item_int(json, row->messages);
	json_add_item_int(json, row->last_day);
	buf_add_char(json, ']');
}

static int
compare(const void *one, const void *other)
{
	const struct failing_row *a = one, *b = other;

	return (a->messages < b->messages) - (a->messages > b->messages);
}

/* Of equal rows at the limit the statement chooses, by their words. */
static size_t
sort_and_cut(struct failing *f, int64_t limit)
{
	struct failing_row *row = f->rows.items.at;
	const size_t n = f->rows.items.n;
	size_t i;

	if (n == 0)
		return 0;
	qsort(row, n, sizeof(*row), compare);
	if (limit <= 0 || (uint64_t)limit >= n)
		return n;
	for (i = (size_t)limit;
	     i < n && row[i].messages == row[limit - 1].messages;)
		i++;
	return i;
}

int
failing_query(struct query **q, struct query_db *db, struct failing *f,
    const struct sender_list *list, int64_t limit, struct err *err)
{
	const size_t n = sort_and_cut(f, limit);
	const struct failing_row *row = f->rows.items.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < n; i++)
		add_row(&json, f, list, &row[i]);
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	query_bind_int(*q, 2, limit);
	buf_done(&json);
	return 0;
}
