/* SPDX-License-Identifier: BSD-2-Clause */
#include "show/output_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "show/output_draw.h"

#define READABLE 24 /* columns that show enough of a name */

struct column {
	const char *title;
	bool right;
	size_t min;       /* columns of the terminal it needs at least */
	bool is_left_out; /* there is no room, or all cells are 0 or null */
	int leave;    /* > 0: without room it is left out, the lowest first */
	size_t width; /* of the widest cell, or less: cells are cut */
	size_t shown; /* of the widest cell after cutting */
};

struct cell {
	char *text;
	const char *color;
};

struct output_table {
	struct output_options opt;
	struct array columns; /* of struct column */
	struct array cells;   /* of struct cell, row by row */
	bool wraps_last;
};

struct output_table *
output_table_new(const struct output_options *opt)
{
	struct output_table *t = xcalloc(1, sizeof(*t));

	t->opt = *opt;
	return t;
}

void
output_table_free(struct output_table *t)
{
	struct cell *cells;
	size_t i;

	if (t == NULL)
		return;
	cells = t->cells.at;
	for (i = 0; i < t->cells.n; i++)
		free(cells[i].text);
	array_done(&t->cells);
	array_done(&t->columns);
	free(t);
}

void
output_table_add_column(
    struct output_table *t, const char *title, bool right, int shrink)
{
	struct column *c = array_add(&t->columns, sizeof(*c));

	c->title = title;
	c->right = right;
	output_fit(title, SIZE_MAX, &c->width);
	c->is_left_out = shrink == OUTPUT_IF_ANY;
	c->leave = shrink < 0 && !c->is_left_out ? -shrink : 0;
	c->min = shrink > 0 ? (size_t)shrink : SIZE_MAX;
	if (c->min < c->width)
		c->min = c->width;
}

void
output_table_add_cell(
    struct output_table *t, const char *text, const char *color)
{
	struct column *columns = t->columns.at;
	size_t column = t->cells.n % t->columns.n, width;
	struct cell *cell = array_add(&t->cells, sizeof(*cell));

	cell->text = xstrdup(text);
	cell->color = color;
	if (strcmp(text, "0") != 0 && strcmp(text, "-") != 0)
		columns[column].is_left_out = false;
	output_fit(text, SIZE_MAX, &width);
	if (columns[column].width < width)
		columns[column].width = width;
}

void
output_table_wrap_last(struct output_table *t)
{
	t->wraps_last = true;
}

/* Return what the table may take: in a pipe, only foreign text is cut. */
static size_t
max_width(const struct output_table *t)
{
	return t->opt.fitted ? t->opt.width : LIMIT_SHOWN;
}

/*
 * Return the width of the table if the columns that can be cut are cut to at
 * most so many columns of the terminal.
 */
static size_t
needed(const struct output_table *t, size_t most)
{
	const struct column *columns = t->columns.at;
	size_t i, total = 0, width;

	for (i = 0; i < t->columns.n; i++) {
		if (columns[i].is_left_out)
			continue;
		width = columns[i].width;
		if (width > most && columns[i].min < width)
			width = columns[i].min > most ? columns[i].min : most;
		total += width + 1; /* with a space between */
	}
	return total > 0 ? total - 1 : 0;
}

/* It is better to cut names a little than to lose a column, but not a lot. */
static void
leave_columns_out(struct output_table *t)
{
	struct column *columns = t->columns.at, *first;
	size_t i;

	while (needed(t, READABLE) > max_width(t)) {
		first = NULL;
		for (i = 0; i < t->columns.n; i++)
			if (columns[i].leave > 0 && !columns[i].is_left_out &&
			    (first == NULL || columns[i].leave < first->leave))
				first = &columns[i];
		if (first == NULL)
			return;
		first->is_left_out = true;
	}
}

/* Return the least width of a column; in need, foreign words are cut too. */
static size_t
least(const struct column *c, bool is_last_resort)
{
	return is_last_resort && !c->right && c->min > READABLE ? READABLE
	                                                        : c->min;
}

/* Take from the widest column that can give until all fit. */
static void
shrink_columns(struct output_table *t, bool is_last_resort)
{
	struct column *columns = t->columns.at, *widest;
	size_t i, total = needed(t, SIZE_MAX);

	while (total > max_width(t)) {
		widest = NULL;
		for (i = 0; i < t->columns.n; i++)
			if (!columns[i].is_left_out &&
			    columns[i].width >
			        least(&columns[i], is_last_resort) &&
			    (widest == NULL ||
			        columns[i].width > widest->width))
				widest = &columns[i];
		if (widest == NULL)
			return;
		widest->width--;
		total--;
	}
}

