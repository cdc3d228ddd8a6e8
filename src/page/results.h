/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages over time, by how they passed DMARC: two charts and their figures.
 */
#ifndef RUAD_PAGE_RESULTS_H
#define RUAD_PAGE_RESULTS_H

#include <stdint.h>

#include "page/counts.h"
#include "page/html.h"
#include "page/timeline.h"

/* Return the messages of a column. */
int64_t results_sum(const int64_t column[static COUNTS_RESULTS]);

/* Write them for the days of a domain (NULL: all), once on a page. */
void results_write(struct html *, const struct timeline *, const char *domain,
    const int64_t (*results)[COUNTS_RESULTS]);

#endif
