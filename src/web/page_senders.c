/* SPDX-License-Identifier: BSD-2-Clause */
/* Who sends as a domain: its senders, networks or addresses. */
#include <stdlib.h>
#include <string.h>

#include "answer/sender_choice.h"
#include "answer/sender_rows.h"
#include "answer/subject.h"
#include "base/text.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_sources(const struct ask *a, struct buf *out)
{
	static const char *const which[] = {
		[SENDER_ALL] = "",
		[SENDER_UNKNOWN] = " --unknown",
		[SENDER_FAILING] = " --failing",
		[SENDER_NEW] = " --new",
	};
	static const char *const by[] = {
		[SENDER_GROUPED] = "",
		[SENDER_NETWORKS] = " --by=network",
		[SENDER_ADDRESSES] = " --by=address",
	};

	buf_add_str(out, "sources ");
	subject_add_argument(out, a->domain);
	buf_add_str(out, which[a->view->only]);
	buf_add_str(out, by[a->view->by]);
}

static void
write_fields(struct ask *a)
{
	/* In the order of their enums. */
	static const struct field_choice only[] = { { "", "all" },
		{ "unknown", "unknown" }, { "failing", "failing" },
		{ "new", "new" }, { 0 } };
	static const struct field_choice by[] = { { "", "sender" },
		{ "network", "network" }, { "address", "address" }, { 0 } };
	static const struct field_choice order[] = { { "", "as ruactl" },
		{ "name", "name" }, { "messages", "messages" },
		{ "failing", "failing" }, { "last", "last day" }, { 0 } };
	const struct view *v = a->view;

	field_write_choices(a, "only", "Which", only[v->only].value, only);
	field_write_choices(a, "by", "by", by[v->by].value, by);
	field_write_choices(
	    a, "sort", "sorted by", order[v->sort].value, order);
	field_write(a, "find", "Find", v->find);
}

/* --- search and order ----------------------------------------------------- */

static bool
has(const char *text, const char *word)
{
	return text != NULL && strcasestr(text, word) != NULL;
}

/* Whether a word is in its name, or in what is known of one of its sources. */
static bool
is_found(
    const struct sender_list *list, const struct sender *s, const char *word)
{
	const struct sender_source *source = (const struct sender_source *)
	                                         list->sources.at +
	    s->first;
	struct buf place = { 0 };
	bool found = has(s->who, word) || has(s->author, word) ||
	    has(s->also, word);
	size_t i;

	for (i = 0; i < s->n && !found; i++) {
		place.len = 0;
		sender_add_place(&place, &source[i]);
		found = has(source[i].ip, word) || has(buf_str(&place), word);
	}
	buf_done(&place);
	return found;
}

static void
find(struct sender_choice *c, const struct sender_list *list, const char *word)
{
	const struct sender *s = list->senders.at;
	size_t *at = c->numbers.at;
	size_t i, n = 0;

	for (i = 0; i < c->numbers.n; i++)
		if (is_found(list, &s[at[i]], word))
			at[n++] = at[i];
	c->numbers.n = n;
}

static int
compare_names(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;
	const int order = strcasecmp(x->who, y->who);

	return order != 0 ? order : (x > y) - (x < y);
}

static int
compare_messages(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;

	if (x->counts.messages != y->counts.messages)
		return x->counts.messages < y->counts.messages ? 1 : -1;
	return (x > y) - (x < y);
}

static int
compare_last(const void *a, const void *b)
{
	const struct sender *x = *(const struct sender *const *)a;
	const struct sender *y = *(const struct sender *const *)b;

	if (x->counts.last_day != y->counts.last_day)
		return x->counts.last_day < y->counts.last_day ? 1 : -1;
	return compare_messages(a, b);
}

static void
sort(struct sender_choice *c, const struct sender_list *list, enum view_sort by)
{
	int (*const compare[])(const void *, const void *) = {
		[VIEW_BY_DEFAULT] = NULL,
		[VIEW_BY_NAME] = compare_names,
		[VIEW_BY_MESSAGES] = compare_messages,
		[VIEW_BY_FAILING] = sender_compare_failing,
		[VIEW_BY_LAST] = compare_last,
	};
	const struct sender *s = list->senders.at, **order;
	size_t *at = c->numbers.at;
	size_t i;

	if (compare[by] == NULL || c->numbers.n == 0)
		return;
	order = xcalloc(c->numbers.n, sizeof(*order));
	for (i = 0; i < c->numbers.n; i++)
		order[i] = &s[at[i]];
	qsort(order, c->numbers.n, sizeof(*order), compare[by]);
	for (i = 0; i < c->numbers.n; i++)
		at[i] = (size_t)(order[i] - s);
	free(order);
}

