/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/sum.h"
#include "store/rules.h"

enum source_class
sender_class(const char *kind, const struct sender_counts *c)
{
	const enum source_class class = source_class_of_kind(kind);

	if (class != SOURCE_UNKNOWN)
		return class;
	if (sender_fail(c) == 0)
		return SOURCE_COMPLIANT;
	return c->failed[SOURCE_UNKNOWN] == 0 ? SOURCE_FORWARDED
	                                      : SOURCE_UNKNOWN;
}

void
sender_add_basis(struct buf *b, const struct sender *s)
{
	const char *before = "";

	if (sender_evidence_title(s->evidence)[0] != '\0') {
		buf_add_str(b, sender_evidence_title(s->evidence));
		before = ", ";
	}
	if (s->evidence == SENDER_BY_AS && s->asn != 0)
		buf_printf(b, "%" PRId64, s->asn);
	/* Of others it is no news. */
	if (s->evidence >= SENDER_BY_PTR_DOMAIN && s->country != NULL) {
		buf_printf(b, "%s%s", before, s->country);
		before = ", ";
	}
	if (s->service != NULL && !service_is_name(s->service->kind)) {
		buf_printf(b, "%sa customer of %s", before, s->service->name);
		before = ", ";
	}
	if (s->author != NULL) {
		buf_printf(
		    b, "%s%s's mail, handed over by it", before, s->author);
		before = ", ";
	}
	if (s->also != NULL) {
		buf_add_str(b, before);
		sender_add_also(b, s);
	}
}

void
sender_add_known(struct buf *b, const struct sender *s)
{
	struct buf basis = { 0 };

	sender_add_basis(&basis, s);
	if (s->evidence == SENDER_BY_RULE)
		buf_printf(b, "by you%s", basis.len > 0 ? ", " : "");
	buf_add_str(b, buf_str(&basis));
	buf_done(&basis);
}

void
sender_add_also(struct buf *b, const struct sender *s)
{
	if (s->also_percent > 0)
		buf_printf(b, "%d%%", s->also_percent);
	else
		buf_add_str(b, "under 1%");
	buf_printf(b, " passes as %s", s->also);
}

static void
add_part(struct buf *b, const char *before, const char *text)
{
	if (text != NULL)
		buf_printf(b, "%s%s%s", b->len > 0 ? ", " : "", before, text);
}

void
sender_add_place(struct buf *b, const struct sender_source *s)
{
	struct buf as = { 0 };

	add_part(b, "", s->ptr);
	if (s->ptr == NULL)
		add_part(b, "unconfirmed name ", s->ptr_claim);
	if (s->asn != 0)
		buf_printf(&as, "AS%" PRId64 "%s%s", s->asn,
		    s->as_name != NULL ? " " : "",
		    s->as_name != NULL ? s->as_name : "");
	add_part(b, "", s->asn != 0 ? buf_str(&as) : s->as_name);
	add_part(b, "", s->country);
	buf_done(&as);
}

/* --- cells ---------------------------------------------------------------- */

/* In this order: see COUNT_COLUMNS. */
static void
add_counts(struct buf *json, const struct sender_counts *c)
{
	json_add_item_int(json, c->messages);
	json_add_item_int(json, c->pass);
	json_add_item_int(json, sender_fail(c));
	json_add_item_int(json, c->failed[SOURCE_KNOWN]);
	json_add_item_int(json, c->failed[SOURCE_FORWARDED]);
	json_add_item_int(json, c->failed[SOURCE_HOSTILE]);
	json_add_item_int(json, c->failed[SOURCE_UNKNOWN]);
	json_add_item_int(json, c->before);
	json_add_item_int(json, c->first_day);
	json_add_item_int(json, c->last_day);
}

/* clang-format off */
#define PASS_PCT RULE_PERCENT(value ->> 1, value ->> 0)
/* clang-format on */
#define COUNT_COLUMNS \
	" value ->> 0 AS messages," \
	" " PASS_PCT " AS pass_pct," \
	" value ->> 1 AS pass, value ->> 2 AS fail, value ->> 3 AS lost," \
	" value ->> 4 AS suffers, value ->> 5 AS stopped," \
	" value ->> 6 AS unknown, value ->> 7 AS before," \
	" date(value ->> 8, 'unixepoch') AS first_date," \
	" date(value ->> 9, 'unixepoch') AS last_date"

