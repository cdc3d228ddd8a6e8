/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which DMARC record applies to a domain, and which organization it is of: by
 * the walk through DNS of RFC 9989, 4.10, and as RFC 7489, 6.6.3 had it, with
 * the list of public suffixes.  Pure but for the questions to the source.
 */
#ifndef RUAD_DNS_DMARC_FIND_H
#define RUAD_DNS_DMARC_FIND_H

#include "dns/dmarc_record.h"
#include "dns/dns.h"

/* What was asked about one name, and what came. */
struct dmarc_step {
	const char *domain;              /* lower case, no final dot */
	const char *name;                /* "_dmarc." and the domain */
	const struct dns_answer *answer; /* its status, failure, canonical */
	/* Each TXT record, of whatever kind: see record.version */
	size_t n;
	const struct dmarc_record *records;
	size_t ngood; /* with TAG_VERSION_OK; all are discarded if not 1 */
	const struct dmarc_record *record; /* the only good one, or NULL */
};

#define DMARC_WALK 8 /* queries at most (RFC 9989, 4.10) */

enum dmarc_place {
	DMARC_AT_NONE,         /* no record applies */
	DMARC_AT_DOMAIN,       /* the domain's own */
	DMARC_AT_ORGANIZATION, /* of the organizational domain above it */
	DMARC_AT_SUFFIX,       /* of the public suffix domain (RFC 9989) */
	DMARC_AT_UNKNOWN,      /* a step failed: cannot tell */
};

extern const char *const dmarc_place_words[]; /* NULL ends them */

enum dmarc_answer {
	DMARC_NO,
	DMARC_YES,
	DMARC_CANNOT_TELL, /* DNS did not answer */
};

struct dmarc_way {
	size_t nsteps; /* in the order asked; the last one may have failed */
	struct dmarc_step steps[DMARC_WALK];
	/* The step that failed, after which nothing was asked; or NULL. */
	const struct dmarc_step *failed;
	/*
	 * The organizational domain; NULL: cannot tell.  Of a public suffix,
	 * and of what has none, it is the domain itself.
	 */
	const char *organization;
	enum dmarc_place place;
	const struct dmarc_step *found; /* its step; NULL: none, or unknown */
	/* Its reading by this RFC; NULL as found is. */
	const struct dmarc_reading *reading;
	/*
	 * What applies to failing mail with the domain in From:.  DMARC_ABSENT:
	 * nothing, for want of a record that is used, or cannot tell (place or
	 * exists is unknown).
	 */
	enum dmarc_policy policy;
	const char *tag; /* where it is from: "p", "sp", "np"; or NULL */
	/* The same with t=y heeded: one level less. */
	enum dmarc_policy acts_as;
};

/* It points into itself: not to be copied. */
struct dmarc_discovery {
	const char *domain;    /* as asked, lower case, no final dot */
	struct dmarc_way walk; /* RFC 9989 */
	struct dmarc_way list; /* RFC 7489 */
	/*
	 * Whether there is such a name at all (RFC 9989, 3.2.13), asked only if
	 * a record above it applies; otherwise DMARC_YES.
	 */
	enum dmarc_answer exists;
};

/*
 * Find both; all memory is the arena's, answers are the source's.  Return
 * false, and leave out as it is, if the domain is none (dns_is_name()).
 */
bool dmarc_find(const struct dns_source *, const char *domain, struct arena *,
    struct dmarc_discovery *out);

/*
 * The organizational domain of RFC 9989, 4.10.2, by a walk that begins at this
 * domain; NULL: cannot tell, or not a domain.
 */
const char *dmarc_organization(
    const struct dns_source *, const char *domain, struct arena *);

/* The question of that walk that had no answer; no name: all had one. */
struct dns_unanswered dmarc_find_unanswered(
    const struct dns_source *, const char *domain, struct arena *);

/*
 * Whether two domains are aligned by RFC 9989: strict, the same domain;
 * relaxed, the same organizational domain.
 */
enum dmarc_answer dmarc_is_aligned(const struct dns_source *, const char *,
    const char *, bool strict, struct arena *);

#endif
