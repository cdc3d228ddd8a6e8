/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table for people.  Takes cells that are safe to print, makes the columns
 * fit the terminal, and sets them: words to the left, numbers to the right, one
 * space between.
 */
#ifndef RUAD_SHOW_OUTPUT_TABLE_H
#define RUAD_SHOW_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "show/output.h"

struct output_table;

struct output_table *output_table_new(const struct output_options *);
void output_table_free(struct output_table *);

/* All columns come before the first cell.  shrink as in output_column. */
void output_table_add_column(
    struct output_table *, const char *title, bool right, int shrink);

/*
 * The next cell, row by row.  The text is copied.  The color is borrowed: the
 * escape sequence that begins it, or NULL.
 */
void output_table_add_cell(
    struct output_table *, const char *text, const char *color);

/*
 * Break the text of the last column into lines if it is too wide; without this
 * it is cut.
 */
void output_table_wrap_last(struct output_table *);

/* Errors of writing stay in the stream. */
void output_table_print(struct output_table *);

#endif
