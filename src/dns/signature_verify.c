/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/signature_verify.h"

#include <nettle/base16.h>
#include <nettle/base64.h>
#include <nettle/bignum.h>
#include <nettle/eddsa.h>
#include <nettle/rsa.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>
#include <string.h>
#include <strings.h>

#include "report/idn.h"

const char *const signature_words[] = {
	[SIGNATURE_ALGORITHM] = "algorithm",
	[SIGNATURE_MALFORMED] = "malformed",
	[SIGNATURE_NO_ANSWER] = "no_answer",
	[SIGNATURE_NO_KEY] = "no_key",
	[SIGNATURE_REVOKED] = "revoked",
	[SIGNATURE_SHORT_KEY] = "short_key",
	[SIGNATURE_KEY_TYPE] = "key_type",
	[SIGNATURE_BAD_KEY] = "bad_key",
	[SIGNATURE_HASH] = "hash",
	[SIGNATURE_STRICT] = "strict",
	[SIGNATURE_NOT_HASHED] = "not_hashed",
	[SIGNATURE_BOTH] = "both",
	[SIGNATURE_HEADER] = "header",
	[SIGNATURE_BODY] = "body",
	[SIGNATURE_HEADER_ONLY] = "header_only",
	[SIGNATURE_OBSOLETE] = "obsolete",
	[SIGNATURE_EXPIRED] = "expired",
	[SIGNATURE_FUTURE] = "future",
	[SIGNATURE_PASS] = "pass",
	[SIGNATURE_RESULTS] = NULL,
};

bool
signature_is_unknown(enum signature_result result)
{
	return result == SIGNATURE_NO_ANSWER ||
	    result == SIGNATURE_NOT_HASHED || result == SIGNATURE_HEADER_ONLY;
}

/*
 * An RSA key whose numbers are larger costs seconds, and nobody has one: such
 * a key is of no use.
 */
#define MAX_BITS 16384
#define MAX_EXPONENT 8 /* bytes */

enum algorithm {
	RSA_SHA256,
	RSA_SHA1,
	ED25519_SHA256,
	ALGORITHMS,
};

static const struct {
	const char *word;
	const char *hash; /* h= of a key */
	enum dkim_key_type type;
	size_t hash_size;
} algorithms[] = {
	[RSA_SHA256] = { "rsa-sha256", "sha256", DKIM_RSA, SHA256_DIGEST_SIZE },
	[RSA_SHA1] = { "rsa-sha1", "sha1", DKIM_RSA, SHA1_DIGEST_SIZE },
	[ED25519_SHA256] = { "ed25519-sha256", "sha256", DKIM_EDWARDS,
	    SHA256_DIGEST_SIZE },
};

/* What a signature is, decoded. */
struct signed_bytes {
	enum algorithm algorithm;
	uint8_t hash[SHA256_DIGEST_SIZE];
	const uint8_t *b;
	size_t b_size;
};

/* --- decoding ------------------------------------------------------------- */

static enum algorithm
find_algorithm(const char *word)
{
	unsigned int i = 0;

	while (i < ALGORITHMS &&
	    (word == NULL || strcmp(algorithms[i].word, word) != 0))
		i++;
	return (enum algorithm)i;
}

static bool
decode_hash(const char *hex, size_t size, uint8_t *out)
{
	struct base16_decode_ctx ctx;
	size_t n = size;

	if (strlen(hex) != 2 * size)
		return false;
	base16_decode_init(&ctx);
	return base16_decode_update(&ctx, &n, out, 2 * size, hex) == 1 &&
	    base16_decode_final(&ctx) == 1 && n == size;
}

static bool
decode_b(const char *b, struct arena *arena, struct signed_bytes *out)
{
	struct base64_decode_ctx ctx;
	size_t n = strlen(b);
	uint8_t *bytes = arena_alloc(arena, BASE64_DECODE_LENGTH(n) + 1);

	out->b_size = BASE64_DECODE_LENGTH(n);
	base64_decode_init(&ctx);
	out->b = bytes;
	return base64_decode_update(&ctx, &out->b_size, bytes, n, b) == 1 &&
	    base64_decode_final(&ctx) == 1;
}

