/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A table for people: takes cells that are safe to print, makes the columns
 * fit the terminal and lets libsmartcols set them.
 */
#ifndef RUAD_SHOW_OUTPUT_TABLE_H
#define RUAD_SHOW_OUTPUT_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "show/output.h"

struct output_table;

struct output_table *output_table_new(const struct output_options *);
void output_table_free(struct output_table *);

/* All columns come before the first cell.  shrink as in output_column. */
void output_table_add_column(
    struct output_table *, const char *title, bool right, int shrink);

/* The next cell, row by row.  Text is copied; color is borrowed or NULL. */
void output_table_add_cell(
    struct output_table *, const char *text, const char *color);

int output_table_print(struct output_table *, struct err *);

#endif
