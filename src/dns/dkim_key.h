/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TXT record as DKIM reads a public key: RFC 6376, 3.6.1; RFC 8301 (sizes,
 * no sha1); RFC 8463 (ed25519).  Pure; the text is foreign.
 */
#ifndef RUAD_DNS_DKIM_KEY_H
#define RUAD_DNS_DKIM_KEY_H

#include "dns/tag_list.h"

/* In the order of dkim_fault_words.  What is marked ! makes the key useless. */
enum dkim_fault {
	DKIM_NO_P,      /* ! no p= */
	DKIM_REVOKED,   /* ! p= is empty (3.6.1) */
	DKIM_TWICE,     /* ! a tag is there twice (3.2) */
	DKIM_BAD_TAG,   /* ! an item that is no tag=value (3.2) */
	DKIM_VERSION,   /* ! v= is something else than DKIM1 (3.6.1) */
	DKIM_NOT_FIRST, /* v= is not the first tag: not all verifiers take it */
	DKIM_TYPE,      /* ! k= is neither rsa nor ed25519 */
	DKIM_BASE64,    /* ! p= is not base64 */
	DKIM_PADDING,   /* base64 without its "=": not all verifiers take it */
	DKIM_DER,       /* ! p= is base64, but no RSA key */
	DKIM_TRAILING,  /* bytes behind the RSA key: some verifiers take it */
	DKIM_PRIVATE,   /* ! p= is a private key: nobody may ever use it */
	DKIM_ED25519,   /* ! an ed25519 key is not of 32 bytes (RFC 8463, 4) */
	DKIM_NOT_RSA,   /* ! an ed25519 key without k=ed25519: read as RSA */
	DKIM_TOO_SHORT, /* ! RSA of less than 1,024 bits (RFC 8301, 3.2) */
	DKIM_SHORT,     /* RSA of less than 2,048 bits (RFC 8301, 3.2) */
	DKIM_LONG,      /* RSA of more than 4,096: need not be verified */
	DKIM_ONLY_SHA1, /* ! h= without sha256 (RFC 8301, 3.1) */
	DKIM_NOT_EMAIL, /* ! s= has neither "email" nor "*" */
	DKIM_TESTING,   /* t=y: mail must not be treated otherwise than mail
	                 * without a signature (3.6.1) */
	DKIM_STRICT,    /* t=s: i= must be of d= itself; no fault */
	DKIM_BARE,      /* RSAPublicKey as 3.6.1 has it, where most keys are
	                 * SubjectPublicKeyInfo: not all verifiers take it */
	DKIM_G_TAG,     /* g= of RFC 4871: ignored since RFC 6376 */
	DKIM_FAULTS,
};

extern const char *const dkim_fault_words[]; /* NULL ends them */

#define DKIM_BIT(fault) (1U << (fault))

enum dkim_key_type {
	DKIM_RSA,
	DKIM_EDWARDS, /* ed25519 */
	DKIM_OTHER,   /* k= is something else */
};

struct dkim_key {
	const char *text;
	/* Whether anything tells that this is a DKIM key: v=DKIM1, or p=. */
	bool is_key;
	/* Whether verifiers can use it: no fault marked ! above. */
	bool is_usable;
	enum dkim_key_type type;
	const char *type_word; /* of k=, "rsa" if absent */
	unsigned int bits;     /* of the modulus, 256 of ed25519; 0: none */
	size_t size;           /* bytes of p= in base64, decoded; 0: none */
	const uint8_t *bytes;  /* these; NULL: none */
	/* Of RSA, within these: big-endian, perhaps with zeros first. */
	const uint8_t *modulus, *exponent; /* NULL if bits is 0 */
	size_t modulus_size, exponent_size;
	uint8_t digest[32];   /* SHA-256 of these: same key, same digest */
	const char *hashes;   /* h=; NULL: all */
	const char *services; /* s=; NULL: all */
	const char *flags;    /* t=; NULL: none */
	const char *notes;    /* n=; NULL: none */
	/* A bit for each enum dkim_fault: DKIM_BIT(). */
	unsigned int faults;
	/* Of the tags: TAG_UNKNOWN, TAG_TWICE and the like, with values. */
	size_t nproblems;
	const struct tag_problem *problems;
	struct tag_list tags;
};
/* The faults that make a key useless, as bits. */
extern const unsigned int dkim_fatal;

/* All strings are the arena's; text is copied. */
void dkim_key_parse(const char *text, struct arena *, struct dkim_key *);

/* What is at SELECTOR._domainkey.DOMAIN. */
struct dkim_find {
	const char *name; /* the name asked; NULL: it cannot be one */
	const struct dns_answer *answer; /* NULL: not asked */
	/* Each TXT record; several keys: verifiers may take any (6376, 3.6.2.2)
	 */
	size_t n, nkeys; /* nkeys: with is_key */
	const struct dkim_key *keys;
	const struct dkim_key *key; /* the only one with is_key, or NULL */
};

/* Ask for it; all memory is the arena's. */
void dkim_key_find(const struct dns_source *, const char *selector,
    const char *domain, struct arena *, struct dkim_find *);

#endif
