/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dkim_sig.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/text.h"
#include "parse/dkim_tags.h"
#include "parse/mime_decode.h"

/* What JSON keeps exact; a larger number is taken for this. */
#define MAX_NUMBER ((int64_t)1 << 53)

/* A signature that is being read. */
struct reading {
	const struct dkim_tags *tags;
	struct arena *arena;
	struct explain_signature *out;
	bool is_dkim, is_seal;
};

const char *
dkim_sig_kind(const struct mime_field *f)
{
	if (mime_field_is(f, "DKIM-Signature"))
		return "dkim";
	if (mime_field_is(f, "ARC-Message-Signature"))
		return "ams";
	return mime_field_is(f, "ARC-Seal") ? "seal" : NULL;
}

/* --- tags ----------------------------------------------------------------- */

/* A tag's value as facts have it: without white space, UTF-8, not too long. */
static char *
text_of(const struct reading *r, const char *name)
{
	const struct dkim_tag *t = dkim_tags_find(r->tags, name);
	struct buf out = { 0 };
	char *text;
	bool odd;

	if (t == NULL)
		return NULL;
	text = dkim_tag_text(t, r->arena);
	mime_decode_text(NULL, 0, text, strlen(text), &out, &odd);
	mime_cut(&out, LIMIT_TEXT);
	text = arena_strndup(r->arena, buf_str(&out), out.len);
	buf_done(&out);
	return text;
}

static const char *
lower_of(const struct reading *r, const char *name)
{
	char *text = text_of(r, name);

	return text != NULL ? text_lower(text) : NULL;
}

/* A number as l=, t= and x= have it; the largest if it is larger. */
static bool
read_number(const char *s, int64_t *out)
{
	size_t n = strspn(s, "0123456789");

	if (n == 0 || n > 76 || s[n] != '\0')
		return false;
	s += strspn(s, "0");
	if (*s == '\0')
		*out = 0;
	else if (!text_read_int(s, 0, MAX_NUMBER, out))
		*out = MAX_NUMBER;
	return true;
}

/* -1 stays if there is none or, and then there is a fault, no number. */
static void
number_of(const struct reading *r, const char *name, int64_t *out)
{
	const char *text = text_of(r, name);
	char *fault;

	if (text == NULL || read_number(text, out) || r->out->fault != NULL)
		return;
	fault = arena_alloc(r->arena, 40);
	snprintf(fault, 40, "its %s= is not a number", name);
	r->out->fault = fault;
}

static void
read_tags(struct reading *r)
{
	struct explain_signature *s = r->out;
	int64_t instance = 0;

	s->d = lower_of(r, "d");
	s->s = lower_of(r, "s");
	s->a = lower_of(r, "a");
	s->c = lower_of(r, "c");
	s->h = lower_of(r, "h");
	s->b = text_of(r, "b");
	s->bh = text_of(r, "bh");
	s->t = s->x = s->l = -1;
	number_of(r, "t", &s->t);
	number_of(r, "x", &s->x);
	number_of(r, "l", &s->l);
	if (r->is_dkim) {
		s->i = text_of(r, "i");
		return;
	}
	s->cv = lower_of(r, "cv");
	number_of(r, "i", &instance);
	s->instance = instance <= LIMIT_ARC_SETS ? instance : 0;
}

/* --- what is wrong with it ------------------------------------------------ */

/* Decode base64; 0: it is none, or nothing. */
static size_t
decode(const char *s, uint8_t *out, size_t size)
{
	struct base64_decode_ctx ctx;
	size_t n = strlen(s), done = size;

	if (BASE64_DECODE_LENGTH(n) > size)
		return 0;
	base64_decode_init(&ctx);
	if (base64_decode_update(&ctx, &done, out, n, s) != 1 ||
	    base64_decode_final(&ctx) != 1)
		return 0;
	return done;
}

static bool
is_base64(const char *s)
{
	uint8_t out[BASE64_DECODE_LENGTH(LIMIT_TEXT)];

	return decode(s, out, sizeof(out)) > 0;
}

/* Whether one of the words of a list with ":" between is this. */
static bool
has_word(const char *list, const char *word)
{
	size_t n, len = strlen(word);

	for (;; list += n + 1) {
		n = strcspn(list, ":");
		if (n == len && strncasecmp(list, word, n) == 0)
			return true;
		if (list[n] == '\0')
			return false;
	}
}

