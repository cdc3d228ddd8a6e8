/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts as rows to be shown. */
#ifndef RUAD_ANSWER_READY_ROWS_H
#define RUAD_ANSWER_READY_ROWS_H

#include "answer/ready.h"
#include "base/err.h"
#include "store/query.h"

/*
 * Prepare the domains as rows, in their order:
 *
 *	domain, policy, sp, np, pct, testing, policy_domain, days, reporters,
 *	messages, pass_pct, pass, fail, lost, suffers, stopped, unknown,
 *	like_own, verdict, title (for a table), thin, quarantine and reject
 *	(1: ready for it, 0: not, NULL: no answer), text (JSON: sentences),
 *	todo (JSON: objects of task, who, messages, addresses, signs, why, look,
 *	command)
 */
int ready_rows_query(struct query **, struct query_db *,
    const struct ready_list *, struct err *);

#endif
