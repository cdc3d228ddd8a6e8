/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a verdict rests on one reporter.  Anybody can mail a report, and one
 * of a billion messages that pass makes any share of unknown mail small.
 */
#ifndef RUAD_ANSWER_READY_MOST_H
#define RUAD_ANSWER_READY_MOST_H

#include "answer/ready.h"
#include "base/buf.h"
#include "base/err.h"
#include "store/query.h"

/*
 * For each domain that is ready for something, although some mail is unknown,
 * look for the reporter of the most messages, and set most if too much would be
 * unknown without its reports.  period: that of the list.
 */
int ready_most_find(struct ready_list *, struct query_db *,
    const struct period *, struct err *);

/* Add that, in sentences; nothing if most is NULL. */
void ready_most_add(struct buf *, const struct ready *);

#endif