/* i= is d= or below (RFC 6376, 3.5). */
static bool
is_within(const char *i, const char *d)
{
	const char *at = strrchr(i, '@');
	size_t n, len = strlen(d);

	if (at == NULL || (n = strlen(++at)) < len ||
	    strcasecmp(at + n - len, d) != 0)
		return false;
	return n == len || at[n - len - 1] == '.';
}

static bool
is_canonicalization(const char *c)
{
	static const char *const known[] = { "simple", "relaxed",
		"simple/simple", "simple/relaxed", "relaxed/simple",
		"relaxed/relaxed" };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(c, known[i]) == 0)
			return true;
	return false;
}

static const char *
find_missing(const struct reading *r)
{
	static const struct {
		const char *name;
		const char *kinds; /* letters: dkim, ams, seal */
		const char *fault;
	} required[] = {
		{ "v", "d", "its v= is missing" },
		{ "i", "as", "its i= is missing" },
		{ "a", "das", "its a= is missing" },
		{ "b", "das", "its b= is missing" },
		{ "bh", "da", "its bh= is missing" },
		{ "cv", "s", "its cv= is missing" },
		{ "d", "das", "its d= is missing" },
		{ "h", "da", "its h= is missing" },
		{ "s", "das", "its s= is missing" },
	};
	const struct dkim_tag *t;
	size_t i;

	for (i = 0; i < sizeof(required) / sizeof(*required); i++) {
		if (strchr(required[i].kinds, *r->out->kind) == NULL)
			continue;
		t = dkim_tags_find(r->tags, required[i].name);
		if (t == NULL || t->len == 0)
			return required[i].fault;
	}
	return NULL;
}

/* RFC 6376, 6.1.1 */
static const char *
find_dkim_fault(const struct reading *r)
{
	const struct explain_signature *s = r->out;
	const char *v = text_of(r, "v"), *q = text_of(r, "q");

	if (v == NULL || strcmp(v, "1") != 0)
		return "its version, v=, is not 1";
	if (s->i != NULL && !is_within(s->i, s->d))
		return "its i= is not of the domain in d=";
	if (q != NULL && !has_word(q, "dns/txt"))
		return "its key is not in DNS, by q=";
	return NULL;
}

/* RFC 8617, 4.1.2 and 4.1.3 */
static const char *
find_arc_fault(const struct reading *r)
{
	const struct explain_signature *s = r->out;

	if (s->instance == 0)
		return "its i= is not from 1 to 50";
	if (!r->is_seal)
		return has_word(s->h, "arc-seal")
		    ? "its h= has ARC-Seal, which it must not sign"
		    : NULL;
	if (strcmp(s->cv, "none") != 0 && strcmp(s->cv, "pass") != 0 &&
	    strcmp(s->cv, "fail") != 0)
		return "its cv= is neither none nor pass nor fail";
	return s->h != NULL ? "a seal must not have h=" : NULL;
}

static const char *
find_fault(const struct reading *r)
{
	const struct explain_signature *s = r->out;
	const struct dkim_tag *h = dkim_tags_find(r->tags, "h");
	const char *fault;

	if (r->tags->fault != NULL)
		return r->tags->fault;
	if ((fault = find_missing(r)) != NULL || (fault = s->fault) != NULL)
		return fault;
	fault = r->is_dkim ? find_dkim_fault(r) : find_arc_fault(r);
	if (fault != NULL)
		return fault;
	if (strcmp(s->a, "rsa-sha256") != 0 && strcmp(s->a, "rsa-sha1") != 0 &&
	    strcmp(s->a, "ed25519-sha256") != 0)
		return "its algorithm, a=, is unknown";
	if (s->c != NULL && !is_canonicalization(s->c))
		return "its canonicalization, c=, is unknown";
	if (!is_base64(s->b) || (!r->is_seal && !is_base64(s->bh)))
		return "its b= or bh= is not base64";
	if (!r->is_seal && !has_word(dkim_tag_text(h, r->arena), "from"))
		return "its h= does not have From, which must be signed";
	if (s->t >= 0 && s->x >= 0 && s->x <= s->t)
		return "it expires, x=, before it was made, t=";
	return NULL;
}

