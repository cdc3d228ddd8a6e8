/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk through records, see spf_judge.h: how its steps are made, what it asks
 * and what it finds wrong.  Private to src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_WALK_H
#define RUAD_DNS_SPF_WALK_H

#include "base/map.h"
#include "dns/spf_judge.h"
#include "dns/spf_syntax.h"

#define SPF_STEPS 20000       /* that spf_read() keeps */
#define SPF_MAP_QUESTIONS 300 /* different ones that spf_read() asks */
#define SPF_MAP_PROBLEMS 1000 /* that spf_read() tells of records */

struct spf_walk {
	const struct dns_source *source;
	struct arena *arena;
	uint8_t families;         /* that are asked for */
	struct spf_judge *judge;  /* NULL: ops are kept instead */
	uint32_t unknown;         /* macro letters that cannot be told */
	struct spf_macros macros; /* but domain and validated */
	struct array ops;         /* struct spf_op */
	struct array problems;    /* struct spf_problem */
	struct spf_problem untold;
	struct array records; /* struct spf_record * */
	size_t nranges;
	struct map asked; /* what a map asked, by type and name */
	int lookups, voids4, voids6, mx_names, ptr_names;
	bool is_cut, failed, has_unknown;
	/* The record whose exp= counts: the first, or of its redirect */
	const struct spf_record *top;
};

/* A term and its record; both NULL: before any. */
struct spf_place {
	struct spf_record *record;
	struct spf_term *term;
};

/* A new one, which moves with the next; one of too many is not told. */
struct spf_problem *spf_walk_problem(struct spf_walk *, enum spf_problem_kind,
    const struct spf_record *, const struct spf_term *);

/* Whether the next term is to be read. */
bool spf_walk_goes_on(const struct spf_walk *);

void spf_walk_add(struct spf_walk *, struct spf_op);
void spf_walk_step(
    struct spf_walk *, struct spf_place, enum spf_step, uint8_t families);

/* It ends here, because of this problem, to which more may be added. */
struct spf_problem *spf_walk_end(struct spf_walk *, struct spf_place,
    uint8_t families, enum spf_result, enum spf_problem_kind);

/* NULL: it was one question too many, which is told. */
const struct dns_answer *spf_walk_ask(struct spf_walk *, struct spf_place,
    uint8_t families, enum dns_type, const char *name);

/* It ends here: the answer is none, or there was too much of it. */
struct spf_problem *spf_walk_failed(struct spf_walk *, struct spf_place,
    uint8_t families, enum dns_type, const char *name,
    const struct dns_answer *);

#endif
