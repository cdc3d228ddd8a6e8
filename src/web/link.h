/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things that a page names are shown.  What is linked can be asked for: a
 * name that no URL has room for, or that is not one of a page, has no link.
 */
#ifndef RUAD_WEB_LINK_H
#define RUAD_WEB_LINK_H

#include "web/ask.h"

/* As html_links has them: data is a struct ask. */
bool link_add_url(const void *data, struct buf *, enum html_target,
    const char *domain, const char *name);
bool link_add_days_url(const void *data, struct buf *, enum html_days,
    const char *domain, int64_t first, int64_t last);

/*
 * Add what the cell of a column leads to, by its name and the row at hand;
 * false: nothing.
 */
bool link_add_cell_url(
    const struct ask *, struct buf *, struct query *, const char *column);

#endif
