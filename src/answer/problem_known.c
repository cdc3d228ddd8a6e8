/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/problem_known.h"

#include <stdlib.h>
#include <string.h>

#include "answer/record_reader.h"
#include "base/sum.h"
#include "store/rules.h"

struct sums {
	int64_t fail, messages;
};

/* Which sources are of such a sender, and its number. */
static int
read_sources(
    struct problem_known_list *list, struct query_db *db, struct err *err)
{
	static const char sql[] = "SELECT s.id, snd.label FROM sender snd"
	                          " CROSS JOIN source s ON s.sender_id = snd.id"
	                          " WHERE " RULE_IS_KNOWN(snd.kind);
	const char *label;
	struct query *q;
	size_t number;
	int64_t id;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		label = query_text(q, 1);
		number = map_number(&list->senders, label, strlen(label));
		*(size_t *)map_item(&list->sources, &id, sizeof(id)) = number;
	}
	query_free(q);
	return rc;
}

static void
count(const struct problem_known_list *list, struct map *sums, size_t domain,
    const struct pack_record *r)
{
	struct sums *sum;
	size_t key[2], at;

	if (!map_find(&list->sources, &r->source, sizeof(r->source), &at))
		return;
	key[0] = domain;
	key[1] = ((const size_t *)list->sources.items.at)[at];
	sum = map_item(sums, key, sizeof(key));
	sum_add(&sum->messages, r->messages);
	if (!r->dkim && !r->spf)
		sum_add(&sum->fail, r->messages);
}

enum { REPORT, DOMAIN, PACKED };

static const char reports_sql[] = "SELECT rep.id, rep.domain, " RECORD_PACKED
                                  " FROM report rep" RECORD_PACK_JOIN
                                  " WHERE rep.day BETWEEN ?1 AND ?2";

static int
read_records(struct problem_known_list *list, struct map *sums,
    struct query *reports, struct record_reader *reader, struct err *err)
{
	struct pack_record r;
	const char *name;
	size_t domain;
	int rc, row;

	while ((rc = query_step(reports, err)) == 1) {
		name = query_text(reports, DOMAIN);
		domain = map_number(&list->domains, name, strlen(name));
		if (record_reader_start(reader, reports, PACKED,
		        query_int(reports, REPORT), false, err) == -1)
			return -1;
		while ((row = record_reader_next(reader, &r, err)) == 1)
			count(list, sums, domain, &r);
		if (row == -1)
			return -1;
	}
	return rc;
}

static int
compare(const void *one, const void *other)
{
	const struct problem_known *a = one, *b = other;
	int order = (a->fail < b->fail) - (a->fail > b->fail);

	if (order == 0)
		order = strcmp(a->domain, b->domain);
	return order != 0 ? order : strcmp(a->label, b->label);
}

static void
make_rows(struct problem_known_list *list, const struct map *sums)
{
	const struct sums *sum = sums->items.at;
	struct problem_known *row;
	size_t i, key[2];

	for (i = 0; i < sums->items.n; i++) {
		if (sum[i].fail == 0)
			continue;
		memcpy(key, map_key(sums, i), sizeof(key));
		row = array_add(&list->rows, sizeof(*row));
		row->domain = map_key(&list->domains, key[0]);
		row->label = map_key(&list->senders, key[1]);
		row->fail = sum[i].fail;
		row->messages = sum[i].messages;
	}
	if (list->rows.n > 0)
		qsort(list->rows.at, list->rows.n, sizeof(*row), compare);
}

int
problem_known_load(struct problem_known_list *list, struct query_db *db,
    int64_t first, int64_t last, struct err *err)
{
	struct map sums = { .size = sizeof(struct sums) };
	struct record_reader *reader = NULL;
	struct query *reports = NULL;
	int rc = -1;

	*list = (struct problem_known_list) { .sources.size = sizeof(size_t) };
	if (read_sources(list, db, err) == -1)
		return -1;
	if (list->sources.items.n == 0)
		return 0;
	if (query_new(&reports, db, reports_sql, err) == 0 &&
	    record_reader_new(&reader, db, NULL, NULL, err) == 0) {
		query_bind_int(reports, 1, first);
		query_bind_int(reports, 2, last);
		rc = read_records(list, &sums, reports, reader, err);
	}
	if (rc == 0)
		make_rows(list, &sums);
	record_reader_free(reader);
	query_free(reports);
	map_done(&sums);
	return rc;
}

void
problem_known_done(struct problem_known_list *list)
{
	array_done(&list->rows);
	map_done(&list->sources);
	map_done(&list->senders);
	map_done(&list->domains);
}
