/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/why.h"

#include <string.h>

#include "answer/cause.h"
#include "base/buf.h"

static const char *
or_unknown(const char *word)
{
	return why_is_empty(word) ? "(not said)" : word;
}

static struct align_policy
policy_of(const struct why *w)
{
	return (struct align_policy) { .domain = w->domain,
		.dkim_strict = w->dkim_strict,
		.spf_strict = w->spf_strict };
}

void
why_align(struct why *w)
{
	const struct align_policy policy = policy_of(w);

	align_record(&w->record, &policy, &w->alignment);
}

/* Whether a domain that passed counts for From:. */
static enum align_verdict
verdict_of(const struct why *w, const char *domain, bool strict)
{
	struct auth_dkim passed = { .domain = domain, .result = "pass" };
	struct record one = { .header_from = w->record.header_from,
		.auth_dkim = { .at = &passed, .n = 1, .cap = 1 } };
	const struct align_policy policy = { .domain = w->domain,
		.dkim_strict = strict };
	struct alignment alignment;

	align_record(&one, &policy, &alignment);
	return alignment.dkim;
}

/* One more paragraph; the buffer is empty after it. */
static void
add(struct prose *p, struct buf *b)
{
	prose_add(p, "%s", buf_str(b));
	b->len = 0;
}

/* --- evidence ------------------------------------------------------------- */

/* What a good result is worth; the verb is "is " or left out. */
static void
add_alignment(struct buf *b, const struct why *w, const char *verb,
    const char *domain, bool strict)
{
	const char *from = w->record.header_from;
	char org[ALIGN_DOMAIN];

	if (why_is_empty(domain)) {
		buf_add_str(b,
		    "whether it is aligned depends on its domain, which "
		    "the report does not name");
		return;
	}
	if (why_is_empty(from)) {
		buf_add_str(b,
		    "whether it is aligned depends on the domain in From:, "
		    "which the report does not name");
		return;
	}
	buf_add_str(b, verb);
	switch (verdict_of(w, domain, strict)) {
	case ALIGN_PASS:
		if (align_domains(domain, from, true))
			buf_add_str(b, "aligned, as From: has the same domain");
		else
			buf_printf(b,
			    "aligned, as %s is of the same organization", from);
		return;
	case ALIGN_UNKNOWN:
		buf_printf(b,
		    "aligned only if the receiver takes it for the same "
		    "organization as %s",
		    from);
		return;
	case ALIGN_FAIL:
		break;
	}
	if (strict && verdict_of(w, domain, false) == ALIGN_PASS)
		buf_printf(b,
		    "not aligned: the policy is strict and wants exactly %s",
		    from);
	else if (align_organization(from, org))
		buf_printf(b, "not aligned: %s is not of the organization %s",
		    domain, org);
	else
		buf_printf(b, "not aligned with %s", from);
}

static void
add_comment(struct buf *b, const char *comment)
{
	if (!why_is_empty(comment))
		buf_printf(b, " (\"%s\")", comment);
}

/* Return the words for this one, or those for all others. */
static const char *
words_for(const char *const (*words)[2], size_t n, const char *word,
    const char *other)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (why_is(word, words[i][0]))
			return words[i][1];
	return other;
}

/* Return what is wrong with a signature, after its name. */
static const char *
dkim_problem(const char *result)
{
	static const char *const words[][2] = {
		{ "fail",
		    "is bad: the message was changed after signing, or the "
		    "key in DNS is a different one" },
		{ "permerror",
		    "cannot be checked: its key in DNS is missing "
		    "or unusable" },
		{ "temperror", "could not be checked: DNS did not answer" },
		{ "neutral", "was not accepted: it is incomplete or odd" },
		{ "policy",
		    "was not accepted: it is too weak for the "
		    "receiver" },
		{ "none", "was not checked" },
	};

	return words_for(words, sizeof(words) / sizeof(words[0]), result,
	    "has no known result in the report");
}

/*
 * Return whether a method passed, as the receiver says, by something that the
 * report does not list.  It is another matter if what it lists contradicts
 * that.
 */
static bool
is_unlisted(const char *said, enum align_verdict listed, bool maybe)
{
	return why_is(said, "pass") && listed == ALIGN_UNKNOWN && !maybe;
}

