/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reports in the database have of a message that is explained. */
#ifndef RUAD_ANSWER_EXPLAIN_REPORTS_H
#define RUAD_ANSWER_EXPLAIN_REPORTS_H

#include "answer/explain_answer.h"
#include "store/query.h"

#define EXPLAIN_REPORT_DAYS 30

/*
 * Add notes about the address that it came from to its receiver and the domain
 * in From:, in the days before now, and about whether that receiver reports at
 * all; none about a domain that no report is about.  What the policy's domain
 * has counts for its subdomains, too.
 */
int explain_reports_add(struct explain_answer *, const struct explain_facts *,
    struct query_db *, int64_t now, struct err *);

#endif
