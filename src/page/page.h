/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The HTML report: a page that needs nothing but itself.
 */
#ifndef RUAD_PAGE_PAGE_H
#define RUAD_PAGE_PAGE_H

#include "answer/period.h"
#include "base/buf.h"
#include "base/err.h"
#include "page/html.h"
#include "store/query.h"

#define PAGE_DAYS 90 /* unless others are chosen */

/*
 * Append the page about a domain (NULL: all of them) and the days that were
 * chosen (else PAGE_DAYS).  It begins a transaction that ends when db is
 * closed.
 */
int page_write(struct buf *, struct query_db *, const struct period_choice *,
    const char *domain, struct err *);

/*
 * Write what is in that page: links to its panels, <main> and the panels, but
 * reports of single messages only if they may be shown.  What is around it, and
 * the transaction, are the caller's.
 */
int page_write_body(struct html *, struct query_db *,
    const struct period_choice *, const char *domain, bool has_failures,
    struct err *);

#endif
