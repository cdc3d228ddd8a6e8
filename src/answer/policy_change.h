/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies that reports tell of for the first time. */
#ifndef RUAD_ANSWER_POLICY_CHANGE_H
#define RUAD_ANSWER_POLICY_CHANGE_H

/*
 * A question for policies that changed in the days from ?1 to ?2, ?4 of them at
 * most: domain, first_date, p, sp, np, adkim, aspf, pct, and before_p, of the
 * newest report before.  A policy changed if there are reports before, and none
 * of the RULE_POLICY_DAYS up to the newest of these told it: reporters keep a
 * record for a while, so that two policies are told of side by side, and what
 * comes back later has changed, too.
 */
extern const char policy_change_sql[];

#endif
