/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What DNS says today of a message: whether its signatures are good by the keys
 * of now, and which DMARC policy applies to it.  It changes no headline: what a
 * receiver saw then may have been something else.
 */
#ifndef RUAD_ANSWER_EXPLAIN_DNS_H
#define RUAD_ANSWER_EXPLAIN_DNS_H

#include "base/buf.h"
#include "dns/arc_chain.h"
#include "dns/dmarc_find.h"
#include "dns/signature_verify.h"
#include "dns/spf.h"
#include "report/explain.h"

/* Signatures that are verified, so that nobody's message asks too much. */
#define EXPLAIN_DNS_SIGNATURES 30

struct explain_dns {
	const struct explain_header *header;
	size_t n; /* of the header's signatures, from the top */
	struct signature_verdict *verdicts;
	struct arc_chain arc; /* none, if not all signatures were verified */
	bool has_dmarc;       /* there is one domain in From: */
	struct dmarc_discovery dmarc;
	/* Of the address that it came from to its receiver; NULL: not known */
	const char *spf_ip;
	/*
	 * Of the envelope sender, as the receiver says, else Return-Path, which
	 * anybody may have written; of the null sender the name of HELO (RFC
	 * 7208, 2.4).  NULL: SPF was not asked.
	 */
	const char *spf_domain;
	bool spf_is_helo;
	enum spf_result spf;
	/* With From:, as the adkim= and aspf= of this policy have it. */
	bool has_policy;
	enum dmarc_answer *aligned; /* of each signature */
	enum dmarc_answer spf_aligned;
	enum dmarc_answer passes; /* whether DMARC passes by all that */
	struct arena arena;
};

/*
 * Ask.  now: for a message that does not say when it came.  The facts and the
 * source outlive it; explain_dns_done() frees.
 */
void explain_dns_make(struct explain_dns *, const struct explain_facts *,
    const struct dns_source *, int64_t now);
void explain_dns_done(struct explain_dns *);

/*
 * What is found about a signature, clauses to be printed one after the other:
 * its result, the size of its key, what it leaves unsigned.
 */
void explain_dns_add_signature(
    struct buf *, const struct explain_dns *, size_t number);

#endif
