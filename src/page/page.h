/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTML report: a page that needs nothing but itself.
 */
#ifndef RUAD_PAGE_PAGE_H
#define RUAD_PAGE_PAGE_H

#include "answer/period.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/query.h"

/*
 * Append the page about a domain (NULL: all of them) and the days that were
 * chosen (else 90).  It begins a transaction that ends when db is closed.
 */
int page_write(struct buf *, struct query_db *, const struct period_choice *,
    const char *domain, struct err *);

#endif
