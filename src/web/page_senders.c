/* SPDX-License-Identifier: BSD-2-Clause */
/* Who sends as a domain: its senders, networks or addresses. */
#include <string.h>

#include "answer/sender_choice.h"
#include "answer/sender_rows.h"
#include "answer/source_class.h"
#include "answer/subject.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_sources(const struct ask *a, struct buf *out)
{
	static const char *const which[] = {
		[SENDER_UNKNOWN] = "--unknown",
		[SENDER_FAILING] = "--failing",
		[SENDER_NEW] = "--new",
	};
	static const char *const by[] = {
		[SENDER_NETWORKS] = "network",
		[SENDER_ADDRESSES] = "address",
	};
	const struct view *v = a->view;

	buf_add_str(out, "sources ");
	subject_add_argument(out, a->domain);
	if (v->only != SENDER_ALL)
		subject_add_option(out, which[v->only], NULL);
	if (v->class > 0)
		subject_add_option(
		    out, "--class=", source_class_words[v->class - 1]);
	if (v->by != SENDER_GROUPED)
		subject_add_option(out, "--by=", by[v->by]);
	if (v->sort != SENDER_SORT_USUAL)
		subject_add_option(out, "--sort=", sender_sort_words[v->sort]);
	if (v->find[0] != '\0')
		subject_add_option(out, "--find=", v->find);
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
	static const struct field_choice order[] = { { "", "default" },
		{ "name", "name" }, { "messages", "messages" },
		{ "failing", "failing" }, { "last", "last day" }, { 0 } };
	static const struct field_choice classes[] = { { "", "any" },
		{ "known", "known" }, { "forwarded", "forwarded" },
		{ "hostile", "hostile" }, { "unknown", "unknown" },
		{ "compliant", "compliant" }, { 0 } };
	const struct view *v = a->view;

	field_write_choices(a, "only", "Only", only[v->only].value, only);
	field_write_choices(a, "class", "Class",
	    v->class > 0 ? source_class_words[v->class - 1] : "", classes);
	field_write_choices(a, "by", "By", by[v->by].value, by);
	field_write_choices(a, "sort", "Sort by", order[v->sort].value, order);
	field_write(a, "find", "Find", v->find);
}

/* --- rows ----------------------------------------------------------------- */

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
		.empty = "None of them in this period.",
		.columns = by_address ? table_sources : table_senders,
		.wide = by_address ? " pass_pct last_date"
		                   : " kind basis addresses last_date" };
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
		grid_write_pages(a, VIEW_SENDERS, all);
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

static int
write(struct ask *a, struct err *err)
{
	const struct sender_question question = {
		.period = a->period,
		.domain = a->domain,
		.by = a->view->by,
		.by_day = a->out == NULL,
	};
	const struct sender_filter filter = { .which = a->view->only,
		.class = a->view->class,
		.find = a->view->find,
		.sort = a->view->sort };
	struct sender_choice c = { 0 };
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, a->db, &question, err);
	if (rc == 0) {
		sender_choose(&c, &list, &filter);
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
