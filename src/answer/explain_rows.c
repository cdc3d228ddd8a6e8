/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <strings.h>

#include "answer/explain_envelope.h"
#include "answer/explain_priv.h"
#include "base/text.h"
#include "report/align.h"

/* The receiver's own words. */
static const char *
words_of(const struct explain_result *result)
{
	const char *const *comment = result->comments.at;

	if (result->reason != NULL)
		return result->reason;
	return result->comments.n > 0 ? comment[0] : NULL;
}

/*
 * The result by RFC 8601, for those who have a word of their own.  "unknown" is
 * one of early SPF for permerror; of DKIM and DMARC Yahoo has it where there is
 * neither signature nor record.
 */
static const char *
plain(const char *method, const char *result)
{
	static const char *const words[][2] = { { "timeout", "temperror" },
		{ "temp_fail", "temperror" }, { "tempfail", "temperror" },
		{ "error", "temperror" }, { "perm_fail", "fail" },
		{ "permfail", "fail" }, { "hardfail", "fail" } };
	size_t i;

	if (strcmp(method, "spf") == 0 && strcmp(result, "unknown") == 0)
		return "permerror";
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(result, words[i][0]) == 0)
			return words[i][1];
	return result;
}

bool
explain_is_of_signature(const char *result)
{
	return strcmp(result, "none") != 0 && strcmp(result, "unknown") != 0;
}

static const char *
why_not(const char *method, const char *result, enum explain_aligned aligned)
{
	static const struct {
		const char *result;
		const char *dkim;
		const char *spf;
	} words[] = {
		{ "none", "there is no signature", "there is no record" },
		{ "fail", "the signature does not fit the message or its key",
		    "the record does not let this host send" },
		{ "softfail", "that is no verdict",
		    "the record does not say that this host may send" },
		{ "neutral", "the signature could not be verified",
		    "the record does not say that this host may send" },
		{ "policy", "the receiver does not accept such a signature",
		    "the receiver does not accept that" },
		{ "temperror", "DNS did not answer: cannot tell",
		    "DNS did not answer: cannot tell" },
		{ "permerror", "the signature or its key is faulty",
		    "the record is faulty" },
	};
	size_t i;

	if (result == NULL)
		return "nobody judged it";
	if (strcmp(result, "pass") == 0)
		return aligned == EXPLAIN_UNALIGNED
		    ? "another domain than From:"
		    : NULL;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(result, words[i].result) == 0)
			return strcmp(method, "dkim") == 0 ? words[i].dkim
			                                   : words[i].spf;
	return "that is no verdict";
}

static struct explain_row *
add_row(struct explain_case *c, const char *identifier, const char *domain,
    const char *result)
{
	struct explain_row *row = array_add(&c->answer->rows, sizeof(*row));

	row->identifier = identifier;
	row->domain = domain;
	row->result = result != NULL ? plain(identifier, result) : NULL;
	if (result != row->result)
		row->said = result;
	if (c->from != NULL && domain != NULL)
		row->aligned = align_domains(c->from, domain, false)
		    ? EXPLAIN_ALIGNED
		    : EXPLAIN_UNALIGNED;
	row->why = why_not(identifier, row->result, row->aligned);
	return row;
}

static void
add_spf(struct explain_case *c)
{
	const struct explain_result *spf = c->results.spf;
	struct explain_envelope envelope;
	const char *domain;
	struct explain_row *row;
	struct auth_spf *auth;

	if (spf == NULL)
		return;
	explain_envelope_find(&envelope, spf, &c->answer->text);
	domain = envelope.domain != NULL ? envelope.domain : envelope.helo;
	/* Its comment only repeats the result. */
	row = add_row(c, "spf", domain, spf->result);
	if (spf->reason != NULL)
		row->said = spf->reason;
	auth = array_add(&c->answer->record.auth_spf, sizeof(*auth));
	auth->domain = domain;
	auth->result = row->result;
}

