/* SPDX-License-Identifier: BSD-2-Clause */
/* What sources sent as a domain, day by day and reporter by reporter. */
#ifndef RUAD_ANSWER_SENDER_HISTORY_H
#define RUAD_ANSWER_SENDER_HISTORY_H

#include "answer/period.h"
#include "base/err.h"
#include "store/query.h"

/*
 * Prepare the question about sources, a JSON array of their ids in the database
 * (0: the reports' missing address).  A row for each day and reporter: day,
 * org_name, reports, and messages by how they passed: both, dkim, spf, fail.
 */
int sender_history_query(struct query **, struct query_db *,
    const struct period *, const char *domain, const char *ids, struct err *);

#endif
