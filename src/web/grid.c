/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/grid.h"

#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "base/mem.h"
#include "page/chart.h"
#include "page/timeline.h"
#include "show/output_value.h"
#include "web/route.h"

#define LONG_TEXT 253 /* a longer one is no name */

/* A column of the table, and where the question has it. */
struct shown {
	const struct output_column *column;
	int at;
	const char *class; /* of its cells */
};

struct drawing {
	struct ask *ask;
	struct query *query;
	const struct grid *grid;
	struct shown *shown;
	int n;
	struct output_options options;
};

const char *
grid_text(struct query *q, const char *column)
{
	const int i = query_column(q, column);

	return i == -1 ? NULL : query_value(q, i).text;
}

int64_t
grid_int(struct query *q, const char *column)
{
	const int i = query_column(q, column);

	return i == -1 ? 0 : query_value(q, i).num;
}

/* --- which columns -------------------------------------------------------- */

static bool
is_number(enum output_kind kind)
{
	return kind == OUTPUT_ID || kind == OUTPUT_NUMBER ||
	    kind == OUTPUT_BAD_NUMBER || kind == OUTPUT_PERCENT;
}

/* Whether a row has anything there; all rows are kept. */
static bool
is_any(struct query *q, int at)
{
	struct query_value v;
	struct err err = ERR_INIT;
	bool any = false;

	query_again(q);
	while (!any && query_step(q, &err) == 1) {
		v = query_value(q, at);
		any = !v.null && (!v.is_int || v.num != 0);
	}
	query_again(q);
	return any;
}

/* What narrow windows leave out, as terminals do, the lowest first. */
static const char *
class_of(const struct grid *g, const struct output_column *c)
{
	const bool n = is_number(c->kind);
	const char *at = g->wide != NULL ? strstr(g->wide, c->name) : NULL;
	const char end = at != NULL ? at[strlen(c->name)] : 'x';

	if (at != NULL && at > g->wide && at[-1] == ' ' &&
	    (end == ' ' || end == '\0'))
		return n ? "n w" : "s w";

	if (c->kind == OUTPUT_SPARK)
		return "w";
	if (c->shrink == OUTPUT_LEAVE_OUT(1))
		return n ? "n m" : "s m";
	if (c->shrink < 0 && c->shrink != OUTPUT_IF_ANY)
		return n ? "n w" : "s w";
	if (n)
		return "n";
	return c->shrink > 0 ? "" : "s";
}

static void
find_shown(struct drawing *d, const struct output_column *columns)
{
	const struct output_column *c;
	int i, n = query_columns(d->query);

	d->shown = xcalloc((size_t)n + 1, sizeof(*d->shown));
	for (i = 0; i < n; i++) {
		for (c = columns; c->name != NULL; c++)
			if (strcmp(c->name, query_column_name(d->query, i)) ==
			    0)
				break;
		if (c->name == NULL || c->title == NULL ||
		    c->kind == OUTPUT_BAR ||
		    (c->shrink == OUTPUT_IF_ANY && !is_any(d->query, i)))
			continue;
		d->shown[d->n].column = c;
		d->shown[d->n].class = class_of(d->grid, c);
		d->shown[d->n++].at = i;
	}
}

/* --- cells ---------------------------------------------------------------- */

/* "30 0:12 29:7": days, and what was on some of them. */
static void
write_spark(struct ask *a, const char *text)
{
	int64_t columns[TIMELINE_COLUMNS] = { 0 };
	const int64_t none[TIMELINE_COLUMNS] = { 0 };
	struct timeline t;
	long long n, day, value;
	char *end;

	n = strtoll(text, &end, 10);
	if (n < 1 || a->period.text[0] == '\0')
		return;
	timeline_set(&t, a->period.first, a->period.last);
	while (*end == ' ') {
		day = strtoll(end, &end, 10);
		if (*end != ':')
			break;
		value = strtoll(end + 1, &end, 10);
		if (day >= 0 && day < t.ndays)
			columns[timeline_column(
			    &t, timeline_day(&t, (int)day))] += value;
	}
	chart_spark(&a->html, &t, columns, none);
}

static void
write_text(struct html *h, const char *text)
{
	if (strlen(text) <= LONG_TEXT)
		html_name(h, text);
	else
		html_printf(h, "%.1000s", text);
}

static void
write_value(struct ask *a, const struct output_options *options,
    enum output_kind kind, const struct query_value *v)
{
	struct html *h = &a->html;
	struct buf text = { 0 };
	char time[HTML_DATE];

	if (v->null)
		html_printf(h, "-");
	else if (kind == OUTPUT_SPARK)
		write_spark(a, v->text);
	else if (kind == OUTPUT_TIME && v->is_int)
		html_printf(
		    h, "%s", v->num > 0 ? html_time(time, v->num) : "-");
	else {
		output_add_shown(options, &text, kind, v);
		write_text(h, buf_str(&text));
	}
	buf_done(&text);
}

static bool
is_bad(enum output_kind kind, const struct query_value *v)
{
	if (v->null)
		return false;
	return (kind == OUTPUT_BAD_NUMBER && v->is_int && v->num > 0) ||
	    (kind == OUTPUT_RESULT && strcmp(v->text, "fail") == 0);
}

