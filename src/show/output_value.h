/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One value of the database in each of the forms of output.h.  The text in it
 * is foreign.
 */
#ifndef RUAD_SHOW_OUTPUT_VALUE_H
#define RUAD_SHOW_OUTPUT_VALUE_H

#include <stdbool.h>

#include "base/buf.h"
#include "show/output.h"

/* Add text to a table: safe to print, and of a width that can be known. */
void output_add_safe(const struct output_options *, struct buf *, const char *);

/* Add text, with U-labels in its domain names where these are safe. */
void output_add_names(struct buf *, const char *text);

/* Add a value as people see it; "-" if there is none. */
void output_add_shown(const struct output_options *, struct buf *,
    enum output_kind, const struct query_value *);

/* Return the escape sequence of its colour in a table, or NULL. */
const char *output_color(enum output_kind, const struct query_value *);

/* The same of a mark; NULL: none. */
const char *output_mark_color(enum output_mark);

/*
 * Add a CSV field.  Text is safe to print and quoted; text that a spreadsheet
 * would take for a formula gets a ' before it.
 */
void output_add_csv(struct buf *, enum output_kind, const struct query_value *);

/*
 * Add a JSON value.  Control and other unsafe characters are escaped, also
 * within text that is JSON already.
 */
void output_add_json(
    struct buf *, enum output_kind, const struct query_value *);

#endif
