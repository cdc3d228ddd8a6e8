/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_judge.h"

#include <string.h>

static bool
is_policy(const char *policy, const char *word)
{
	return policy != NULL && strcmp(policy, word) == 0;
}

bool
ready_is_in_force(const struct ready *r)
{
	return is_policy(r->policy, "reject") && r->pct >= 100 &&
	    !r->is_testing;
}

bool
ready_is_inherited(const struct ready *r)
{
	const size_t n = strlen(r->domain), of = strlen(r->policy_domain);

	return n > of && strcmp(r->domain + n - of, r->policy_domain) == 0;
}

const char *
ready_weak_below(const struct ready *r)
{
	return strcmp(r->domain, r->policy_domain) == 0 &&
	        (is_policy(r->sp, "none") || is_policy(r->sp, "quarantine"))
	    ? r->sp
	    : NULL;
}

bool
ready_is_more(int64_t messages, int percent, int64_t all)
{
	return 100.0 * (double)messages > (double)percent * (double)all;
}

int64_t
ready_lost_now(const struct ready *r)
{
	return is_policy(ready_weak_below(r), "none")
	    ? r->lost - r->below.failed[SOURCE_KNOWN] + r->refused_below
	    : r->lost;
}

static enum ready_verdict
judge_in_force(const struct ready *r)
{
	if (ready_lost_now(r) > 0)
		return READY_AT_RISK;
	return r->like_own > 0 ? READY_CHECK_UNKNOWN : READY_PROTECTED;
}

static enum ready_verdict
judge(const struct ready *r)
{
	if (r->lost > 0)
		return READY_FIX_SENDERS;
	if (r->unknown > 0 && !r->has_known)
		return READY_NAME_SENDERS;
	if (r->like_own > 0 ||
	    ready_is_more(
	        r->unknown, RULE_UNKNOWN_QUARANTINE_PERCENT, r->messages))
		return READY_CHECK_UNKNOWN;
	if (ready_is_more(r->unknown, RULE_UNKNOWN_PERCENT, r->messages) ||
	    ready_is_more(r->suffers, RULE_FORWARDED_PERCENT, r->messages))
		return READY_QUARANTINE;
	return READY_YES;
}

void
ready_judge(struct ready *r)
{
	const bool is_little = r->days < RULE_MIN_DAYS ||
	    r->reporters < RULE_MIN_REPORTERS;

	r->is_thin = is_little && r->is_old;
	if (is_little && !r->is_old)
		r->verdict = READY_TOO_LITTLE;
	else if (ready_is_in_force(r))
		r->verdict = judge_in_force(r);
	else
		r->verdict = judge(r);
}

int
ready_for_quarantine(const struct ready *r)
{
	if (r->verdict == READY_TOO_LITTLE || ready_is_in_force(r))
		return -1;
	return r->verdict == READY_QUARANTINE || r->verdict == READY_YES;
}

int
ready_for_reject(const struct ready *r)
{
	if (r->verdict == READY_TOO_LITTLE || ready_is_in_force(r))
		return -1;
	return r->verdict == READY_YES;
}

int
ready_risk(unsigned int signs)
{
	static const int risks[SENDER_SIGNS] = {
		[SENDER_SIGN_RECORD] = 12,
		[SENDER_SIGN_STOPPED] = 10,
		[SENDER_SIGN_NETWORK] = 8,
		[SENDER_SIGN_NAME] = 6,
		[SENDER_SIGN_SERVICE] = 4,
		[SENDER_SIGN_REGULAR] = 1,
		[SENDER_SIGN_ENVELOPE] = 2,
	};
	int i, sum = 0;

	for (i = 0; i < SENDER_SIGNS; i++)
		if ((signs & SENDER_SIGN_BIT(i)) != 0)
			sum += risks[i];
	return sum;
}