static void
write_cell(struct drawing *d, const struct shown *s, bool is_first)
{
	const struct query_value v = query_value(d->query, s->at);
	struct html *h = &d->ask->html;
	struct buf url = { 0 };
	const bool is_link = d->grid->add_url != NULL && !v.null &&
	    d->grid->add_url(d->ask, &url, d->query, s->column->name);
	const bool bad = is_bad(s->column->kind, &v);

	html_printf(h, is_first ? "<th scope=\"row\"" : "<td");
	if (s->class[0] != '\0' || bad)
		html_printf(h, " class=\"%s%s\"", s->class,
		    !bad                   ? ""
		        : s->class[0] == 0 ? "bad"
		                           : " bad");
	html_printf(h, ">");
	if (is_link)
		html_begin_link(h, buf_str(&url), false);
	write_value(d->ask, &d->options, s->column->kind, &v);
	if (is_link)
		buf_add_str(&h->out, "</a>");
	buf_add_str(&h->out, is_first ? "</th>" : "</td>");
	buf_done(&url);
}

static void
write_heads(struct drawing *d)
{
	struct html *h = &d->ask->html;
	int i;

	html_printf(h,
	    "<div class=\"scroll\" role=\"region\" tabindex=\"0\" "
	    "aria-label=\"Table: "
	    "%s\"><table>\n<caption>%s</caption>\n<thead><tr>",
	    d->grid->caption, d->grid->caption);
	for (i = 0; i < d->n; i++) {
		html_printf(h, "<th scope=\"col\"");
		if (d->shown[i].class[0] != '\0')
			html_printf(h, " class=\"%s\"", d->shown[i].class);
		html_printf(h, ">%s</th>", d->shown[i].column->title);
	}
	html_printf(h, "</tr></thead>\n<tbody>\n");
}

static void
write_row(struct drawing *d)
{
	int i;

	buf_add_str(&d->ask->html.out, "<tr>");
	for (i = 0; i < d->n; i++)
		write_cell(d, &d->shown[i], i == 0);
	buf_add_str(&d->ask->html.out, "</tr>\n");
}

/* --- tables --------------------------------------------------------------- */

static bool
is_on_page(const struct drawing *d, int64_t row)
{
	const int64_t from = d->grid->is_paged ? d->ask->view->from : 0;

	return row >= from && (!d->grid->is_paged || row < from + GRID_ROWS);
}

static int
draw(struct drawing *d, struct err *err)
{
	struct html *h = &d->ask->html;
	int64_t row = 0;
	int rc;

	find_shown(d, d->grid->columns);
	write_heads(d);
	while ((rc = query_step(d->query, err)) == 1)
		if (is_on_page(d, row++))
			write_row(d);
	html_table_end(h);
	free(d->shown);
	return rc;
}

static int
write_page(struct ask *a, struct query *q, const struct grid *g, int64_t *n,
    struct err *err)
{
	struct drawing d = { .ask = a,
		.query = q,
		.grid = g,
		.options = { .fitted = true,
		    .names = true,
		    .now = a->now,
		    .width = 120,
		    .title_of_word = cause_brief } };
	int rc;

	query_keep(q);
	for (*n = 0; (rc = query_step(q, err)) == 1;)
		(*n)++;
	if (rc == -1)
		return -1;
	query_again(q);
	if (*n > 0)
		return draw(&d, err);
	if (g->empty != NULL)
		html_printf(&a->html, "<p class=\"note\">%s</p>\n", g->empty);
	return 0;
}

int
grid_write(struct ask *a, struct query *q, const struct grid *g, int64_t *n,
    struct err *err)
{
	int64_t rows = 0;
	int rc;

	if (a->out != NULL)
		rc = output_rows(
		    a->out, g->key, NULL, q, g->columns, &rows, err);
	else
		rc = write_page(a, q, g, &rows, err);
	if (n != NULL)
		*n = rows;
	return rc;
}

int
grid_ask(struct ask *a, const struct table *table, const struct grid *g,
    int64_t limit, int64_t *n, struct err *err)
{
	struct grid grid = *g;
	struct query *q;
	int rc;

	if (ask_query(&q, a, table->sql, limit, err) == -1)
		return -1;
	grid.columns = table->columns;
	rc = grid_write(a, q, &grid, n, err);
	query_free(q);
	return rc;
}

static void
write_page_link(struct ask *a, int64_t from, const char *words)
{
	struct view v = *a->view;

	v.from = from;
	ask_link(a, &v, words);
}

void
grid_write_pages(struct ask *a, int64_t n)
{
	const int64_t from = a->view->from;
	struct html *h = &a->html;

	if (a->out != NULL || (from == 0 && n <= GRID_ROWS))
		return;
	html_printf(h, "<p class=\"pages\">");
	if (from > 0)
		write_page_link(a, from > GRID_ROWS ? from - GRID_ROWS : 0,
		    "previous rows");
	html_printf(h, " <span class=\"note\">rows from %'lld</span> ",
	    (long long)from + 1);
	if (n > from + GRID_ROWS)
		write_page_link(a, from + GRID_ROWS, "next rows");
	html_printf(h, "</p>\n");
}

/* --- one row -------------------------------------------------------------- */

int
grid_fields(struct ask *a, struct query *q, const struct output_column *columns,
    struct err *err)
{
	const struct output_options options = {
		.fitted = true, .names = true, .now = a->now, .width = 120
	};
	const struct output_column *c;
	struct html *h = &a->html;
	struct query_value v;
	int i;

	if (a->out != NULL)
		return output_fields(a->out, q, columns, err);
	html_printf(h, "<dl class=\"fields\">\n");
	for (i = 0; i < query_columns(q); i++) {
		c = columns;
		while (c->name != NULL &&
		    strcmp(c->name, query_column_name(q, i)) != 0)
			c++;
		v = query_value(q, i);
		if (c->name == NULL || c->title == NULL || v.null)
			continue;
		html_printf(h, "<div><dt>%s</dt><dd>", c->title);
		write_value(a, &options, c->kind, &v);
		html_printf(h, "</dd></div>\n");
	}
	html_printf(h, "</dl>\n");
	return 0;
}
