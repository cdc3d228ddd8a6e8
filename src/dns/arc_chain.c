/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/arc_chain.h"

#include <string.h>

#include "base/limits.h"

const char *const arc_status_words[] = {
	[ARC_CHAIN_NONE] = "none",
	[ARC_CHAIN_PASS] = "pass",
	[ARC_CHAIN_FAIL] = "fail",
	[ARC_CHAIN_UNKNOWN] = "unknown",
	NULL,
};

const char *const arc_reason_words[] = {
	[ARC_REASON_NONE] = "none",
	[ARC_REASON_SETS] = "sets",
	[ARC_REASON_CLOSED] = "closed",
	[ARC_REASON_CV] = "cv",
	[ARC_REASON_MESSAGE] = "message",
	[ARC_REASON_SEAL] = "seal",
	NULL,
};

/* One set, its instance being its place in the array and one. */
struct set {
	int nresults, nmessages, nseals;
	const struct explain_signature *seal;
	enum signature_result message_result, seal_result;
};

/* All sets; false: a field is of none of 1 to LIMIT_ARC_SETS. */
static bool
collect(const struct explain_header *h,
    const struct signature_verdict *verdicts, struct set *sets, int64_t *n)
{
	const struct explain_signature *s = h->signatures.at;
	const struct explain_authres *a = h->authres.at;
	bool are_good = true;
	struct set *set;
	int64_t k;
	size_t i;

	*n = 0;
	for (i = 0; i < h->signatures.n + h->authres.n; i++) {
		if (i < h->signatures.n) {
			if (strcmp(s[i].kind, "dkim") == 0)
				continue;
			k = s[i].instance;
		} else {
			if (strcmp(a[i - h->signatures.n].kind, "arc") != 0)
				continue;
			k = a[i - h->signatures.n].instance;
		}
		if (k < 1 || k > LIMIT_ARC_SETS) {
			are_good = false;
			continue;
		}
		*n = k > *n ? k : *n;
		set = &sets[k - 1];
		if (i >= h->signatures.n) {
			set->nresults++;
		} else if (strcmp(s[i].kind, "ams") == 0) {
			set->nmessages++;
			set->message_result = verdicts[i].result;
		} else {
			set->nseals++;
			set->seal = &s[i];
			set->seal_result = verdicts[i].result;
		}
	}
	return are_good;
}

/* Always false. */
static bool
fail(struct arc_chain *out, enum arc_reason reason, int64_t instance)
{
	out->status = ARC_CHAIN_FAIL;
	out->reason = reason;
	out->instance = instance;
	return false;
}

static bool
says(const struct set *set, const char *cv)
{
	return set->seal->cv != NULL && strcmp(set->seal->cv, cv) == 0;
}

/* Steps 2 and 3: what the newest seal says, and what the chain is made of. */
static bool
check_form(const struct set *sets, struct arc_chain *out)
{
	const struct set *newest = &sets[out->sets - 1];
	int64_t i;

	if (newest->nseals == 1 && says(newest, "fail"))
		return fail(out, ARC_REASON_CLOSED, out->sets);
	for (i = 1; i <= out->sets; i++)
		if (sets[i - 1].nresults != 1 || sets[i - 1].nmessages != 1 ||
		    sets[i - 1].nseals != 1)
			return fail(out, ARC_REASON_SETS, i);
	for (i = 1; i <= out->sets; i++)
		if (!says(&sets[i - 1], i == 1 ? "none" : "pass"))
			return fail(out, ARC_REASON_CV, i);
	return true;
}

/* SIGNATURE_EXPIRED and the like are a failure; some results are neither. */
static bool
check_result(enum signature_result result, enum arc_reason reason,
    int64_t instance, struct arc_chain *out)
{
	if (result == SIGNATURE_PASS)
		return true;
	/* What is not known does not hide a failure that is. */
	if (signature_is_unknown(result) && out->status == ARC_CHAIN_UNKNOWN)
		return true;
	out->result = result;
	fail(out, reason, instance);
	if (!signature_is_unknown(result))
		return false;
	out->status = ARC_CHAIN_UNKNOWN;
	return true;
}

void
arc_chain_judge(const struct explain_header *h,
    const struct signature_verdict *verdicts, struct arc_chain *out)
{
	struct set sets[LIMIT_ARC_SETS] = { 0 };
	int64_t i;
	bool are_good;

	*out = (struct arc_chain) { .result = SIGNATURE_PASS };
	are_good = collect(h, verdicts, sets, &out->sets);
	if (are_good && out->sets == 0)
		return;
	if (!are_good)
		fail(out, ARC_REASON_SETS, 0);
	if (!are_good || !check_form(sets, out)) {
		if (out->reason == ARC_REASON_SETS && h->is_cut)
			out->status = ARC_CHAIN_UNKNOWN;
		return;
	}
	out->status = ARC_CHAIN_PASS;
	for (i = out->sets;
	     i > 0 && sets[i - 1].message_result == SIGNATURE_PASS; i--)
		out->oldest_pass = i;
	if (!check_result(sets[out->sets - 1].message_result,
	        ARC_REASON_MESSAGE, out->sets, out))
		return;
	for (i = out->sets; i > 0; i--)
		if (!check_result(
		        sets[i - 1].seal_result, ARC_REASON_SEAL, i, out))
			return;
}
