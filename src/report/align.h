/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two domains are aligned in the sense of DMARC, and whether a record
 * can be what its reporter says.  The organizational domain comes from libpsl's
 * builtin list: no file, no DNS.  Pure; the domains may come from anybody.
 */
#ifndef RUAD_REPORT_ALIGN_H
#define RUAD_REPORT_ALIGN_H

#include <stdbool.h>

#include "report/report.h"

/*
 * Strict: the same domain.  Relaxed: the same organizational domain.  Case and
 * a final dot do not count.  NULL and "" are aligned with nothing; addresses,
 * single labels, public suffixes and names that are not ASCII only with
 * themselves.
 */
bool align_domains(const char *, const char *, bool strict);

/* The organizational domain; false: it has none. */
#define ALIGN_DOMAIN 254
bool align_organization(const char *, char out[static ALIGN_DOMAIN]);

/*
 * Whether a name is the domain or below it.  Both in lower case, without a
 * final dot.
 */
bool align_is_within(const char *name, const char *domain);

/* What the policy says of alignment; all zero: not known yet. */
struct align_policy {
	const char *domain; /* lower case, no final dot; NULL: not known */
	bool dkim_strict;
	bool spf_strict;
};

enum align_verdict {
	ALIGN_UNKNOWN, /* nothing listed, or it depends on what we cannot see */
	ALIGN_FAIL,
	ALIGN_PASS,
};

/* The aligned results again, from nothing but the record's auth results. */
struct alignment {
	enum align_verdict dkim;
	enum align_verdict spf;
};

void align_record(
    const struct record *, const struct align_policy *, struct alignment *);

/* record_cause(), by the recomputed results where the reporter gave none. */
const char *align_cause(const struct record *, const struct alignment *);

/* Whether the reporter's aligned results cannot follow from what it lists. */
bool align_is_mismatch(const struct record *, const struct alignment *);

#endif
