/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/grid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "base/mem.h"
#include "page/chart.h"
#include "page/timeline.h"
#include "show/output_value.h"
#include "web/link.h"
#include "web/route.h"

#define LONG_TEXT 253 /* a longer one is no name */

#define CLASS 8

/* A column of the table, and where the question has it. */
struct shown {
	const struct output_column *column;
	int at;
	char class[CLASS]; /* of its cells */
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

static bool
is_date(const char *name)
{
	const size_t n = strlen(name);

	return n >= 4 && strcmp(name + n - 4, "date") == 0;
}

/* What is in the cells: a number, a day, a time, text, or a few words. */
static const char *
look_of(const struct output_column *c)
{
	if (is_number(c->kind))
		return "n";
	if (is_date(c->name))
		return "d";
	if (c->kind == OUTPUT_TIME)
		return "t";
	if (c->kind == OUTPUT_ERROR || strcmp(c->name, "results") == 0)
		return "prose";
	if (strcmp(c->name, "basis") == 0 || strcmp(c->name, "notes") == 0 ||
	    strcmp(c->name, "disposition") == 0)
		return "s";
	return c->shrink > 0 || c->kind == OUTPUT_SPARK ||
	        strcmp(c->name, "external_id") == 0
	    ? ""
	    : "s";
}

/* What narrow windows leave out, as terminals do, the lowest first. */
static const char *
room_of(const struct grid *g, const struct output_column *c)
{
	const char *at = g->wide != NULL ? strstr(g->wide, c->name) : NULL;
	const char end = at != NULL ? at[strlen(c->name)] : 'x';

	if (at != NULL && at > g->wide && at[-1] == ' ' &&
	    (end == ' ' || end == '\0'))
		return "w";
	if (c->kind == OUTPUT_SPARK)
		return "w";
	if (c->shrink == OUTPUT_LEAVE_OUT(1))
		return "m";
	return c->shrink < 0 && c->shrink != OUTPUT_IF_ANY ? "w" : "";
}

static void
write_class(
    char out[static CLASS], const struct grid *g, const struct output_column *c)
{
	const char *look = look_of(c), *room = room_of(g, c);

	snprintf(out, CLASS, "%s%s%s", look,
	    look[0] != '\0' && room[0] != '\0' ? " " : "", room);
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
		write_class(d->shown[d->n].class, d->grid, c);
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
write_text(struct html *h, const char *text, bool is_cut)
{
	if (is_cut || strlen(text) <= LONG_TEXT)
		html_name(h, text);
	else
		html_printf(h, "%.1000s", text);
}

/* is_cell: what a report may have at length is cut, as no other row is seen. */
static void
write_value(struct ask *a, const struct output_options *options,
    enum output_kind kind, const struct query_value *v, bool is_cell)
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
		if (is_number(kind)) /* is not broken into lines */
			html_text(h, buf_str(&text));
		else
			write_text(
			    h, buf_str(&text), is_cell && kind == OUTPUT_TEXT);
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
	const bool is_link = !v.null &&
	    ((d->grid->add_url != NULL &&
	         d->grid->add_url(d->ask, &url, d->query, s->column->name)) ||
	        link_add_cell_url(d->ask, &url, d->query, s->column->name));
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
	write_value(d->ask, &d->options, s->column->kind, &v, true);
	if (is_link)
		buf_add_str(&h->out, "</a>");
	buf_add_str(&h->out, is_first ? "</th>" : "</td>");
	buf_done(&url);
}

/* Terminals have small letters alone. */
static void
write_title(struct html *h, const char *title)
{
	static const char *const short_words[] = { "ip", "id", "mx", "dkim",
		"spf", "uid", NULL };
	char word[64];
	size_t n, i = 0;

	while (short_words[i] != NULL && strcmp(short_words[i], title) != 0)
		i++;
	snprintf(word, sizeof(word), "%s", title);
	for (n = short_words[i] != NULL ? strlen(word) : 1; n > 0; n--)
		if (word[n - 1] >= 'a' && word[n - 1] <= 'z')
			word[n - 1] = (char)(word[n - 1] - 'a' + 'A');
	html_printf(h, "%s", word);
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
		html_printf(h, ">");
		write_title(h, d->shown[i].column->title);
		html_printf(h, "</th>");
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

	return row >= from && row < from + GRID_ROWS;
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

/* Whoever wants all of them gets them. */
static void
write_cut(struct ask *a)
{
	struct view v = *a->view;

	v.format = VIEW_JSON;
	html_printf(&a->html,
	    "<p class=\"note\">These are the first %d rows: ", GRID_ROWS);
	ask_link(a, &v, "JSON has all of them");
	html_printf(&a->html, ".</p>\n");
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
	if (*n > (g->is_paged ? a->view->from : 0))
		rc = draw(&d, err);
	else if (g->empty != NULL)
		html_printf(&a->html, "<p class=\"note\">%s</p>\n", g->empty);
	if (!g->is_paged && *n > GRID_ROWS)
		write_cut(a);
	return rc;
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
write_page_link(
    struct ask *a, enum view_page alone, int64_t from, const char *words)
{
	struct view v = *a->view;

	if (a->view->page == VIEW_DAY) {
		v.period = ask_view(a, alone).period;
		v.page = alone;
	}
	v.from = from;
	ask_link(a, &v, words);
}

void
grid_write_pages(struct ask *a, enum view_page alone, int64_t n)
{
	const int64_t from = a->view->from;
	struct html *h = &a->html;

	if (a->out != NULL || (from == 0 && n <= GRID_ROWS))
		return;
	html_printf(h, "<p class=\"pages\">");
	if (from > 0)
		write_page_link(a, alone,
		    from > GRID_ROWS ? from - GRID_ROWS : 0, "previous rows");
	html_printf(h, " <span class=\"note\">rows from %'lld</span> ",
	    (long long)from + 1);
	if (n > from + GRID_ROWS)
		write_page_link(a, alone, from + GRID_ROWS, "next rows");
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
	struct buf url = { 0 };
	struct query_value v;
	bool is_link;
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
		html_printf(h, "<div><dt>");
		write_title(h, c->title);
		html_printf(h, "</dt><dd>");
		if ((is_link = link_add_cell_url(a, &url, q, c->name)))
			html_begin_link(h, buf_str(&url), false);
		write_value(a, &options, c->kind, &v, false);
		html_end_link(h, is_link);
		html_printf(h, "</dd></div>\n");
		buf_done(&url);
	}
	html_printf(h, "</dl>\n");
	return 0;
}
