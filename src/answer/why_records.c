/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why_records.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/sum.h"

struct why_alike {
	int64_t id; /* the lowest of theirs */
	const char *org_name, *adkim, *aspf;
	int64_t messages, records, first_day, last_day;
};

void
why_records_init(struct why_records *a)
{
	*a = (struct why_records) { .alike.size = sizeof(struct why_alike) };
}

void
why_records_done(struct why_records *a)
{
	map_done(&a->alike);
	map_done(&a->words);
}

static size_t
word(struct why_records *a, const char *text)
{
	return map_number(&a->words, text, strlen(text));
}

void
why_records_add(
    void *arg, const struct record_scan *scan, const struct pack_record *r)
{
	struct why_records *a = arg;
	const size_t org = word(a, scan->org_name);
	const size_t adkim = word(a, scan->adkim), aspf = word(a, scan->aspf);
	const int64_t key[] = { r->source, r->profile, r->signatures,
		r->cause << 8 | (r->disposition + 1) << 4 | r->dkim << 3 |
		    r->has_dkim << 2 | r->spf << 1 | r->has_spf,
		(int64_t)org, (int64_t)adkim, (int64_t)aspf };
	const size_t known = a->alike.items.n;
	struct why_alike *one = map_item(&a->alike, key, sizeof(key));

	if (a->alike.items.n > known)
		*one = (struct why_alike) { .id = r->id,
			.org_name = map_key(&a->words, org),
			.adkim = map_key(&a->words, adkim),
			.aspf = map_key(&a->words, aspf),
			.first_day = scan->day,
			.last_day = scan->day };
	one->id = r->id < one->id ? r->id : one->id;
	one->first_day = scan->day < one->first_day ? scan->day
	                                            : one->first_day;
	one->last_day = scan->day > one->last_day ? scan->day : one->last_day;
	one->records++;
	sum_add(&one->messages, r->messages);
}

static int
compare(const void *one, const void *other)
{
	const struct why_alike *a = one, *b = other;
	const int order = strcmp(a->org_name, b->org_name);

	return order != 0 ? order : (a->id > b->id) - (a->id < b->id);
}

void
why_records_write(struct why_records *a, struct buf *json)
{
	struct why_alike *one = a->alike.items.at;
	size_t i;

	if (a->alike.items.n > 0)
		qsort(one, a->alike.items.n, sizeof(*one), compare);
	buf_add_char(json, '[');
	for (i = 0; i < a->alike.items.n; i++) {
		buf_add_str(json, i > 0 ? ",[" : "[");
		json_add_item_int(json, one[i].id);
		json_add_item(json, one[i].org_name);
		json_add_item(json, one[i].adkim);
		json_add_item(json, one[i].aspf);
		json_add_item_int(json, one[i].messages);
		json_add_item_int(json, one[i].records);
		json_add_item_int(json, one[i].first_day);
		json_add_item_int(json, one[i].last_day);
		buf_add_char(json, ']');
	}
	buf_add_char(json, ']');
}
