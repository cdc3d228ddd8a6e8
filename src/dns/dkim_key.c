/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dkim_key.h"

#include <nettle/asn1.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/sha256.h"
#include "base/text.h"

#define ED25519_SIZE 32
#define MIN_BITS 1024
#define GOOD_BITS 2048
#define MAX_BITS 4096

const char *const dkim_fault_words[] = {
	[DKIM_NO_P] = "no_p",
	[DKIM_REVOKED] = "revoked",
	[DKIM_TWICE] = "twice",
	[DKIM_BAD_TAG] = "bad_tag",
	[DKIM_VERSION] = "version",
	[DKIM_NOT_FIRST] = "not_first",
	[DKIM_TYPE] = "type",
	[DKIM_BASE64] = "base64",
	[DKIM_PADDING] = "padding",
	[DKIM_DER] = "der",
	[DKIM_TRAILING] = "trailing",
	[DKIM_PRIVATE] = "private",
	[DKIM_ED25519] = "ed25519",
	[DKIM_NOT_RSA] = "not_rsa",
	[DKIM_TOO_SHORT] = "too_short",
	[DKIM_SHORT] = "short",
	[DKIM_LONG] = "long",
	[DKIM_ONLY_SHA1] = "only_sha1",
	[DKIM_NOT_EMAIL] = "not_email",
	[DKIM_TESTING] = "testing",
	[DKIM_STRICT] = "strict",
	[DKIM_BARE] = "bare",
	[DKIM_G_TAG] = "g_tag",
	[DKIM_FAULTS] = NULL,
};

const unsigned int dkim_fatal = DKIM_BIT(DKIM_NO_P) | DKIM_BIT(DKIM_REVOKED) |
    DKIM_BIT(DKIM_TWICE) | DKIM_BIT(DKIM_BAD_TAG) | DKIM_BIT(DKIM_VERSION) |
    DKIM_BIT(DKIM_TYPE) | DKIM_BIT(DKIM_BASE64) | DKIM_BIT(DKIM_DER) |
    DKIM_BIT(DKIM_PRIVATE) | DKIM_BIT(DKIM_ED25519) | DKIM_BIT(DKIM_NOT_RSA) |
    DKIM_BIT(DKIM_TOO_SHORT) | DKIM_BIT(DKIM_ONLY_SHA1) |
    DKIM_BIT(DKIM_NOT_EMAIL);

static const struct tag_known known[] = {
	{ .name = "v" },
	{ .name = "h" },
	{ .name = "k" },
	{ .name = "n", .can_be_empty = true },
	{ .name = "p", .can_be_empty = true },
	{ .name = "s" },
	{ .name = "t", .can_be_empty = true },
	{ .name = "g", .is_obsolete = true, .can_be_empty = true },
	{ .name = NULL },
};

static const struct tag_kind dkim_kind = {
	.version = "DKIM1",
	.is_version_optional = true,
	.has_free_space = true,
	.known = known,
};

static void
add_fault(struct dkim_key *key, enum dkim_fault fault)
{
	key->faults |= DKIM_BIT(fault);
}

/* --- RSA keys in DER ------------------------------------------------------ */

/* Bits of the positive integer that an iterator is at; 0: it is none. */
static size_t
integer_bits(const struct asn1_der_iterator *i)
{
	const uint8_t *p = i->data;
	size_t n = i->length, bits;
	uint8_t first;

	if (i->type != ASN1_INTEGER || n == 0 || (*p & 0x80) != 0)
		return 0;
	while (n > 0 && *p == 0) {
		p++;
		n--;
	}
	if (n == 0)
		return 0;
	bits = 8 * n;
	for (first = *p; (first & 0x80) == 0; first <<= 1)
		bits--;
	return bits;
}

/*
 * RSAPublicKey (RFC 8017, A.1.1) within a sequence: modulus and exponent.  A
 * private key begins with its version, 0.
 */
static void
read_rsa_key(struct dkim_key *key, struct asn1_der_iterator *inner)
{
	size_t bits = integer_bits(inner);

	if (bits == 0) {
		add_fault(key,
		    inner->type == ASN1_INTEGER && inner->length == 1 &&
		            *inner->data == 0
		        ? DKIM_PRIVATE
		        : DKIM_DER);
		return;
	}
	key->modulus = inner->data;
	key->modulus_size = inner->length;
	if (asn1_der_iterator_next(inner) != ASN1_ITERATOR_PRIMITIVE ||
	    integer_bits(inner) == 0) {
		add_fault(key, DKIM_DER);
		return;
	}
	key->exponent = inner->data;
	key->exponent_size = inner->length;
	if (asn1_der_iterator_next(inner) != ASN1_ITERATOR_END) {
		add_fault(key, DKIM_DER);
		return;
	}
	key->bits = (unsigned int)bits;
}

