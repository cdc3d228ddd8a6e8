/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people see besides numbers: wrapped text, bars and sparklines, in ASCII
 * if the terminal does not know UTF-8.
 */
#ifndef RUAD_SHOW_OUTPUT_DRAW_H
#define RUAD_SHOW_OUTPUT_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "show/output.h"

/*
 * Return how many bytes of text, which is safe to print, fit into max columns
 * of the terminal; *width gets the columns they take.
 */
size_t output_fit(const char *text, size_t max, size_t *width);

/*
 * Add text, which is safe to print, as lines that end within the width; they
 * are broken at spaces, and from the second one on indented by hang columns
 * more than the first.  A longer word is broken only if the output is fitted.
 */
void output_add_lines(
    const struct output_options *, struct buf *, const char *text, size_t hang);

/*
 * Add one block for each value: the largest one is the highest, only 0 is the
 * lowest.  If there are more values than max, neighbours share a block.  The
 * text is what a query makes of days: "30 0:12 29:7" is 30 values, all 0 but
 * the first and the last.
 */
void output_add_spark_text(
    const struct output_options *, struct buf *, const char *);

/* Add a bar for a share of 0 to 1; only 1 looks full. */
void output_add_bar(
    const struct output_options *, struct buf *, double share, size_t width);

#endif