/* Of the only signature of this domain, where the receiver did not name it. */
static const char *
selector_of(const struct explain_header *h, const char *domain)
{
	const struct explain_signature *s = h->signatures.at;
	const char *selector = NULL;
	size_t i, n = 0;

	for (i = 0; i < h->signatures.n && domain != NULL; i++)
		if (strcmp(s[i].kind, "dkim") == 0 && s[i].d != NULL &&
		    strcasecmp(s[i].d, domain) == 0) {
			selector = s[i].s;
			n++;
		}
	return n == 1 ? selector : NULL;
}

static bool
is_expired(const struct explain_row *row)
{
	return row->said != NULL && strcmp(row->result, "pass") != 0 &&
	    strcasestr(row->said, "expired") != NULL &&
	    strcasestr(row->said, "key") == NULL;
}

static void
add_dkim(struct explain_case *c)
{
	const struct explain_result *const *dkim = c->results.dkim.at;
	struct explain_row *row;
	struct auth_dkim *auth;
	const char *domain;
	size_t i;

	for (i = 0; i < c->results.dkim.n; i++) {
		domain = explain_domain_of(
		    explain_result_value(dkim[i], "header", "d"),
		    &c->answer->text);
		if (domain == NULL)
			domain = explain_domain_of(
			    explain_result_value(dkim[i], "header", "i"),
			    &c->answer->text);
		row = add_row(c, "dkim", domain, dkim[i]->result);
		row->selector = explain_result_value(dkim[i], "header", "s");
		if (row->selector == NULL)
			row->selector = selector_of(c->header, domain);
		if (words_of(dkim[i]) != NULL)
			row->said = words_of(dkim[i]);
		if (is_expired(row))
			row->why = "the signature had expired (x=)";
		if (!explain_is_of_signature(row->result))
			continue;
		auth = array_add(&c->answer->record.auth_dkim, sizeof(*auth));
		auth->domain = domain;
		auth->result = row->result;
	}
}

/* Signatures that no result that counts speaks of. */
static void
add_signatures(struct explain_case *c)
{
	const struct explain_signature *s = c->header->signatures.at;
	size_t i;

	if (c->results.dkim.n > 0)
		return;
	for (i = 0; i < c->header->signatures.n; i++)
		if (strcmp(s[i].kind, "dkim") == 0)
			add_row(c, "dkim", s[i].d, NULL)->selector = s[i].s;
}

static bool
has_signature(const struct explain_header *h)
{
	const struct explain_signature *s = h->signatures.at;
	size_t i;

	for (i = 0; i < h->signatures.n; i++)
		if (strcmp(s[i].kind, "dkim") == 0)
			return true;
	return false;
}

static bool
is_dkim_judged(const struct explain_case *c)
{
	const struct explain_result *const *dkim = c->results.dkim.at;
	size_t i;

	for (i = 0; i < c->results.dkim.n; i++)
		if (strcmp(dkim[i]->result, "unknown") != 0)
			return true;
	return false;
}

/* As reports would have it, so that it gets the words of why. */
static void
find_cause(struct explain_case *c)
{
	struct explain_answer *a = c->answer;
	const struct explain_row *row = a->rows.at;
	bool spf = false, dkim = false, undecided = false;
	size_t i;

	if (c->from == NULL ||
	    (c->results.spf == NULL && c->results.dkim.n == 0))
		return;
	for (i = 0; i < a->rows.n; i++) {
		if (row[i].aligned != EXPLAIN_ALIGNED || row[i].result == NULL)
			continue;
		undecided |= strcmp(row[i].result, "temperror") == 0 &&
		    strcmp(row[i].identifier, "dmarc") != 0;
		if (strcmp(row[i].result, "pass") != 0)
			continue;
		spf |= strcmp(row[i].identifier, "spf") == 0;
		dkim |= strcmp(row[i].identifier, "dkim") == 0;
	}
	/* A signature that nobody judged may be good. */
	if (!is_dkim_judged(c) && !spf && has_signature(c->header))
		return;
	/* SPF that nobody judged may pass; not so if DMARC failed. */
	if (c->results.spf == NULL && !dkim &&
	    (c->results.dmarc == NULL ||
	        strcmp(c->results.dmarc->result, "fail") != 0))
		return;
	a->record.header_from = c->from;
	a->record.spf = spf ? "pass" : "fail";
	a->record.dkim = dkim ? "pass" : "fail";
	/* Without an answer of DNS nobody knows what is wrong. */
	if (!undecided || spf || dkim)
		a->cause = record_cause(&a->record);
}

