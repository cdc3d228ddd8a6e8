/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dkim: a key in the first line, then a message.  The body is hashed as a plain
 * reading of RFC 6376, 3.4 has it; what canonicalization calls the same gives
 * the same hashes; what is told of signatures and of the chain fits together.
 */
#include "fuzz.h"

#include "base/limits.h"
#include "base/sha256.h"
#include "base/text.h"
#include "dns/arc_chain.h"
#include "parse/dkim_sig.h"

/* One answer to every question. */
struct answer {
	struct arena arena;
	const struct dns_answer *is;
};

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct answer *answer = arg;

	MUST(type == DNS_TXT && dns_is_name(name));
	return answer->is;
}

/* --- the body, step by step ----------------------------------------------- */

/* Each line end as CRLF; the last line has one, too. */
static void
make_lines(const char *p, size_t n, struct buf *out)
{
	const char *nl;
	size_t len;

	for (; n > 0; p += len + 1, n -= len + 1) {
		nl = memchr(p, '\n', n);
		len = nl != NULL ? (size_t)(nl - p) : n;
		buf_add(out, p, len);
		if (nl == NULL || len == 0 || p[len - 1] != '\r')
			buf_add_char(out, '\r');
		buf_add_char(out, '\n');
		if (nl == NULL)
			return;
	}
}

static bool
is_end(const struct buf *b, size_t i)
{
	return i + 1 < b->len && b->at[i] == '\r' && b->at[i + 1] == '\n';
}

static void
relax(const struct buf *in, struct buf *out)
{
	size_t i, from;

	for (i = 0; i < in->len; i++) {
		for (from = i; in->at[i] == ' ' || in->at[i] == '\t'; i++)
			continue;
		if (i > from && !is_end(in, i))
			buf_add_char(out, ' ');
		buf_add_char(out, in->at[i]);
	}
}

static void
drop_empty_lines(struct buf *b)
{
	while (b->len >= 4 && memcmp(b->at + b->len - 4, "\r\n\r\n", 4) == 0)
		b->len -= 2;
	if (b->len == 2 && memcmp(b->at, "\r\n", 2) == 0)
		b->len = 0;
}

static void
must_be_body(const char *body, size_t len, bool is_relaxed, uint64_t max)
{
	struct buf lines = { 0 }, relaxed = { 0 }, *canon = &lines;
	uint8_t expected[SHA256_SIZE], found[DKIM_HASH_SIZE];
	struct dkim_hash h;

	make_lines(body, len, &lines);
	if (is_relaxed) {
		relax(&lines, &relaxed);
		canon = &relaxed;
	}
	drop_empty_lines(canon);
	if (canon->len == 0 && !is_relaxed)
		buf_add_str(canon, "\r\n");
	sha256_hash(buf_str(canon), canon->len < max ? canon->len : (size_t)max,
	    expected);
	dkim_hash_init(&h, false, max);
	dkim_canon_body(&h, is_relaxed, body, len);
	MUST(h.len == canon->len);
	MUST(dkim_hash_end(&h, found) == SHA256_SIZE);
	MUST(memcmp(expected, found, SHA256_SIZE) == 0);
	buf_done(&lines);
	buf_done(&relaxed);
}

/* --- signatures ----------------------------------------------------------- */

static void
must_be_text(const char *s)
{
	MUST(s == NULL ||
	    (strlen(s) <= LIMIT_TEXT && text_is_utf8(s, strlen(s))));
}

static void
must_be_signature(const struct explain_signature *s)
{
	const struct explain_hash *h = &s->hash;
	size_t n = h->header != NULL ? strlen(h->header) : 0;

	must_be_text(s->d);
	must_be_text(s->s);
	must_be_text(s->a);
	must_be_text(s->h);
	must_be_text(s->b);
	must_be_text(s->i);
	MUST(s->t >= -1 && s->x >= -1 && s->l >= -1);
	MUST(s->instance >= 0 && s->instance <= LIMIT_ARC_SETS);
	MUST(n == 0 || n == (strcmp(s->a, "rsa-sha1") == 0 ? 40 : 64));
	MUST(n > 0 || h->problem != NULL);
	MUST(h->body == NULL || n > 0);
	MUST(h->body == NULL || h->problem == NULL);
	MUST(h->body != NULL || h->problem != NULL ||
	    strcmp(s->kind, "seal") == 0);
}