/* Cut a cell that is too wide, and mark the cut. */
static void
cut_cell(const struct output_table *t, struct cell *cell, size_t max)
{
	const char *mark = t->opt.ascii ? "~" : "\xe2\x80\xa6";
	size_t n = strlen(cell->text), width;
	char *text;

	if (output_fit(cell->text, max, &width) == n)
		return;
	n = output_fit(cell->text, max - 1, &width);
	xasprintf(&text, "%.*s%s", (int)n, cell->text, mark);
	free(cell->text);
	cell->text = text;
}

/* The last column that is shown. */
static size_t
last_column(const struct output_table *t)
{
	const struct column *c = t->columns.at;
	size_t k = t->columns.n;

	while (k > 1 && c[k - 1].is_left_out)
		k--;
	return k - 1;
}

/* Cut what is too wide, and let each column be no wider than what is left. */
static void
fit_cells(struct output_table *t)
{
	struct column *c = t->columns.at;
	struct cell *cells = t->cells.at;
	const size_t last = last_column(t);
	size_t i, k, width;

	for (k = 0; k < t->columns.n; k++) {
		if (c[k].is_left_out)
			continue;
		output_fit(c[k].title, SIZE_MAX, &c[k].shown);
		for (i = k; i < t->cells.n; i += t->columns.n) {
			if (k == last && t->wraps_last)
				continue;
			cut_cell(t, &cells[i], c[k].width);
			output_fit(cells[i].text, SIZE_MAX, &width);
			if (c[k].shown < width)
				c[k].shown = width;
		}
	}
}

/* Spaces go before a number and after a word, but for the last column. */
static void
print_cell(const struct output_table *t, const struct column *c,
    const char *text, const char *color, bool is_last)
{
	size_t width;
	int before, after;

	output_fit(text, SIZE_MAX, &width);
	before = c->right ? (int)(c->shown - width) : 0;
	after = c->right || is_last ? 0 : (int)(c->shown - width);
	if (!t->opt.color)
		color = NULL;
	fprintf(t->opt.stream, "%s%*s%s%*s%s%c", color != NULL ? color : "",
	    before, "", text, after, "", color != NULL ? "\033[0m" : "",
	    is_last ? '\n' : ' ');
}

/* Print the last cell of a row, which begins at the column start. */
static void
print_lines(const struct output_table *t, const struct column *c,
    const struct cell *cell, size_t start)
{
	const char *rest = cell->text;
	size_t n, end, width;
	char *line;

	for (;;) {
		n = output_fit(rest, c->width, &width);
		if (rest[n] == '\0' || n == 0)
			break;
		for (end = n; end > 0 && rest[end] != ' ';)
			end--;
		if (end == 0) /* a word that is wider than the column */
			end = n;
		line = xstrndup(rest, end);
		print_cell(t, c, line, cell->color, true);
		free(line);
		rest += end;
		rest += strspn(rest, " ");
		fprintf(t->opt.stream, "%*s", (int)start, "");
	}
	print_cell(t, c, rest, cell->color, true);
}

void
output_table_print(struct output_table *t)
{
	const struct column *columns = t->columns.at;
	const struct cell *cells = t->cells.at;
	size_t i, k, last, start = 0;

	leave_columns_out(t);
	shrink_columns(t, false);
	shrink_columns(t, true);
	fit_cells(t);
	last = last_column(t);
	for (k = 0; k < last; k++)
		if (!columns[k].is_left_out)
			start += columns[k].shown + 1;
	for (k = 0; k <= last; k++)
		if (!columns[k].is_left_out)
			print_cell(
			    t, &columns[k], columns[k].title, NULL, k == last);
	for (i = 0; i < t->cells.n; i += t->columns.n)
		for (k = 0; k <= last; k++)
			if (columns[k].is_left_out)
				continue;
			else if (k == last && t->wraps_last)
				print_lines(
				    t, &columns[k], &cells[i + k], start);
			else
				print_cell(t, &columns[k], cells[i + k].text,
				    cells[i + k].color, k == last);
}
