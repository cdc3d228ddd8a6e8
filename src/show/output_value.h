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

/* Text for a table: safe to print, and of a width that can be known. */
void output_add_safe(const struct output_options *, struct buf *, const char *);

/* The text, with U-labels in its domain names where people may see them. */
void output_add_names(struct buf *, const char *text);

/* What a person sees of a value; "-" if there is none. */
void output_add_shown(const struct output_options *, struct buf *,
    enum output_kind, const struct query_value *);

/* The escape sequence of the colour it has in a table, or NULL. */
const char *output_color(enum output_kind, const struct query_value *);

/*
 * A CSV field.  Text is safe to print and quoted; text that a spreadsheet
 * would take for a formula gets a ' before it.
 */
void output_add_csv(struct buf *, enum output_kind, const struct query_value *);

/*
 * A JSON value.  Control and other unsafe characters are escaped, also within
 * text that is JSON already.
 */
void output_add_json(
    struct buf *, enum output_kind, const struct query_value *);

#endif