/* --- cryptography --------------------------------------------------------- */

/* RFC 8017, 8.2.2 */
static bool
verify_rsa(const struct signed_bytes *s, const struct dkim_key *key)
{
	struct rsa_public_key rsa;
	mpz_t b;
	bool fits = false;

	rsa_public_key_init(&rsa);
	nettle_mpz_set_str_256_u(rsa.n, key->modulus_size, key->modulus);
	nettle_mpz_set_str_256_u(rsa.e, key->exponent_size, key->exponent);
	nettle_mpz_init_set_str_256_u(b, s->b_size, s->b);
	if (rsa_public_key_prepare(&rsa) == 1 && s->b_size == rsa.size)
		fits = s->algorithm == RSA_SHA1
		    ? rsa_sha1_verify_digest(&rsa, s->hash, b) == 1
		    : rsa_sha256_verify_digest(&rsa, s->hash, b) == 1;
	mpz_clear(b);
	rsa_public_key_clear(&rsa);
	return fits;
}

/* Whether b= is this hash, signed by the private half of the key. */
static bool
fits_header(const struct signed_bytes *s, const struct dkim_key *key)
{
	if (key->type != DKIM_EDWARDS)
		return verify_rsa(s, key);
	/* RFC 8463, 3: the hash is what is signed. */
	return s->b_size == ED25519_SIGNATURE_SIZE &&
	    ed25519_sha512_verify(
	        key->bytes, SHA256_DIGEST_SIZE, s->hash, s->b) == 1;
}

/* --- one key -------------------------------------------------------------- */

static bool
has_fault(const struct dkim_key *key, enum dkim_fault fault)
{
	return (key->faults & DKIM_BIT(fault)) != 0;
}

/* Whether a key is for this hash: it is in h=, or there is no h=. */
static bool
is_for_hash(const struct dkim_key *key, const char *hash)
{
	const char *p = key->hashes;
	size_t n;

	while (p != NULL) {
		p += strspn(p, " \t\r\n:");
		n = strcspn(p, " \t\r\n:");
		if (n == 0)
			return false;
		if (n == strlen(hash) && strncasecmp(p, hash, n) == 0)
			return true;
		p += n;
	}
	return true;
}

/* t=s: the domain in i= must be that in d= (RFC 6376, 3.6.1). */
static bool
is_too_strict(const struct dkim_key *key, const struct explain_signature *s)
{
	const char *at = s->i != NULL ? strrchr(s->i, '@') : NULL;

	return has_fault(key, DKIM_STRICT) && at != NULL && s->d != NULL &&
	    strcasecmp(at + 1, s->d) != 0;
}

/* What a key forbids; SIGNATURE_PASS: nothing. */
static enum signature_result
judge_key(const struct dkim_key *key, const struct explain_signature *s,
    enum algorithm algorithm)
{
	unsigned int only_sha1 = DKIM_BIT(DKIM_ONLY_SHA1);

	if (has_fault(key, DKIM_REVOKED))
		return SIGNATURE_REVOKED;
	if (has_fault(key, DKIM_TYPE) ||
	    (algorithm != ALGORITHMS &&
	        key->type != algorithms[algorithm].type))
		return SIGNATURE_KEY_TYPE;
	if (has_fault(key, DKIM_TOO_SHORT))
		return SIGNATURE_SHORT_KEY;
	if (algorithm != ALGORITHMS &&
	    !is_for_hash(key, algorithms[algorithm].hash))
		return SIGNATURE_HASH;
	if ((key->faults & dkim_fatal & ~only_sha1) != 0 ||
	    key->bits > MAX_BITS || key->exponent_size > MAX_EXPONENT ||
	    key->bits == 0)
		return SIGNATURE_BAD_KEY;
	return is_too_strict(key, s) ? SIGNATURE_STRICT : SIGNATURE_PASS;
}

