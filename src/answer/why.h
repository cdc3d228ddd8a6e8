/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records of one kind in words: what was authenticated, whether that is
 * aligned with From:, and what to change.  All strings in it are foreign.
 */
#ifndef RUAD_ANSWER_WHY_H
#define RUAD_ANSWER_WHY_H

#include <stdbool.h>
#include <string.h>

#include "answer/prose.h"
#include "dns/dns.h"
#include "report/align.h"
#include "report/report.h"

/* One <reason> of the record. */
struct why_reason {
	const char *type;
	const char *comment;
	bool forwarding; /* by override.forwarding of the database */
	bool changed;    /* by override.changed */
};

struct why {
	const char *ip;     /* NULL: the report has none */
	const char *domain; /* of the policy */
	const char *policy; /* the p that was seen last, or NULL */
	const char *kind;   /* of the sender; NULL: nobody named it */
	/* Whom evidence names without the admin's word; NULL: it names none.
	 * Of one that the domain's own SPF record lists there is no name. */
	const char *who;
	bool in_own_spf; /* the domain's own SPF record lists it */
	bool in_include; /* it includes who */
	bool dkim_strict;
	bool spf_strict;
	/* What is known of DNS, for records to paste; NULL: nothing. */
	const struct dns_source *known;
	struct record record;       /* one of them, but for its overrides */
	struct array reasons;       /* of struct why_reason */
	struct alignment alignment; /* of what it lists */
};

/* Fill alignment from the rest. */
void why_align(struct why *);

/* Add what the report says of DKIM, SPF and reasons, a paragraph each. */
void why_add_evidence(struct prose *, const struct why *);

/* Add what to do, a paragraph for each thing, with its record; at least one. */
void why_add_advice(struct prose *, const struct why *);

/* Add what to do so that SPF passes for this domain, one paragraph. */
void why_add_spf_advice(
    struct prose *, const struct why *, const struct auth_spf *);

/* Whether a word of a report, which may be missing, is this one. */
static inline bool
why_is(const char *word, const char *other)
{
	return word != NULL && strcmp(word, other) == 0;
}

static inline bool
why_is_empty(const char *word)
{
	return word == NULL || *word == '\0';
}

#endif
