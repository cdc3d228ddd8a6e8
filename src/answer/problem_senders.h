/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The problems that only the list of senders can see: domains at p=reject that
 * lose own mail, and senders whose mail passed before and stopped passing.
 */
#ifndef RUAD_ANSWER_PROBLEM_SENDERS_H
#define RUAD_ANSWER_PROBLEM_SENDERS_H

#include <stdint.h>

#include "answer/problem.h"
#include "answer/ready.h"
#include "base/err.h"
#include "store/query.h"

/*
 * Add those of the kinds PROBLEM_AT_RISK and PROBLEM_STOPPED that the question
 * asks for, in this order, with all but their word.  A domain is judged by the
 * days that a verdict looks at; what stopped must have come in the period.  Of
 * any day: in the week up to the newest report, if that is not over yet.
 */
int problem_senders_load(struct problem_list *, struct query_db *,
    const struct problem_question *, struct err *);

/*
 * Add what stopped, from a list that is there already, all but its word: of
 * what came on one of these days, as in struct sender_days.
 */
void problem_senders_find_stopped(
    struct problem_list *, const struct sender_list *, uint64_t recent);

#endif
