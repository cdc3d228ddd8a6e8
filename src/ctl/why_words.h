/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of one kind in words: what was authenticated, whether that is
 * aligned with From:, and what to change.  All texts are foreign.
 */
#ifndef RUAD_CTL_WHY_WORDS_H
#define RUAD_CTL_WHY_WORDS_H

#include <stdbool.h>

#include "report/align.h"
#include "report/report.h"
#include "show/output.h"

/* One <reason> of the record. */
struct why_reason {
	const char *type;
	const char *comment;
	bool forwarding; /* by override.forwarding of the database */
	bool changed;    /* by override.changed */
};

struct why {
	const char *ip;
	const char *domain; /* of the policy */
	const char *policy; /* the p that was seen last, or NULL */
	const char *kind;   /* of the sender; NULL: nobody named it */
	bool dkim_strict;
	bool spf_strict;
	struct record record;       /* one of them, but for its overrides */
	struct array reasons;       /* of struct why_reason */
	struct alignment alignment; /* of what it lists */
};

/* Fill alignment from what else is there. */
void why_align(struct why *);

/* A paragraph each, all indented by so many columns. */
void why_say_evidence(struct output *, const struct why *, int indent);
void why_say_advice(struct output *, const struct why *, int indent);

#endif