void
sender_add_signs(struct buf *json, unsigned int signs)
{
	const char *before = "";
	int i;

	buf_add_char(json, '[');
	for (i = 0; i < SENDER_SIGNS; i++)
		if ((signs & SENDER_SIGN_BIT(i)) != 0) {
			buf_printf(
			    json, "%s\"%s\"", before, sender_sign_words[i]);
			before = ",";
		}
	buf_add_char(json, ']');
}

/* As text in JSON: whoever shows the row knows that it is an array. */
static void
add_signs(struct buf *json, unsigned int signs)
{
	struct buf list = { 0 };

	sender_add_signs(&list, signs);
	json_add_item(json, buf_str(&list));
	buf_done(&list);
}

/* Add the messages of a source to those of each day of the period. */
static void
add_days(int64_t *sums, const struct sender_list *list,
    const struct sender_source *s)
{
	const int64_t last = s->counts.last_day;
	int64_t day = s->counts.first_day;
	size_t at;

	for (; day != 0 && day <= last; day += PERIOD_DAY) {
		const int64_t key[] = { s->id, day };

		if (map_find(&list->daily, key, sizeof(key), &at))
			sum_add(&sums[(day - list->period.first) / PERIOD_DAY],
			    ((const int64_t *)list->daily.items.at)[at]);
	}
}

/* "30 0:12 1:9": messages by day, as output_add_spark_text() reads them. */
static void
add_trend(struct buf *json, const struct sender_list *list,
    const struct sender_source *s, size_t n)
{
	const struct period *p = &list->period;
	const int64_t days = (p->last - p->first) / PERIOD_DAY + 1;
	int64_t *sums = xcalloc((size_t)days, sizeof(*sums)), i;
	struct buf text = { 0 };

	if (list->daily.keys.n > 0)
		for (; n > 0; n--)
			add_days(sums, list, s++);
	buf_printf(&text, "%" PRId64 " ", days);
	for (i = 0; i < days; i++)
		if (sums[i] > 0)
			buf_printf(
			    &text, "%" PRId64 ":%" PRId64 " ", i, sums[i]);
	json_add_item(json, buf_str(&text));
	buf_done(&text);
	free(sums);
}

/* --- rows ----------------------------------------------------------------- */

static void
add_sender(
    struct buf *json, const struct sender_list *list, const struct sender *s)
{
	const struct sender_source *sources = list->sources.at;
	struct buf known = { 0 };

	sender_add_known(&known, s);
	add_counts(json, &s->counts);
	json_add_item(json,
	    ((const struct sender_domain *)list->domains.at)[s->domain].name);
	json_add_item(json, s->who);
	json_add_item(json, sender_evidence_words[s->evidence]);
	json_add_item(json,
	    s->kind != NULL          ? s->kind
	        : s->service != NULL ? service_kind_word(s->service->kind)
	                             : NULL);
	json_add_item(
	    json, source_class_words[sender_class(s->kind, &s->counts)]);
	json_add_item_int(json, s->addresses);
	add_signs(json, s->signs);
	json_add_item(json, s->author);
	json_add_item(json, buf_str(&known));
	add_trend(json, list, sources + s->first, s->n);
	json_add_item(json, s->also);
	buf_done(&known);
}

int
sender_rows_query(struct query **q, struct query_db *db,
    const struct sender_list *list, const struct array *numbers,
    struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 10 AS domain, value ->> 11 AS who,"
	    " value ->> 12 AS evidence, value ->> 13 AS kind,"
	    " value ->> 14 AS class, value ->> 18 AS basis,"
	    " value ->> 15 AS addresses," COUNT_COLUMNS ","
	    " value ->> 16 AS signs, value ->> 17 AS author,"
	    " value ->> 19 AS trend, value ->> 20 AS also FROM json_each(?1)";
	const struct sender *s = list->senders.at;
	const size_t *number = numbers->at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < numbers->n; i++) {
		buf_add_str(&json, i > 0 ? ",[" : "[");
		add_sender(&json, list, &s[number[i]]);
		buf_add_char(&json, ']');
	}
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}

