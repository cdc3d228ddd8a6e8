/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules of SPF in two steps.  The walk reads records in the order of RFC
 * 7208, 4.6, and makes steps of them: "this counts as a look-up", "these
 * addresses match".  The judge takes the steps one by one for one address, and
 * knows when it is decided.  spf_check() lets the judge take each step as the
 * walk makes it; spf_read() keeps the steps for spf_map_find().  Private to
 * src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_JUDGE_H
#define RUAD_DNS_SPF_JUDGE_H

#include <string.h>

#include "dns/spf.h"

#define SPF_IPV4 1
#define SPF_IPV6 2
#define SPF_BOTH (SPF_IPV4 | SPF_IPV6)

enum spf_step {
	SPF_LOOKUP,  /* a term that looks up */
	SPF_ASK,     /* a question to DNS */
	SPF_VOID,    /* it had no answer */
	SPF_RANGE,   /* matches these addresses */
	SPF_MAYBE,   /* may match, which the message decides */
	SPF_MYSTERY, /* may do anything, which the message decides */
	SPF_END,     /* the result is this one, whatever comes */
	SPF_ENTER,   /* an include begins */
	SPF_LEAVE,   /* it ends */
};

struct spf_op {
	uint8_t step;
	uint8_t families; /* it is for addresses of these */
	uint8_t prefix;   /* SPF_RANGE */
	/* SPF_RANGE, SPF_MAYBE, SPF_ENTER: if it matches; SPF_END: of all */
	uint8_t result;
	uint8_t ip[16];
	uint32_t next; /* SPF_ENTER: the number of the op after its end */
	uint8_t why;   /* SPF_END: enum spf_problem_kind */
	const struct spf_record *record;
	const struct spf_term *term;
};

struct spf_address {
	uint8_t family; /* 0: it is none */
	uint8_t ip[16];
};

/* Read an address; an IPv4-mapped one is of IPv4 (RFC 7208, 5). */
struct spf_address spf_address(const char *);

static inline bool
spf_in_range(const struct spf_address *a, const struct spf_op *op)
{
	size_t bytes = op->prefix / 8;
	int rest = op->prefix % 8;

	if ((op->families & a->family) == 0 ||
	    (bytes > 0 && a->ip[0] != op->ip[0]) ||
	    memcmp(a->ip, op->ip, bytes) != 0)
		return false;
	return rest == 0 || ((a->ip[bytes] ^ op->ip[bytes]) >> (8 - rest)) == 0;
}

struct spf_judge {
	struct spf_address address;
	int lookups, voids, questions;
	bool decided;
	enum spf_result result;
	/* What decided; NULL: nothing did */
	const struct spf_op *by;
	enum spf_problem_kind limit; /* SPF_PROBLEMS: it was no limit */
	/* Within which includes it is; the record of one that is left early is
	 * read no more. */
	int depth;
	int leaving; /* the include that is left; 0: none */
	const struct spf_op *within[SPF_DEPTH + 1];
	/* What terms that depend on the message may make of it. */
	int maybe_voids;
	bool may_be_anything;
	uint8_t may_be; /* a bit for each result */
};

void spf_judge_begin(struct spf_judge *, const struct spf_address *);
/* Take one step; op must live as long as the judge. */
void spf_judge_step(struct spf_judge *, const struct spf_op *);
/* Whether another result is possible. */
bool spf_judge_doubts(const struct spf_judge *);

#endif