static void
must_be_verdict(
    const struct explain_signature *s, const struct signature_verdict *v)
{
	bool has_fault = s->fault != NULL;

	MUST(v->result < SIGNATURE_RESULTS);
	MUST(!has_fault || v->result == SIGNATURE_MALFORMED ||
	    v->result == SIGNATURE_ALGORITHM);
	MUST(v->result < SIGNATURE_REVOKED || v->key != NULL);
	MUST(v->result != SIGNATURE_PASS || s->hash.header != NULL);
}

/* Read all, and verify; the facts are h's, and out's what all hashes are. */
static void
read_all(struct dkim_message *m, struct answer *answer,
    struct explain_header *h, struct buf *out)
{
	const struct dkim_field *f = m->fields.at;
	struct signature_verdict v[LIMIT_EXPLAIN_SIGNATURES];
	struct dns_source source = { ask, answer };
	struct explain_signature *s;
	struct explain_authres *a;
	struct arc_chain chain;
	size_t i, n;

	for (i = 0; i < m->fields.n; i++) {
		if (f[i].arc == ARC_RESULTS) {
			a = array_add(&h->authres, sizeof(*a));
			a->kind = "arc";
			a->instance = f[i].instance;
		}
		if (dkim_sig_kind(&f[i].field) == NULL ||
		    h->signatures.n == LIMIT_EXPLAIN_SIGNATURES)
			continue;
		s = array_add(&h->signatures, sizeof(*s));
		dkim_sig_read(m, &f[i].field, &answer->arena, s);
		must_be_signature(s);
		n = h->signatures.n - 1;
		signature_verify(s, &source, 1700000000, &answer->arena, &v[n]);
		must_be_verdict(s, &v[n]);
		buf_printf(out, "%s %s %s %s\n", s->kind,
		    signature_words[v[n].result],
		    s->hash.header != NULL ? s->hash.header : "-",
		    s->hash.body != NULL ? s->hash.body : "-");
	}
	arc_chain_judge(h, v, &chain);
	MUST((chain.status == ARC_CHAIN_NONE) ==
	    (h->authres.n == 0 && chain.reason == ARC_REASON_NONE &&
	        chain.sets == 0));
	MUST((chain.status == ARC_CHAIN_PASS ||
	         chain.status == ARC_CHAIN_NONE) ==
	    (chain.reason == ARC_REASON_NONE));
	buf_printf(out, "%s %s\n", arc_status_words[chain.status],
	    arc_reason_words[chain.reason]);
}

static void
see_body(const char *message, size_t len)
{
	struct dkim_message m;

	dkim_message_init(&m, message, len, NULL);
	if (m.body != NULL) {
		must_be_body(m.body, m.body_len, false, UINT64_MAX);
		must_be_body(m.body, m.body_len, true, UINT64_MAX);
		must_be_body(m.body, m.body_len, true, len % 64);
	}
	dkim_message_done(&m);
}

static void
see_message(
    const char *message, size_t len, struct answer *answer, struct buf *out)
{
	struct explain_header h = { 0 };
	struct dkim_message m;

	dkim_message_init(&m, message, len, NULL);
	read_all(&m, answer, &h, out);
	array_done(&h.signatures);
	array_done(&h.authres);
	dkim_message_done(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data, *nl = memchr(data, '\n', len);
	size_t key_len = nl != NULL ? (size_t)(nl - text) : 0;
	struct buf lines = { 0 }, found = { 0 }, again = { 0 };
	struct answer answer = { 0 };
	struct dns_builder b;

	if (nl == NULL)
		return 0;
	text = nl + 1;
	len -= key_len + 1;
	dns_begin(&b, &answer.arena);
	dns_add_text(&b, data, key_len, true);
	answer.is = dns_end(&b);
	see_body(text, len);
	see_message(text, len, &answer, &found);
	/* As it travels: with CRLF. */
	make_lines(text, len, &lines);
	see_message(buf_str(&lines), lines.len, &answer, &again);
	MUST(strcmp(buf_str(&found), buf_str(&again)) == 0);
	buf_done(&lines);
	buf_done(&found);
	buf_done(&again);
	arena_done(&answer.arena);
	return 0;
}
