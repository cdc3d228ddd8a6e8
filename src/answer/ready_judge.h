/* SPDX-License-Identifier: BSD-2-Clause */
/* The verdict on a domain, and how risky a sign is.  Pure. */
#ifndef RUAD_ANSWER_READY_JUDGE_H
#define RUAD_ANSWER_READY_JUDGE_H

#include <stdbool.h>

#include "answer/ready.h"

/* Whether receivers are to apply p=reject to all mail. */
bool ready_is_in_force(const struct ready *);

/*
 * Return what is lost under a policy that is in force: without subdomains that
 * sp=none spares, but for those that np= refuses.
 */
int64_t ready_lost_now(const struct ready *);

/* Whether the policy is that of the organization of a subdomain. */
bool ready_is_inherited(const struct ready *);

/*
 * Return the policy of subdomains, if the record says one that is weaker than
 * reject; NULL: it does not.
 */
const char *ready_weak_below(const struct ready *);

/* Set verdict and is_thin by the rest. */
void ready_judge(struct ready *);

/*
 * Whether a policy could be published: 1 yes, 0 no, -1: it cannot be said, or
 * p=reject is in force.
 */
int ready_for_quarantine(const struct ready *);
int ready_for_reject(const struct ready *);

/* Whether so many percent of all messages are fewer than these. */
bool ready_is_more(int64_t messages, int percent, int64_t all);

/* How risky an unknown sender with these signs is: more is riskier. */
int ready_risk(unsigned int signs);

#endif