static enum signature_result
judge_hashes(const struct explain_signature *s, bool fits, int64_t now)
{
	bool is_seal = s->kind != NULL && strcmp(s->kind, "seal") == 0;
	const char *body = is_seal ? "match" : s->hash.body;
	bool is_changed = body != NULL && strcmp(body, "match") != 0;

	if (!fits)
		return is_changed ? SIGNATURE_BOTH : SIGNATURE_HEADER;
	if (is_changed)
		return SIGNATURE_BODY;
	if (body == NULL)
		return SIGNATURE_HEADER_ONLY;
	if (strcmp(s->a, "rsa-sha1") == 0)
		return SIGNATURE_OBSOLETE;
	if (s->x >= 0 && now > s->x)
		return SIGNATURE_EXPIRED;
	if (s->t >= 0 && s->t - SIGNATURE_SLACK > now)
		return SIGNATURE_FUTURE;
	return SIGNATURE_PASS;
}

static enum signature_result
verify_by(const struct dkim_key *key, const struct explain_signature *s,
    const struct signed_bytes *bytes, int64_t now)
{
	enum signature_result result = judge_key(key, s, bytes->algorithm);

	if (result != SIGNATURE_PASS)
		return result;
	if (s->hash.header == NULL)
		return SIGNATURE_NOT_HASHED;
	return judge_hashes(s, fits_header(bytes, key), now);
}

/* --- a signature ---------------------------------------------------------- */

/* One that was told of, and is not here. */
static bool
is_only_named(const struct explain_signature *s)
{
	return s->a == NULL && s->b == NULL && s->fault == NULL &&
	    s->s != NULL && s->d != NULL;
}

/* What can be said without a key; SIGNATURE_PASS: nothing. */
static enum signature_result
read_signature(const struct explain_signature *s, struct arena *arena,
    struct signed_bytes *bytes)
{
	bytes->algorithm = find_algorithm(s->a);
	if (s->a != NULL && bytes->algorithm == ALGORITHMS)
		return SIGNATURE_ALGORITHM;
	if (is_only_named(s))
		return SIGNATURE_PASS;
	if (s->fault != NULL || s->a == NULL || s->s == NULL || s->d == NULL ||
	    s->b == NULL || !decode_b(s->b, arena, bytes))
		return SIGNATURE_MALFORMED;
	if (s->hash.header != NULL &&
	    !decode_hash(s->hash.header, algorithms[bytes->algorithm].hash_size,
	        bytes->hash))
		return SIGNATURE_MALFORMED;
	return SIGNATURE_PASS;
}

/* A name that is not ASCII is asked for in A-labels (RFC 8616, 4). */
static const char *
as_asked(const char *name, struct arena *arena)
{
	char ascii[IDN_SIZE];

	if (!idn_is_foreign(name) || !idn_to_ascii(name, ascii))
		return name;
	return arena_strndup(arena, ascii, strlen(ascii));
}

void
signature_verify(const struct explain_signature *s,
    const struct dns_source *source, int64_t now, struct arena *arena,
    struct signature_verdict *out)
{
	struct signed_bytes bytes;
	enum signature_result result;
	const struct dkim_find *find = &out->find;
	size_t i;

	*out = (struct signature_verdict) { .result = SIGNATURE_NO_KEY };
	result = read_signature(s, arena, &bytes);
	if (s->s != NULL && s->d != NULL)
		dkim_key_find(source, as_asked(s->s, arena),
		    as_asked(s->d, arena), arena, &out->find);
	if (result != SIGNATURE_PASS) {
		out->result = result;
		return;
	}
	if (find->answer != NULL && find->answer->status == DNS_FAILED)
		out->result = SIGNATURE_NO_ANSWER;
	for (i = 0; i < find->n; i++) {
		if (!find->keys[i].is_key)
			continue;
		result = verify_by(&find->keys[i], s, &bytes, now);
		if (out->key != NULL && result <= out->result)
			continue;
		out->key = &find->keys[i];
		out->result = result;
	}
}