/* Whether a sequence begins with the OID of rsaEncryption. */
static bool
is_rsa_algorithm(struct asn1_der_iterator *inner)
{
	static const uint8_t oid[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x01, 0x01 };
	struct asn1_der_iterator algorithm;

	return asn1_der_decode_constructed(inner, &algorithm) ==
	    ASN1_ITERATOR_PRIMITIVE &&
	    algorithm.type == ASN1_IDENTIFIER &&
	    algorithm.length == sizeof(oid) &&
	    memcmp(algorithm.data, oid, sizeof(oid)) == 0;
}

/* SubjectPublicKeyInfo (RFC 5280, 4.1): the algorithm, and the key in bits. */
static void
read_key_info(struct dkim_key *key, struct asn1_der_iterator *inner)
{
	struct asn1_der_iterator bits, numbers;

	if (!is_rsa_algorithm(inner) ||
	    asn1_der_iterator_next(inner) != ASN1_ITERATOR_PRIMITIVE ||
	    inner->type != ASN1_BITSTRING ||
	    asn1_der_decode_bitstring(inner, &bits) !=
	        ASN1_ITERATOR_CONSTRUCTED ||
	    bits.type != ASN1_SEQUENCE ||
	    asn1_der_decode_constructed(&bits, &numbers) !=
	        ASN1_ITERATOR_PRIMITIVE) {
		add_fault(key, DKIM_DER);
		return;
	}
	read_rsa_key(key, &numbers);
}

static void
read_der(struct dkim_key *key, const uint8_t *der, size_t size)
{
	struct asn1_der_iterator outer, inner;
	enum asn1_iterator_result what;

	if (size == ED25519_SIZE) {
		add_fault(key, DKIM_NOT_RSA);
		return;
	}
	if (asn1_der_iterator_first(&outer, size, der) !=
	        ASN1_ITERATOR_CONSTRUCTED ||
	    outer.type != ASN1_SEQUENCE) {
		add_fault(key, DKIM_DER);
		return;
	}
	what = asn1_der_decode_constructed(&outer, &inner);
	if (what == ASN1_ITERATOR_CONSTRUCTED && inner.type == ASN1_SEQUENCE) {
		read_key_info(key, &inner);
	} else if (what == ASN1_ITERATOR_PRIMITIVE) {
		read_rsa_key(key, &inner);
		if (key->bits > 0)
			add_fault(key, DKIM_BARE);
	} else {
		add_fault(key, DKIM_DER);
	}
	if (key->bits > 0 && outer.buffer_length != outer.pos)
		add_fault(key, DKIM_TRAILING);
}

static void
judge_bits(struct dkim_key *key)
{
	if (key->bits == 0)
		return;
	if (key->bits < MIN_BITS)
		add_fault(key, DKIM_TOO_SHORT);
	else if (key->bits < GOOD_BITS)
		add_fault(key, DKIM_SHORT);
	else if (key->bits > MAX_BITS)
		add_fault(key, DKIM_LONG);
}

/* --- the tags ------------------------------------------------------------- */

/* Decode p=; NULL: it is not base64. */
static const uint8_t *
decode(struct dkim_key *key, const char *value, struct arena *arena)
{
	struct base64_decode_ctx ctx;
	size_t n = strlen(value), size = 0, more;
	uint8_t *out = arena_alloc(arena, BASE64_DECODE_LENGTH(n) + 1);
	static const char padding[] = "==";

	base64_decode_init(&ctx);
	if (base64_decode_update(&ctx, &size, out, n, value) != 1)
		return NULL;
	if (base64_decode_final(&ctx) != 1) {
		/* As many "=" as there are bits over: two for each. */
		if (ctx.padding > 0 || ctx.bits == 6 ||
		    base64_decode_update(
		        &ctx, &more, out + size, ctx.bits / 2, padding) != 1 ||
		    base64_decode_final(&ctx) != 1)
			return NULL;
		add_fault(key, DKIM_PADDING);
	}
	key->size = size;
	key->bytes = out;
	return out;
}

static void
read_key(struct dkim_key *key, const struct tag *p, struct arena *arena)
{
	const uint8_t *bytes;

	if (p == NULL) {
		add_fault(key, DKIM_NO_P);
		return;
	}
	if (*p->value == '\0') {
		add_fault(key, DKIM_REVOKED);
		return;
	}
	if ((bytes = decode(key, p->value, arena)) == NULL) {
		add_fault(key, DKIM_BASE64);
		return;
	}
	sha256_hash(bytes, key->size, key->digest);
	if (key->type == DKIM_EDWARDS) {
		if (key->size != ED25519_SIZE)
			add_fault(key, DKIM_ED25519);
		else
			key->bits = 8 * ED25519_SIZE;
	} else if (key->type == DKIM_RSA) {
		read_der(key, bytes, key->size);
		judge_bits(key);
	}
}

