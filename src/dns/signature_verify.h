/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a signature of DKIM (RFC 6376, 6.1; RFC 8301; RFC 8463) or ARC (RFC
 * 8617) is good by the key that DNS has now.  What it signs was hashed by
 * ruad-parse (parse/dkim_sig.h); here the hash is compared with b=.  Pure; the
 * facts are foreign, and so are the keys.
 */
#ifndef RUAD_DNS_SIGNATURE_VERIFY_H
#define RUAD_DNS_SIGNATURE_VERIFY_H

#include <stdint.h>

#include "base/mem.h"
#include "dns/dkim_key.h"
#include "report/explain.h"

/*
 * In the order of signature_words; the first that holds is the result.  Only
 * of those marked * nothing follows: neither that it is good nor that it is
 * not.  Those marked ! were changed on the way, or are of another key.
 */
enum signature_result {
	SIGNATURE_ALGORITHM,  /* a= is unknown */
	SIGNATURE_MALFORMED,  /* explain_signature.fault says why */
	SIGNATURE_NO_ANSWER,  /* * DNS did not answer: no key to be had now */
	SIGNATURE_NO_KEY,     /* there is no such name, or no key there */
	SIGNATURE_REVOKED,    /* the key was withdrawn: p= is empty */
	SIGNATURE_SHORT_KEY,  /* RSA of less than 1,024 bits (RFC 8301, 3.2) */
	SIGNATURE_KEY_TYPE,   /* the key is of another algorithm than a= */
	SIGNATURE_BAD_KEY,    /* the key is of no use: dkim_key.faults */
	SIGNATURE_HASH,       /* the key is not for the hash of a= (its h=) */
	SIGNATURE_STRICT,     /* i= is a subdomain, which the key forbids */
	SIGNATURE_NOT_HASHED, /* * explain_hash.problem says why */
	SIGNATURE_BOTH,   /* ! b= does not fit the header, nor bh= the body */
	SIGNATURE_HEADER, /* ! b= does not fit the header; the body is right */
	SIGNATURE_BODY,   /* ! b= fits the header, but bh= not the body */
	SIGNATURE_HEADER_ONLY, /* * b= fits the header; the body is not here */
	SIGNATURE_OBSOLETE, /* all fits, by SHA-1, which counts as none: 8301 */
	SIGNATURE_EXPIRED,  /* all fits, but x= is past */
	SIGNATURE_FUTURE,   /* all fits, but t= is not there yet */
	SIGNATURE_PASS,
	SIGNATURE_RESULTS,
};

extern const char *const signature_words[]; /* NULL ends them */

/* Whether nothing follows from it, neither good nor bad. */
bool signature_is_unknown(enum signature_result);

/* Seconds that t= may be in the future: clocks differ. */
#define SIGNATURE_SLACK 300

struct signature_verdict {
	enum signature_result result;
	/* The key that decided, within find; NULL: none. */
	const struct dkim_key *key;
	struct dkim_find find; /* name NULL: s= and d= are no name of DNS */
};

/*
 * Verify one by what is at SELECTOR._domainkey.DOMAIN; of several keys (RFC
 * 6376, 3.6.2.2) the first by which it passes, else by which it comes farthest.
 * now: seconds since 1970, at which the message came; what it says of t= and x=
 * is judged by that.  Memory is the arena's.  A seal has no body.  Of one that
 * has s= and d= alone, and no fault, only the key is judged.
 */
void signature_verify(const struct explain_signature *,
    const struct dns_source *, int64_t now, struct arena *,
    struct signature_verdict *);

#endif
