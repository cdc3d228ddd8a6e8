/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The chain of ARC as a receiver validates it (RFC 8617, 5.2), by the keys that
 * DNS has now.  Pure; the facts are foreign.
 */
#ifndef RUAD_DNS_ARC_CHAIN_H
#define RUAD_DNS_ARC_CHAIN_H

#include "dns/signature_verify.h"

enum arc_status {
	ARC_CHAIN_NONE,    /* no field of ARC */
	ARC_CHAIN_PASS,    /* all seals are good, and the newest message
	                    * signature: nothing was changed since */
	ARC_CHAIN_FAIL,    /* it counts as none */
	ARC_CHAIN_UNKNOWN, /* cannot tell: DNS, or not the whole message */
};

extern const char *const arc_status_words[]; /* NULL ends them */

/* Why it fails or cannot be told, in the order of arc_reason_words. */
enum arc_reason {
	ARC_REASON_NONE,
	ARC_REASON_SETS,    /* a set is not complete, or there twice */
	ARC_REASON_CLOSED,  /* the newest seal says cv=fail: it failed before */
	ARC_REASON_CV,      /* cv= of a seal is not what its place asks for */
	ARC_REASON_MESSAGE, /* the newest message signature is not good */
	ARC_REASON_SEAL,    /* a seal is not good */
};

extern const char *const arc_reason_words[]; /* NULL ends them */

struct arc_chain {
	enum arc_status status;
	enum arc_reason reason;
	int64_t sets;     /* the highest instance */
	int64_t instance; /* of the set that the reason is of; 0: none */
	/* The verdict of that seal or message signature; else PASS. */
	enum signature_result result;
	/*
	 * The oldest set whose message signature, and those of all after it,
	 * are good: what it signed is unchanged since (5.2, step 5).  0: none.
	 */
	int64_t oldest_pass;
};

/*
 * verdicts: one for each of the header's signatures, in their order.  Of a
 * header that is not intact (explain_facts.is_intact) a failure means nothing,
 * for part of the chain may be lost.
 */
void arc_chain_judge(const struct explain_header *,
    const struct signature_verdict *verdicts, struct arc_chain *);

#endif
