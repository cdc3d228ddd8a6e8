/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a host in another organization takes the reports of a domain: RFC
 * 9990, 4 (RFC 7489, 7.1; RFC 9991 refers to it).
 */
#ifndef RUAD_DNS_DMARC_EXTERNAL_H
#define RUAD_DNS_DMARC_EXTERNAL_H

#include "dns/dmarc_find.h"

enum dmarc_external_verdict {
	DMARC_EXTERNAL_SAME,       /* one organization: nothing is needed */
	DMARC_EXTERNAL_AUTHORIZED, /* another, and it says so */
	DMARC_EXTERNAL_MISSING,    /* no such record: reports are not sent */
	DMARC_EXTERNAL_TOO_LONG,   /* the name passes what DNS can have */
	DMARC_EXTERNAL_FAILED,     /* DNS did not answer: cannot tell */
};

extern const char *const dmarc_external_words[]; /* NULL ends them */

struct dmarc_external {
	enum dmarc_external_verdict verdict;
	/* Whether both are one organization, by the walk and by the list. */
	enum dmarc_answer is_same_walk, is_same_list;
	/* "DOMAIN._report._dmarc.HOST"; NULL: TOO_LONG.  Asked or not. */
	const char *name;
	const struct dns_answer *answer; /* NULL: not asked */
	/* TXT records there, and those of them that begin with v=DMARC1. */
	size_t n, ngood;
	const struct dmarc_record *records;
	/*
	 * The addresses that its rua sets in place of the domain's; n is 0 if
	 * it sets none.  With is_override_foreign one is of another host:
	 * reports go nowhere (RFC 9990, 4).
	 */
	struct report_uris override;
	bool is_override_foreign;
	/* Of DMARC_EXTERNAL_FAILED: what had no answer. */
	struct dns_unanswered failed;
};

/*
 * policy_domain is where the record was found, host is of a URI in its rua or
 * ruf.  All memory is the arena's.  Return false, and leave out as it is, if
 * one of them is no name.
 */
bool dmarc_external_find(const struct dns_source *, const char *policy_domain,
    const char *host, struct arena *, struct dmarc_external *out);

#endif