static void
add_source(struct buf *json, const struct sender_list *list,
    const struct sender_source *s)
{
	const bool is_named = s->name.evidence == SENDER_BY_RULE;
	struct buf path = { 0 };

	add_counts(json, &s->counts);
	json_add_item(json, s->ip);
	json_add_item(json, s->ptr);
	json_add_item(json, s->ptr_domain);
	json_add_item(json, s->as_name);
	json_add_item(json, s->country);
	json_add_item(json, is_named ? s->name.name : NULL);
	json_add_item(json, s->kind);
	json_add_item(json, s->name.name);
	json_add_item(json, sender_evidence_words[s->name.evidence]);
	json_add_item(
	    json, source_class_words[sender_class(s->kind, &s->counts)]);
	/* As those of a sender: of what nobody judged yet. */
	add_signs(json, s->counts.failed[SOURCE_UNKNOWN] > 0 ? s->signs : 0);
	add_trend(json, list, s, 1);
	spf_known_add_path(&path, &s->in_spf);
	json_add_item(json, spf_known_word(s->in_spf.state));
	json_add_item(json, path.len > 0 ? buf_str(&path) : NULL);
	json_add_item(json, s->name.also);
	if (s->asn != 0)
		json_add_item_int(json, s->asn);
	else
		json_add_item(json, NULL);
	buf_done(&path);
}

int
sender_rows_query_sources(struct query **q, struct query_db *db,
    const struct sender_list *list, const struct array *numbers, int64_t limit,
    struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 10 AS ip, value ->> 11 AS ptr,"
	    " value ->> 12 AS ptr_domain, value ->> 25 AS asn,"
	    " value ->> 13 AS as_name,"
	    " value ->> 14 AS country, value ->> 15 AS sender,"
	    " value ->> 16 AS sender_kind, value ->> 17 AS who,"
	    " value ->> 18 AS evidence, value ->> 19 AS class," COUNT_COLUMNS
	    ", value ->> 20 AS signs, value ->> 21 AS trend,"
	    " value ->> 22 AS in_spf, value ->> 23 AS spf_term,"
	    " value ->> 24 AS also FROM json_each(?1) LIMIT ?2";
	const struct sender_source *s = list->sources.at;
	const struct sender *sender = list->senders.at;
	const size_t *number = numbers->at;
	struct buf json = { 0 };
	size_t i, k;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < numbers->n; i++)
		for (k = 0; k < sender[number[i]].n; k++) {
			buf_add_str(&json, json.len > 1 ? ",[" : "[");
			add_source(
			    &json, list, &s[sender[number[i]].first + k]);
			buf_add_char(&json, ']');
		}
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	query_bind_int(*q, 2, limit);
	buf_done(&json);
	return 0;
}

static void
add_address(struct buf *json, const struct sender_list *list,
    const struct sender_source *s)
{
	const struct sender *sender = (const struct sender *)list->senders.at +
	    s->sender;
	struct buf known = { 0 };

	sender_add_known(&known, sender);
	buf_add_str(json, json->len > 1 ? ",[" : "[");
	add_source(json, list, s);
	json_add_item(json,
	    ((const struct sender_domain *)list->domains.at)[s->domain].name);
	json_add_item(json, buf_str(&known));
	json_add_item(json, s->name.author);
	buf_add_char(json, ']');
	buf_done(&known);
}

int
sender_rows_query_address(struct query **q, struct query_db *db,
    const struct sender_list *list, const char *ip, struct err *err)
{
	static const char sql[] =
	    "SELECT value ->> 26 AS domain, value ->> 10 AS ip,"
	    " value ->> 11 AS ptr, value ->> 12 AS ptr_domain,"
	    " value ->> 25 AS asn,"
	    " value ->> 13 AS as_name, value ->> 14 AS country,"
	    " value ->> 15 AS sender, value ->> 16 AS sender_kind,"
	    " value ->> 17 AS who, value ->> 27 AS basis,"
	    " value ->> 18 AS evidence, value ->> 19 AS class," COUNT_COLUMNS
	    ", value ->> 20 AS signs, value ->> 28 AS author,"
	    " value ->> 22 AS in_spf, value ->> 23 AS spf_term,"
	    " value ->> 24 AS also FROM json_each(?1)"
	    " ORDER BY messages DESC, domain";
	const struct sender_source *s = list->sources.at;
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	buf_add_char(&json, '[');
	for (i = 0; i < list->sources.n; i++)
		if (s[i].ip != NULL && strcmp(s[i].ip, ip) == 0)
			add_address(&json, list, &s[i]);
	buf_add_char(&json, ']');
	query_bind_text(*q, 1, buf_str(&json));
	buf_done(&json);
	return 0;
}