/* --- hashes --------------------------------------------------------------- */

static const char *
write_hex(struct arena *arena, const uint8_t *hash, size_t n)
{
	char *out = arena_alloc(arena, 2 * n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
	return out;
}

/* Hash its header fields and itself without what b= is (RFC 6376, 3.7). */
static void
hash_header(struct dkim_message *m, const struct dkim_field *own,
    const struct reading *r)
{
	struct explain_signature *s = r->out;
	bool is_relaxed = r->is_seal || (s->c != NULL && *s->c == 'r');
	const struct dkim_tag *h = dkim_tags_find(r->tags, "h"),
	                      *b = dkim_tags_find(r->tags, "b");
	struct dkim_hash hash;
	struct buf out = { 0 };
	uint8_t digest[DKIM_HASH_SIZE] = { 0 };
	size_t n;

	if (r->is_seal)
		s->hash.problem = dkim_message_add_sealed(
		    m, own, strcmp(s->cv, "fail") == 0, &out);
	else
		dkim_message_add_signed(
		    m, h->value, h->len, is_relaxed, own, &out);
	if (s->hash.problem == NULL) {
		dkim_canon_field(
		    &out, is_relaxed, &own->field, b->raw, b->raw_len);
		dkim_hash_init(
		    &hash, strcmp(s->a, "rsa-sha1") == 0, UINT64_MAX);
		dkim_hash_add(&hash, out.at, out.len - 2);
		n = dkim_hash_end(&hash, digest);
		s->hash.header = write_hex(r->arena, digest, n);
	}
	buf_done(&out);
}

static void
hash_body(struct dkim_message *m, const struct reading *r)
{
	struct explain_signature *s = r->out;
	const char *slash = s->c != NULL ? strchr(s->c, '/') : NULL;
	bool is_sha1 = strcmp(s->a, "rsa-sha1") == 0;
	uint64_t max = s->l >= 0 ? (uint64_t)s->l : UINT64_MAX;
	uint8_t expected[BASE64_DECODE_LENGTH(LIMIT_TEXT)];
	size_t n = decode(s->bh, expected, sizeof(expected));
	const struct dkim_body *b;
	bool fits;

	if (m->body == NULL) {
		s->hash.problem = "there is no body, only a header";
		return;
	}
	b = dkim_message_hash_body(
	    m, slash != NULL && slash[1] == 'r', is_sha1, max);
	if (b == NULL) {
		s->hash.problem = "there are too many signatures";
		return;
	}
	fits = n == (is_sha1 ? SHA1_DIGEST_SIZE : SHA256_DIGEST_SIZE) &&
	    memcmp(expected, b->hash, n) == 0;
	if (!fits && m->body_len == 0) {
		s->hash.problem = "the body is empty, or only the header is "
		                  "here";
		return;
	}
	s->hash.body = fits ? "match" : "mismatch";
	if (s->l >= 0 && max > b->len)
		s->fault = "its l= counts more bytes than the body has";
}

void
dkim_sig_read(struct dkim_message *m, const struct mime_field *f,
    struct arena *arena, struct explain_signature *out)
{
	const struct dkim_field *own = dkim_message_find(m, f->name);
	struct explain_place place = out->place;
	struct dkim_tags tags = { 0 };
	struct reading r = { .tags = &tags, .arena = arena, .out = out };

	*out = (struct explain_signature) { .place = place };
	out->kind = dkim_sig_kind(f);
	r.is_dkim = mime_field_is(f, "DKIM-Signature");
	r.is_seal = mime_field_is(f, "ARC-Seal");
	if (own != NULL)
		f = &own->field;
	dkim_tags_read(&tags, f->value, f->len);
	read_tags(&r);
	out->fault = find_fault(&r);
	out->hash.was_lf = m->was_lf;
	if (out->fault != NULL) {
		out->hash.problem = "it is not well-formed";
	} else if (m->problem != NULL || own == NULL) {
		out->hash.problem = m->problem != NULL
		    ? m->problem
		    : "the message was changed on its way here";
	} else {
		hash_header(m, own, &r);
		if (!r.is_seal)
			hash_body(m, &r);
	}
	dkim_tags_done(&tags);
}
