/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What people see beside numbers: wrapped text, bars and sparklines.  In ASCII
 * when the terminal knows nothing else.
 */
#ifndef RUAD_SHOW_OUTPUT_DRAW_H
#define RUAD_SHOW_OUTPUT_DRAW_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "show/output.h"

/*
 * The bytes of text, which is safe to print, that fit into max columns of the
 * terminal; *width gets the columns they take.
 */
size_t output_fit(const char *text, size_t max, size_t *width);

/*
 * Lines that end within the width, broken at spaces, from the second one on
 * indented by so many columns more than the first.  A longer word is broken on
 * a terminal and stands out elsewhere.  The text is safe to print.
 */
void output_add_lines(
    const struct output_options *, struct buf *, const char *text, size_t hang);

/*
 * One block a value, the largest one the highest; only 0 has the lowest.  Of
 * more values than max, neighbours share a block.
 */
void output_add_spark(const struct output_options *, struct buf *,
    const double *values, size_t n, size_t max);

/*
 * The same from what a query makes of days: "30 0:12 29:7" is 30 values, all
 * 0 but the first and the last.
 */
void output_add_spark_text(
    const struct output_options *, struct buf *, const char *);

/* A share of 0 to 1; what is not all never looks full. */
void output_add_bar(
    const struct output_options *, struct buf *, double share, size_t width);

#endif
