/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of a question: as a table of the page, or as ruactl prints them for
 * programs, of the same columns (show/output.h).
 */
#ifndef RUAD_WEB_GRID_H
#define RUAD_WEB_GRID_H

#include "web/ask.h"

#define GRID_ROWS 100 /* of a page */

struct grid {
	const char *key;     /* of the rows in JSON; NULL: they are all of it */
	const char *caption; /* of the table */
	const char *empty;   /* a sentence instead of a table without rows */
	const struct output_column *columns;
	/*
	 * Add what the cell of a column leads to, by the row at hand, of which
	 * grid_text() knows; false: what link_add_cell_url() says.  NULL: the
	 * same.
	 */
	bool (*add_url)(
	    struct ask *, struct buf *, struct query *, const char *column);
	/* Columns that narrow windows can do without, each after a space. */
	const char *wide;
	bool is_paged; /* by view.from; else the first GRID_ROWS are shown */
};

/*
 * Write the rows; *n gets how many the question has, as far as they were
 * looked at, if n is not NULL.
 */
int grid_write(struct ask *, struct query *, const struct grid *, int64_t *n,
    struct err *);

/* Ask the table of show/table.h, and write its rows. */
int grid_ask(struct ask *, const struct table *, const struct grid *,
    int64_t limit, int64_t *n, struct err *);

/*
 * Write links to the rows before and after; n as grid_write() got it.  On a
 * day, where other rows are, too, to the page of them alone.
 */
void grid_write_pages(struct ask *, enum view_page alone, int64_t n);

/* The text of a column of the row at hand; NULL: none.  And a number. */
const char *grid_text(struct query *, const char *column);
int64_t grid_int(struct query *, const char *column);

/* Write the row at hand as a list of its values, or as ruactl does. */
int grid_fields(
    struct ask *, struct query *, const struct output_column *, struct err *);

#endif
