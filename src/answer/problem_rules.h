/* SPDX-License-Identifier: BSD-2-Clause */
/* When something is a problem: a question for each kind. */
#ifndef RUAD_ANSWER_PROBLEM_RULES_H
#define RUAD_ANSWER_PROBLEM_RULES_H

/*
 * By enum problem_kind, NULL where it is not one question of the database.  A
 *row is a problem: class, subject, detail, n, of, n_before and of_before, as in
 * struct problem.
 *
 *	?1, ?2  the first and the last day
 *	?3      a domain, or NULL
 *	?4      the first of the days before
 *	?5      seconds after which a mailbox is late
 *	?6, ?7  from when to when (not included) messages came
 *	?8      from when on reports came
 *	?9      the domains of SCOPE_WITH
 */
extern const char *const problem_rules[];

/* The figures of PROBLEM_COMPLIANCE, fell it or not: domain, pass, messages. */
extern const char problem_shares_sql[];

#endif
