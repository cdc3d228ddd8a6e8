/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_dns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/explain_envelope.h"
#include "answer/explain_result.h"

/* When it came to its receiver: t= and x= are judged by that. */
static int64_t
time_of(const struct explain_header *h, int64_t now)
{
	const struct explain_hop *border = explain_border(h);

	return border != NULL && border->time != 0 ? border->time : now;
}

/* Whose record, by what the receiver says, else by Return-Path. */
static void
find_sender(struct explain_dns *d, struct spf_query *query)
{
	struct explain_results results = { 0 };
	struct explain_envelope envelope;

	explain_results_find(&results, d->header);
	explain_envelope_find(&envelope, results.spf, &d->arena);
	explain_results_done(&results);
	if (envelope.domain == NULL && !envelope.is_null)
		explain_envelope_read(
		    &envelope, d->header->return_path, &d->arena);
	query->local = envelope.local;
	query->domain = envelope.domain;
	if (envelope.is_null) {
		query->domain = envelope.helo != NULL ? envelope.helo
		                                      : query->helo;
		d->spf_is_helo = true;
	}
}

static void
check_spf(struct explain_dns *d, const struct explain_facts *facts,
    const struct dns_source *source, int64_t now)
{
	const struct explain_hop *border = explain_border_of(facts);
	struct spf_query query = { .now = now };
	struct spf_verdict verdict;

	if (border == NULL || border->from_ip == NULL)
		return;
	d->spf_ip = border->from_ip;
	query.helo = border->from_helo;
	find_sender(d, &query);
	if (query.domain == NULL || !dns_is_name(query.domain))
		return;
	query.ip = d->spf_ip;
	d->spf_domain = query.domain;
	spf_check(source, &query, &verdict);
	d->spf = verdict.result;
	spf_verdict_done(&verdict);
}

/* --- alignment and what follows ------------------------------------------- */

/* Passed and aligned, or whether that is unknown. */
static enum dmarc_answer
counts(bool is_pass, bool is_unknown, enum dmarc_answer aligned)
{
	if (aligned == DMARC_NO || (!is_pass && !is_unknown))
		return DMARC_NO;
	return is_pass ? aligned : DMARC_CANNOT_TELL;
}

/* One that counts is enough. */
static void
add_count(struct explain_dns *d, enum dmarc_answer answer)
{
	if (answer == DMARC_YES ||
	    (answer == DMARC_CANNOT_TELL && d->passes == DMARC_NO))
		d->passes = answer;
}

/* Whether a signature was judged by the receiver that is not here any more. */
static bool
has_lost_signature(const struct explain_header *h)
{
	const struct explain_signature *s = h->signatures.at;
	const struct explain_result *const *dkim;
	struct explain_results results = { 0 };
	bool is_judged = false;
	size_t i;

	for (i = 0; i < h->signatures.n; i++)
		if (strcmp(s[i].kind, "dkim") == 0)
			return false;
	explain_results_find(&results, h);
	dkim = results.dkim.at;
	for (i = 0; i < results.dkim.n; i++)
		is_judged |= strcmp(dkim[i]->result, "none") != 0;
	explain_results_done(&results);
	return is_judged;
}

static void
judge_dmarc(struct explain_dns *d, const struct dns_source *source)
{
	const struct explain_signature *s = d->header->signatures.at;
	const struct dmarc_step *found = d->dmarc.walk.found;
	const struct dmarc_record *r;
	size_t i;

	if (!d->has_dmarc || found == NULL || (r = found->record) == NULL)
		return;
	d->has_policy = true;
	d->passes = DMARC_NO;
	for (i = 0; i < d->n; i++) {
		if (strcmp(s[i].kind, "dkim") != 0)
			continue;
		d->aligned[i] = s[i].d == NULL
		    ? DMARC_NO
		    : dmarc_is_aligned(source, d->dmarc.domain, s[i].d,
		          r->adkim_strict, &d->arena);
		add_count(d,
		    counts(d->verdicts[i].result == SIGNATURE_PASS,
		        signature_is_unknown(d->verdicts[i].result),
		        d->aligned[i]));
	}
	if (has_lost_signature(d->header))
		add_count(d, DMARC_CANNOT_TELL);
	if (d->spf_domain == NULL) {
		/* Nobody knows whose record that would be. */
		add_count(d, DMARC_CANNOT_TELL);
		return;
	}
	d->spf_aligned = dmarc_is_aligned(
	    source, d->dmarc.domain, d->spf_domain, r->aspf_strict, &d->arena);
	add_count(d,
	    counts(
	        d->spf == SPF_PASS, d->spf == SPF_TEMPERROR, d->spf_aligned));
}

void
explain_dns_prepare(const struct explain_facts *facts,
    void (*ask)(void *arg, enum dns_type, const char *name), void *arg)
{
	const struct explain_header *h = &facts->header;
	const struct explain_signature *s = h->signatures.at;
	const struct explain_address *from = h->from.at;
	struct explain_dns d = { .header = h };
	struct spf_query query = { 0 };
	char name[2 * DNS_NAME + 16];
	size_t i;

	for (i = 0; i < h->signatures.n && i < EXPLAIN_DNS_SIGNATURES; i++) {
		if (s[i].s == NULL || s[i].d == NULL)
			continue;
		snprintf(
		    name, sizeof(name), "%s._domainkey.%s", s[i].s, s[i].d);
		ask(arg, DNS_TXT, name);
	}
	if (h->from.n == 1 && from[0].domain != NULL) {
		snprintf(name, sizeof(name), "_dmarc.%s", from[0].domain);
		ask(arg, DNS_TXT, name);
	}
	find_sender(&d, &query);
	if (query.domain != NULL && dns_is_name(query.domain))
		ask(arg, DNS_TXT, query.domain);
	arena_done(&d.arena);
}

