/* SPDX-License-Identifier: BSD-2-Clause */
#include <arpa/inet.h>
#include <string.h>

#include "dns/spf_judge.h"

struct spf_address
spf_address(const char *text)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct spf_address a = { 0 };

	if (inet_pton(AF_INET, text, a.ip) == 1) {
		a.family = SPF_IPV4;
	} else if (inet_pton(AF_INET6, text, a.ip) == 1) {
		a.family = SPF_IPV6;
		if (memcmp(a.ip, mapped, sizeof(mapped)) == 0) {
			a.family = SPF_IPV4;
			memmove(a.ip, a.ip + sizeof(mapped), 4);
			memset(a.ip + 4, 0, sizeof(mapped));
		}
	}
	return a;
}

void
spf_judge_begin(struct spf_judge *j, const struct spf_address *a)
{
	memset(j, 0, sizeof(*j));
	j->address = *a;
	j->result = SPF_NEUTRAL;
	j->limit = SPF_PROBLEMS;
}

static void
decide(struct spf_judge *j, enum spf_result result, const struct spf_op *by)
{
	j->decided = true;
	j->result = result;
	j->by = by;
}

static void
stop(struct spf_judge *j, enum spf_problem_kind limit, const struct spf_op *by)
{
	j->limit = limit;
	decide(j, limit == SPF_P_QUESTIONS ? SPF_TEMPERROR : SPF_PERMERROR, by);
}

/*
 * A match within includes: the innermost matches if the result is a pass, and
 * then gives that of its qualifier to the one around it (5.2).  Returns how
 * deep that ends: 0 is the result of all, others end that include without a
 * match.
 */
static int
climb(const struct spf_judge *j, enum spf_result *result)
{
	int depth = j->depth;

	while (depth > 0 && *result == SPF_PASS)
		*result = j->within[--depth]->result;
	return depth;
}

static void
match(struct spf_judge *j, const struct spf_op *op)
{
	enum spf_result result = op->result;
	int depth = climb(j, &result);

	if (depth == 0)
		decide(j, result, op);
	else
		j->leaving = depth;
}

/* What a match would make of it. */
static void
may_match(struct spf_judge *j, const struct spf_op *op)
{
	enum spf_kind kind = op->term->kind;
	enum spf_result result = op->result;

	if (climb(j, &result) != 0)
		j->may_be_anything = true;
	else
		j->may_be |= (uint8_t)(1 << result);
	/* mx and ptr look up several names. */
	j->maybe_voids += kind == SPF_MX || kind == SPF_PTR ? SPF_NAMES : 1;
}

void
spf_judge_step(struct spf_judge *j, const struct spf_op *op)
{
	if ((op->families & j->address.family) == 0)
		return;
	switch ((enum spf_step)op->step) {
	case SPF_LOOKUP:
		if (++j->lookups > SPF_LOOKUPS)
			stop(j, SPF_P_LOOKUPS, op);
		break;
	case SPF_ASK:
		if (++j->questions > SPF_QUESTIONS)
			stop(j, SPF_P_QUESTIONS, op);
		break;
	case SPF_VOID:
		if (++j->voids > SPF_VOIDS)
			stop(j, SPF_P_VOIDS, op);
		break;
	case SPF_RANGE:
		if (spf_in_range(&j->address, op))
			match(j, op);
		break;
	case SPF_MAYBE:
		may_match(j, op);
		break;
	case SPF_MYSTERY:
		j->may_be_anything = true;
		break;
	case SPF_END:
		decide(j, op->result, op);
		break;
	case SPF_ENTER:
		j->within[j->depth++] = op;
		break;
	case SPF_LEAVE:
		if (j->leaving == j->depth)
			j->leaving = 0;
		j->depth--;
		break;
	}
}

bool
spf_judge_doubts(const struct spf_judge *j)
{
	if (j->may_be_anything || (j->may_be & ~(1 << j->result)) != 0)
		return true;
	return j->maybe_voids > 0 && j->result != SPF_PERMERROR &&
	    j->voids + j->maybe_voids > SPF_VOIDS;
}
