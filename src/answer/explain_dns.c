/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_dns.h"

#include <stdlib.h>
#include <string.h>

/* When it came to its receiver: t= and x= are judged by that. */
static int64_t
time_of(const struct explain_header *h, int64_t now)
{
	const struct explain_hop *hop = h->received.at;
	size_t i;

	for (i = 0; i < h->received.n; i++)
		if (hop[i].is_border && hop[i].time != 0)
			return hop[i].time;
	return now;
}

static void
check_spf(struct explain_dns *d, const struct explain_facts *facts,
    const struct dns_source *source, int64_t now)
{
	const struct explain_header *h = d->header;
	const struct explain_hop *hop = h->received.at;
	const char *at = NULL;
	struct spf_query query = { .now = now };
	struct spf_verdict verdict;
	size_t i;

	for (i = 0; i < h->received.n; i++)
		if (hop[i].is_border) {
			d->spf_ip = hop[i].from_ip;
			query.helo = hop[i].from_helo;
		}
	if (h->return_path != NULL)
		at = strrchr(h->return_path, '@');
	/* Of the original in a bounce the border may be the sender's own. */
	if (d->spf_ip == NULL || at == NULL || at[1] == '\0' ||
	    facts->is_bounce)
		return;
	query.ip = d->spf_ip;
	query.domain = d->spf_domain = at + 1;
	query.local = arena_strndup(
	    &d->arena, h->return_path, (size_t)(at - h->return_path));
	spf_check(source, &query, &verdict);
	d->spf = verdict.result;
	spf_verdict_done(&verdict);
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
	for (i = 0; i < d->n; i++)
		signature_verify(
		    &s[i], source, time_of(h, now), &d->arena, &d->verdicts[i]);
	if (d->n == h->signatures.n)
		arc_chain_judge(h, d->verdicts, &d->arc);
	/* A failure means nothing where part of the chain may be lost. */
	if (!facts->is_intact && d->arc.status == ARC_CHAIN_FAIL)
		d->arc.status = ARC_CHAIN_UNKNOWN;
	check_spf(d, facts, source, now);
	if (h->from.n == 1 && from[0].domain != NULL)
		d->has_dmarc = dmarc_find(
		    source, from[0].domain, &d->arena, &d->dmarc);
}

void
explain_dns_done(struct explain_dns *d)
{
	free(d->verdicts);
	arena_done(&d->arena);
	memset(d, 0, sizeof(*d));
}

const char *
explain_dns_result(enum signature_result result)
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