/* Whether one of the words of a list with ":" between is this. */
static bool
has_word(const char *list, const char *word)
{
	const char *s = list, *part;
	size_t n, len;

	for (;; s += n + 1) {
		len = n = strcspn(s, ":");
		part = text_trim(s, &len);
		if (len == strlen(word) && strncasecmp(part, word, len) == 0)
			return true;
		if (s[n] == '\0')
			return false;
	}
}

static const char *
value_of(const struct tag_list *list, const char *name)
{
	const struct tag *t = tag_list_find(list, name);

	return t != NULL && *t->value != '\0' ? t->value : NULL;
}

static void
read_type(struct dkim_key *key)
{
	const char *k = value_of(&key->tags, "k");

	key->type_word = k != NULL ? k : "rsa";
	if (strcasecmp(key->type_word, "rsa") == 0) {
		key->type = DKIM_RSA;
	} else if (strcasecmp(key->type_word, "ed25519") == 0) {
		key->type = DKIM_EDWARDS;
	} else {
		key->type = DKIM_OTHER;
		add_fault(key, DKIM_TYPE);
	}
}

static void
read_lists(struct dkim_key *key)
{
	key->hashes = value_of(&key->tags, "h");
	key->services = value_of(&key->tags, "s");
	key->flags = value_of(&key->tags, "t");
	key->notes = value_of(&key->tags, "n");
	if (key->hashes != NULL && !has_word(key->hashes, "sha256"))
		add_fault(key, DKIM_ONLY_SHA1);
	if (key->services != NULL && !has_word(key->services, "email") &&
	    !has_word(key->services, "*"))
		add_fault(key, DKIM_NOT_EMAIL);
	if (key->flags != NULL && has_word(key->flags, "y"))
		add_fault(key, DKIM_TESTING);
	if (key->flags != NULL && has_word(key->flags, "s"))
		add_fault(key, DKIM_STRICT);
	if (tag_list_find(&key->tags, "g") != NULL)
		add_fault(key, DKIM_G_TAG);
}

static void
judge_tags(struct dkim_key *key)
{
	const struct tag_list *list = &key->tags;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (list->tags[i].is_second)
			add_fault(key, DKIM_TWICE);
	for (i = 0; i < list->nproblems; i++)
		if (list->problems[i].fault == TAG_NO_EQUALS ||
		    list->problems[i].fault == TAG_BAD_NAME)
			add_fault(key, DKIM_BAD_TAG);
	if (list->version == TAG_VERSION_NOT_FIRST)
		add_fault(key, DKIM_NOT_FIRST);
	else if (list->version != TAG_VERSION_OK &&
	    list->version != TAG_VERSION_ABSENT)
		add_fault(key, DKIM_VERSION);
}

void
dkim_key_parse(const char *text, struct arena *arena, struct dkim_key *key)
{
	struct tag_list *list = &key->tags;

	*key = (struct dkim_key) {
		.text = arena_strndup(arena, text, strlen(text)),
	};
	tag_list_begin(list, &dkim_kind, key->text, arena);
	key->is_key = list->version != TAG_VERSION_OTHER &&
	    list->version != TAG_VERSION_ABSENT;
	read_type(key);
	read_lists(key);
	read_key(key, tag_list_find(list, "p"), arena);
	tag_list_end(list);
	judge_tags(key);
	key->problems = list->problems;
	key->nproblems = list->nproblems;
	key->is_usable = key->is_key && (key->faults & dkim_fatal) == 0;
}

void
dkim_key_find(const struct dns_source *source, const char *selector,
    const char *domain, struct arena *arena, struct dkim_find *out)
{
	static const char between[] = "._domainkey.";
	size_t i, size = strlen(selector) + sizeof(between) + strlen(domain);
	char *long_name = arena_alloc(arena, size), name[DNS_NAME];
	struct dkim_key *keys;

	*out = (struct dkim_find) { .n = 0 };
	snprintf(long_name, size, "%s%s%s", selector, between, domain);
	if (!dns_write_name(long_name, name))
		return;
	out->name = arena_strndup(arena, name, strlen(name));
	out->answer = dns_ask(source, DNS_TXT, out->name);
	out->n = out->answer->n;
	if (out->n == 0)
		return;
	keys = arena_alloc(arena, out->n * sizeof(*keys));
	for (i = 0; i < out->n; i++) {
		dkim_key_parse(out->answer->records[i].text, arena, &keys[i]);
		if (keys[i].is_key)
			out->key = ++out->nkeys == 1 ? &keys[i] : NULL;
	}
	out->keys = keys;
}
