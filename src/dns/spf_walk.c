/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "dns/spf_walk.h"

/* These are told of all records together, and always. */
static bool
is_of_all(enum spf_problem_kind kind)
{
	return kind == SPF_P_LOOKUPS || kind == SPF_P_NEAR ||
	    kind == SPF_P_VOIDS || kind == SPF_P_CUT;
}

struct spf_problem *
spf_walk_problem(struct spf_walk *w, enum spf_problem_kind kind,
    const struct spf_record *r, const struct spf_term *t)
{
	struct spf_problem *p = &w->untold;

	if (w->problems.n < SPF_MAP_PROBLEMS ||
	    (is_of_all(kind) && w->problems.n < 2 * SPF_MAP_PROBLEMS))
		p = array_add(&w->problems, sizeof(*p));
	else
		w->is_cut = true;
	*p = (struct spf_problem) { .kind = kind, .record = r, .term = t };
	return p;
}

bool
spf_walk_goes_on(const struct spf_walk *w)
{
	if (w->judge != NULL)
		return !w->judge->decided && w->judge->leaving == 0;
	return w->ops.n < SPF_STEPS && w->nranges < SPF_RANGES;
}

static void
count(struct spf_walk *w, const struct spf_op *op)
{
	if (op->step == SPF_LOOKUP)
		w->lookups++;
	if (op->step == SPF_VOID && (op->families & SPF_IPV4) != 0)
		w->voids4++;
	if (op->step == SPF_VOID && (op->families & SPF_IPV6) != 0)
		w->voids6++;
	if (op->step == SPF_RANGE)
		w->nranges++;
	if (op->step == SPF_MAYBE || op->step == SPF_MYSTERY)
		w->has_unknown = true;
}

void
spf_walk_add(struct spf_walk *w, struct spf_op op)
{
	struct spf_op *copy;

	count(w, &op);
	if (w->judge != NULL) {
		copy = arena_alloc(w->arena, sizeof(*copy));
		*copy = op;
		spf_judge_step(w->judge, copy);
	} else {
		*(struct spf_op *)array_add(&w->ops, sizeof(op)) = op;
	}
}

void
spf_walk_step(struct spf_walk *w, struct spf_place at, enum spf_step step,
    uint8_t families)
{
	spf_walk_add(w,
	    (struct spf_op) { .step = (uint8_t)step,
	        .families = families,
	        .result = at.term != NULL ? (uint8_t)at.term->result
	                                  : SPF_NEUTRAL,
	        .record = at.record,
	        .term = at.term });
}

struct spf_problem *
spf_walk_end(struct spf_walk *w, struct spf_place at, uint8_t families,
    enum spf_result result, enum spf_problem_kind kind)
{
	struct spf_problem *p = spf_walk_problem(w, kind, at.record, at.term);

	spf_walk_add(w,
	    (struct spf_op) { .step = SPF_END,
	        .families = families,
	        .result = (uint8_t)result,
	        .record = at.record,
	        .term = at.term,
	        .why = (uint8_t)kind });
	return p;
}

/* What a map may ask: so many different questions. */
static bool
may_ask(struct spf_walk *w, enum dns_type type, const char *name)
{
	char key[DNS_NAME + 8];
	int n;

	if (w->judge != NULL)
		return true;
	n = snprintf(key, sizeof(key), "%d %s", (int)type, name);
	if (!map_has(&w->asked, key, (size_t)n) &&
	    w->asked.keys.n >= SPF_MAP_QUESTIONS) {
		w->is_cut = true;
		return false;
	}
	map_number(&w->asked, key, (size_t)n);
	return true;
}

const struct dns_answer *
spf_walk_ask(struct spf_walk *w, struct spf_place at, uint8_t families,
    enum dns_type type, const char *name)
{
	static const struct dns_answer cut = { .status = DNS_OK,
		.is_cut = true };

	spf_walk_step(w, at, SPF_ASK, families);
	if (!spf_walk_goes_on(w))
		return NULL;
	return may_ask(w, type, name) ? dns_ask(w->source, type, name) : &cut;
}

struct spf_problem *
spf_walk_failed(struct spf_walk *w, struct spf_place at, uint8_t families,
    enum dns_type type, const char *name, const struct dns_answer *answer)
{
	struct spf_problem *p;
	const char *why = answer->failure != NULL ? answer->failure
	                                          : "did not answer";

	p = spf_walk_end(w, at, families, SPF_TEMPERROR,
	    answer->status == DNS_FAILED ? SPF_P_FAILED : SPF_P_CUT);
	p->type = type;
	p->name = arena_strndup(w->arena, name, strlen(name));
	if (answer->status == DNS_FAILED) {
		p->failure = arena_strndup(w->arena, why, strlen(why));
		w->failed = true;
	}
	return p;
}