static void
add_dkim(struct prose *p, const struct why *w)
{
	const struct auth_dkim *d = w->record.auth_dkim.at;
	struct buf b = { 0 };
	bool maybe = false; /* one of them is what passed */
	size_t i;

	for (i = 0; i < w->record.auth_dkim.n; i++) {
		buf_printf(&b, "DKIM: the signature d=%s s=%s ",
		    or_unknown(d[i].domain), or_unknown(d[i].selector));
		if (why_is(d[i].result, "pass")) {
			buf_add_str(&b, "is good, and ");
			add_alignment(&b, w, "", d[i].domain, w->dkim_strict);
			maybe |= verdict_of(w, d[i].domain, w->dkim_strict) !=
			    ALIGN_FAIL;
		} else
			buf_add_str(&b, dkim_problem(d[i].result));
		add_comment(&b, d[i].human_result);
		buf_add_char(&b, '.');
		add(p, &b);
	}
	if (is_unlisted(w->record.dkim, w->alignment.dkim, maybe))
		buf_printf(&b,
		    "DKIM: the receiver says that it passes, but the report %s "
		    "signature.",
		    w->record.auth_dkim.n == 0 ? "lists no"
		                               : "does not say by which");
	else if (w->record.auth_dkim.n == 0)
		buf_add_str(&b, "DKIM: the report lists no signature.");
	if (b.len > 0)
		add(p, &b);
	buf_done(&b);
}

/* Return what SPF says of the address, after the domain. */
static const char *
spf_problem(const char *result)
{
	static const char *const words[][2] = {
		{ "fail", "does not let this address send" },
		{ "softfail", "does not list this address" },
		{ "neutral", "says nothing about this address" },
		{ "none", "has no SPF record" },
		{ "permerror", "has an invalid SPF record" },
		{ "temperror", "could not be looked up: DNS did not answer" },
	};

	return words_for(words, sizeof(words) / sizeof(words[0]), result,
	    "has no known result in the report");
}

static void
add_spf_domain(struct buf *b, const struct auth_spf *s, bool helo)
{
	buf_printf(b, "SPF: %s (%s) ",
	    why_is_empty(s->domain) ? "an unnamed domain" : s->domain,
	    helo ? "name in HELO" : "envelope sender");
}

static void
add_spf(struct prose *p, const struct why *w)
{
	const struct auth_spf *s = w->record.auth_spf.at;
	bool null_sender = why_is(w->record.envelope_from, ""), helo;
	struct buf b = { 0 };
	bool maybe = false; /* one of them is what passed */
	size_t i;

	for (i = 0; i < w->record.auth_spf.n; i++) {
		helo = why_is(s[i].scope, "helo");
		add_spf_domain(&b, &s[i], helo);
		if (why_is_empty(s[i].result))
			buf_add_str(&b, spf_problem(NULL));
		else if (!why_is(s[i].result, "pass"))
			buf_printf(&b, "%s (%s)", spf_problem(s[i].result),
			    s[i].result);
		else if (helo && !null_sender)
			buf_add_str(&b,
			    "lets this address send, but HELO does not count "
			    "for DMARC");
		else {
			buf_add_str(&b, "lets this address send, and ");
			add_alignment(&b, w, "is ", s[i].domain, w->spf_strict);
			maybe |= verdict_of(w, s[i].domain, w->spf_strict) !=
			    ALIGN_FAIL;
		}
		add_comment(&b, s[i].human_result);
		buf_add_char(&b, '.');
		add(p, &b);
	}
	if (is_unlisted(w->record.spf, w->alignment.spf, maybe))
		buf_printf(&b,
		    "SPF: the receiver says that it passes, but the report %s "
		    "result.",
		    w->record.auth_spf.n == 0 ? "lists no"
		                              : "does not say by which");
	else if (w->record.auth_spf.n == 0)
		buf_add_str(&b, "SPF: the report lists no result.");
	if (b.len > 0)
		add(p, &b);
	buf_done(&b);
}

static void
add_reasons(struct prose *p, const struct why *w)
{
	const struct why_reason *r = w->reasons.at;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < w->reasons.n; i++) {
		buf_printf(&b, "%s: %s, %s",
		    r[i].changed ? "Exception" : "Reason given",
		    or_unknown(r[i].type),
		    cause_of_override(r[i].type, r[i].forwarding));
		add_comment(&b, r[i].comment);
		if (!r[i].changed && w->record.disposition != NULL)
			buf_add_str(&b, "; it changed nothing");
		buf_add_char(&b, '.');
		add(p, &b);
	}
	buf_done(&b);
}

void
why_add_evidence(struct prose *p, const struct why *w)
{
	struct buf b = { 0 };

	add_dkim(p, w);
	add_spf(p, w);
	add_reasons(p, w);
	if (align_is_mismatch(&w->record, &w->alignment)) {
		buf_printf(&b,
		    "Beware: the reporter's own verdict, DKIM %s and SPF %s, "
		    "does not follow from this.",
		    or_unknown(w->record.dkim), or_unknown(w->record.spf));
		add(p, &b);
	}
	buf_done(&b);
}
