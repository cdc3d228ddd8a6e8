/* SPDX-License-Identifier: BSD-2-Clause */
/* What a reader must know before any figure: see answer/freshness.h. */
#ifndef RUAD_PAGE_BANNER_H
#define RUAD_PAGE_BANNER_H

#include "base/err.h"
#include "page/html.h"
#include "store/query.h"

/*
 * Write it about a domain (NULL: all); nothing if all is well.  A page without
 * reports says by itself which is the newest.
 */
int banner_write(struct html *, struct query_db *, const char *domain,
    bool has_reports, struct err *);

#endif