void
explain_dns_make(struct explain_dns *d, const struct explain_facts *facts,
    const struct dns_source *source, int64_t now)
{
	const struct explain_header *h = &facts->header;
	const struct explain_signature *s = h->signatures.at;
	const struct explain_address *from = h->from.at;
	size_t i;

	memset(d, 0, sizeof(*d));
	d->header = h;
	d->n = h->signatures.n;
	if (d->n > EXPLAIN_DNS_SIGNATURES)
		d->n = EXPLAIN_DNS_SIGNATURES;
	if (d->n > 0)
		d->verdicts = xcalloc(d->n, sizeof(*d->verdicts));
	if (d->n > 0)
		d->aligned = xcalloc(d->n, sizeof(*d->aligned));
	for (i = 0; i < d->n; i++)
		signature_verify(
		    &s[i], source, time_of(h, now), &d->arena, &d->verdicts[i]);
	if (d->n == h->signatures.n)
		arc_chain_judge(h, d->verdicts, &d->arc);
	/* A failure means nothing where part of the chain may be lost. */
	if (!facts->is_intact && d->arc.status == ARC_CHAIN_FAIL)
		d->arc.status = ARC_CHAIN_UNKNOWN;
	check_spf(d, facts, source, now);
	if (h->from.n == 1 && h->from_fields <= 1 && from[0].domain != NULL)
		d->has_dmarc = dmarc_find(
		    source, from[0].domain, &d->arena, &d->dmarc);
	judge_dmarc(d, source);
}

void
explain_dns_done(struct explain_dns *d)
{
	free(d->verdicts);
	free(d->aligned);
	arena_done(&d->arena);
	memset(d, 0, sizeof(*d));
}

/* A clause for a result. */
static const char *
result_words(enum signature_result result)
{
	static const char *const words[SIGNATURE_RESULTS] = {
		[SIGNATURE_ALGORITHM] = "its algorithm is not known",
		[SIGNATURE_MALFORMED] = "it is malformed",
		[SIGNATURE_NO_ANSWER] = "cannot tell: DNS did not answer",
		[SIGNATURE_NO_KEY] = "there is no key for it in DNS",
		[SIGNATURE_REVOKED] = "its key was withdrawn",
		[SIGNATURE_SHORT_KEY] = "its key is too short to count",
		[SIGNATURE_KEY_TYPE] = "the key is of another algorithm",
		[SIGNATURE_BAD_KEY] = "the key is of no use",
		[SIGNATURE_HASH] = "the key is not for its hash",
		[SIGNATURE_STRICT] = "the key forbids subdomains in i=",
		[SIGNATURE_NOT_HASHED] =
		    "cannot tell: the message is not here as it was sent",
		[SIGNATURE_BOTH] =
		    "header and body were changed after it was signed, or the "
		    "key is another one",
		[SIGNATURE_HEADER] =
		    "the header was changed after it was signed, or the key is "
		    "another one; the body is as it was signed",
		[SIGNATURE_BODY] =
		    "the body was changed after it was signed; the header is "
		    "as it was signed",
		[SIGNATURE_HEADER_ONLY] =
		    "it fits the header; the body is not here",
		[SIGNATURE_OBSOLETE] =
		    "it fits, but by SHA-1, which no longer counts",
		[SIGNATURE_EXPIRED] = "it fits, but had expired",
		[SIGNATURE_FUTURE] = "it fits, but is dated in the future",
		[SIGNATURE_PASS] = "it is good",
	};

	return words[result];
}

/* Whether "from" is among the names in h=, which are apart by ":". */
static bool
signs_from(const char *names)
{
	size_t n;

	for (; names != NULL && *names != '\0';
	     names += n + (names[n] == ':')) {
		n = strcspn(names, ":");
		if (n == 4 && strncmp(names, "from", 4) == 0)
			return true;
	}
	return false;
}

/* Why the result is what it is, where more is known than its clause says. */
static const char *
reason_of(const struct explain_signature *s, enum signature_result result)
{
	if (result == SIGNATURE_MALFORMED)
		return s->fault;
	return result == SIGNATURE_NOT_HASHED ? s->hash.problem : NULL;
}

void
explain_dns_add_signature(
    struct buf *b, const struct explain_dns *d, size_t number)
{
	const struct explain_signature *s = (const struct explain_signature *)
	                                        d->header->signatures.at +
	    number;
	const struct signature_verdict *v = &d->verdicts[number];
	const bool is_dkim = strcmp(s->kind, "dkim") == 0;
	const char *reason = reason_of(s, v->result);

	buf_add_str(b, result_words(v->result));
	if (reason != NULL)
		buf_printf(b, " (%s)", reason);
	if (v->key != NULL && v->key->bits > 0) {
		buf_printf(b, "; key of %u bits", v->key->bits);
		if (v->key->faults & DKIM_BIT(DKIM_SHORT))
			buf_add_str(b, ", which should have 2,048");
		if (v->key->faults & DKIM_BIT(DKIM_TESTING))
			buf_add_str(
			    b, ", which says that it is being tested (t=y)");
	}
	if (is_dkim && s->h != NULL && !signs_from(s->h))
		buf_add_str(b,
		    "; From: is not signed (h=), so that it counts for "
		    "nothing");
	if (s->l >= 0)
		buf_printf(b,
		    "; only the first %" PRId64 " byte%s of the body %s signed "
		    "(l=): anybody can add more",
		    s->l, s->l == 1 ? "" : "s", s->l == 1 ? "is" : "are");
}