/* --- rows ----------------------------------------------------------------- */

static bool
add_url(struct ask *a, struct buf *out, struct query *q, const char *column)
{
	if (strcmp(column, "who") == 0 && a->view->by == SENDER_ADDRESSES)
		return ask_add_url(
		    a, out, HTML_SENDER, a->domain, grid_text(q, "ip"));
	if (strcmp(column, "who") == 0)
		return ask_add_url(
		    a, out, HTML_SENDER, a->domain, grid_text(q, "who"));
	return strcmp(column, "ip") == 0 &&
	    ask_add_url(a, out, HTML_ADDRESS, NULL, grid_text(q, "ip"));
}

/* Only those of the page are asked for, so that links lead to the others. */
static void
cut(struct ask *a, struct array *numbers, int64_t *all)
{
	const size_t from = (size_t)a->view->from;
	size_t *at = numbers->at;

	*all = (int64_t)numbers->n;
	if (a->out != NULL)
		return;
	if (from >= numbers->n)
		numbers->n = 0;
	else {
		numbers->n -= from;
		if (numbers->n > GRID_ROWS)
			numbers->n = GRID_ROWS;
		memmove(at, at + from, numbers->n * sizeof(*at));
	}
}

static int
write_rows(struct ask *a, const struct sender_list *list,
    struct sender_choice *c, struct err *err)
{
	const bool by_address = a->view->by == SENDER_ADDRESSES;
	const struct grid grid = { .caption = "Senders",
		.empty = "None of them in these days.",
		.columns = by_address ? table_sources : table_senders,
		.wide = " kind basis addresses last_date",
		.add_url = add_url };
	struct query *q;
	int64_t all;
	int rc;

	cut(a, &c->numbers, &all);
	rc = by_address
	    ? sender_rows_query_sources(&q, a->db, list, &c->numbers, -1, err)
	    : sender_rows_query(&q, a->db, list, &c->numbers, err);
	if (rc == -1)
		return -1;
	rc = grid_write(a, q, &grid, NULL, err);
	query_free(q);
	if (rc == 0)
		grid_write_pages(a, all);
	return rc;
}

static void
write_lead(struct ask *a, const struct sender_choice *c)
{
	char senders[HTML_COUNT], addresses[HTML_COUNT], messages[HTML_COUNT];
	const int64_t n = (int64_t)c->numbers.n;

	html_lead(&a->html, "%s, %s: %s, %'" PRId64 " failing.",
	    html_count(senders, n, "sender", "senders"),
	    html_count(addresses, c->addresses, "address", "addresses"),
	    html_count(messages, c->counts.messages, "message", "messages"),
	    sender_fail(&c->counts));
}

/* What was found is counted anew. */
static void
count(struct sender_choice *c, const struct sender_list *list)
{
	const struct sender *s = list->senders.at;
	const size_t *at = c->numbers.at;
	size_t i;

	memset(&c->counts, 0, sizeof(c->counts));
	c->addresses = 0;
	for (i = 0; i < c->numbers.n; i++) {
		sender_add_counts(&c->counts, &s[at[i]].counts);
		c->addresses += s[at[i]].addresses;
	}
}

static int
write(struct ask *a, struct err *err)
{
	const struct sender_question question = {
		.period = a->period,
		.domain = a->domain,
		.by = a->view->by,
		.by_day = a->out == NULL,
	};
	struct sender_choice c = { 0 };
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, a->db, &question, err);
	if (rc == 0) {
		sender_choose(&c, &list, a->view->only);
		if (a->view->find[0] != '\0') {
			find(&c, &list, a->view->find);
			count(&c, &list);
		}
		sort(&c, &list, a->view->sort);
		if (a->out == NULL) {
			html_section(&a->html, "senders", "Senders");
			write_lead(a, &c);
		}
		rc = write_rows(a, &list, &c, err);
		if (a->out == NULL)
			html_section_end(&a->html);
	}
	sender_choice_done(&c);
	sender_list_done(&list);
	return rc;
}

const struct ask_page page_senders = {
	.title = "Senders",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_sources,
	.write_fields = write_fields,
};