void
explain_rows_make(struct explain_case *c)
{
	const struct explain_address *from = c->header->from.at;
	struct explain_row *row;
	size_t i;

	for (i = 0; i < c->header->from.n; i++) {
		row = add_row(c, "from", from[i].domain, NULL);
		row->said = from[i].address;
		row->aligned = EXPLAIN_ALIGNED_UNKNOWN;
		row->why = NULL;
	}
	/* Of a field that was pasted alone. */
	if (c->header->from.n == 0 && c->from != NULL) {
		row = add_row(c, "from", c->from, NULL);
		row->aligned = EXPLAIN_ALIGNED_UNKNOWN;
		row->why = NULL;
	}
	add_spf(c);
	add_dkim(c);
	add_signatures(c);
	if (c->results.dmarc != NULL) {
		row = add_row(c, "dmarc",
		    explain_dmarc_domain(c->results.dmarc),
		    c->results.dmarc->result);
		if (words_of(c->results.dmarc) != NULL)
			row->said = words_of(c->results.dmarc);
		row->aligned = EXPLAIN_ALIGNED_UNKNOWN;
		row->why = NULL;
	}
	find_cause(c);
}

bool
explain_has_aligned_signature(const struct explain_case *c)
{
	const struct explain_row *row = c->answer->rows.at;
	size_t i;

	for (i = 0; i < c->answer->rows.n; i++)
		if (strcmp(row[i].identifier, "dkim") == 0 &&
		    row[i].aligned == EXPLAIN_ALIGNED &&
		    (row[i].result == NULL ||
		        strcmp(row[i].result, "none") != 0))
			return true;
	return false;
}

/*
 * Whether it says that it was for a mailbox at the organization that then gave
 * it to its receiver.
 */
static bool
is_for_forwarder(struct explain_case *c)
{
	const struct explain_header *h = c->header;
	const struct explain_hop *hop = h->received.at;
	const char *relay = NULL;
	size_t i;

	for (i = 0; i < h->received.n; i++) {
		if (hop[i].is_border)
			relay = hop[i].from_name != NULL ? hop[i].from_name
			                                 : hop[i].from_helo;
		else if (relay != NULL && hop[i].from_ip != NULL &&
		    align_domains(hop[i].by, relay, false) &&
		    align_domains(
		        explain_domain_of(hop[i].for_address, &c->answer->text),
		        relay, false))
			return true;
	}
	return false;
}

/*
 * SPF was judged for another host or domain than those of From:, and no
 * signature of that domain survived, or there was none: this is what lists and
 * forwarders leave, of which it says something.
 */
bool
explain_is_sent_on(struct explain_case *c)
{
	const struct explain_row *row = c->answer->rows.at;
	const struct explain_header *h = c->header;
	bool foreign_spf = false, broken = false, aligned = false;
	size_t i;

	for (i = 0; i < c->answer->rows.n; i++) {
		if (row[i].result == NULL)
			continue;
		if (strcmp(row[i].identifier, "spf") == 0)
			foreign_spf = row[i].aligned == EXPLAIN_UNALIGNED ||
			    strcmp(row[i].result, "pass") != 0;
		else if (strcmp(row[i].identifier, "dkim") == 0 &&
		    row[i].aligned == EXPLAIN_ALIGNED) {
			aligned |= strcmp(row[i].result, "pass") == 0;
			broken |= strcmp(row[i].result, "fail") == 0;
		}
	}
	if (!foreign_spf || aligned)
		return false;
	if (h->forwarded_to != NULL || h->forwarded_for != NULL ||
	    h->resent_from != NULL || is_for_forwarder(c))
		return broken || !explain_has_aligned_signature(c);
	/* A list that people write to; some take signatures off. */
	if (h->list_id != NULL && !explain_has_aligned_signature(c) &&
	    ((h->list_post != NULL && strchr(h->list_post, '@') != NULL) ||
	        (h->precedence != NULL && strcmp(h->precedence, "list") == 0)))
		return true;
	/* Newsletters of services have a List-Id as well, without a list. */
	return broken && (h->list_id != NULL || h->original_from != NULL);
}
