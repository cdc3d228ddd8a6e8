/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/why_words.h"

#include <string.h>

#include "base/buf.h"

static bool
is(const char *word, const char *other)
{
	return word != NULL && strcmp(word, other) == 0;
}

static bool
is_empty(const char *word)
{
	return word == NULL || *word == '\0';
}

static const char *
or_unknown(const char *word)
{
	return is_empty(word) ? "(not said)" : word;
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

static void
say(struct output *o, int indent, struct buf *b)
{
	output_explain(o, 2, "%*s%s", indent, "", buf_str(b));
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

	if (is_empty(domain)) {
		buf_add_str(b,
		    "whether it is aligned depends on its domain, which "
		    "the report does not name");
		return;
	}
	if (is_empty(from)) {
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
	if (!is_empty(comment))
		buf_printf(b, " (\"%s\")", comment);
}

/* What stands beside this word, or what is said of all others. */
static const char *
words_for(const char *const (*words)[2], size_t n, const char *word,
    const char *other)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is(word, words[i][0]))
			return words[i][1];
	return other;
}

/* What a signature is that is not good. */
static const char *
dkim_problem(const char *result)
{
	static const char *const words[][2] = {
		{ "fail",
		    "is bad: the mail was changed after signing, or the "
		    "key in DNS is another one" },
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
	    "has no result of known meaning in the report");
}

/*
 * Whether a method passed, as the receiver says, by something that the report
 * does not list.  What it lists and contradicts that is another matter.
 */
static bool
is_unlisted(const char *said, enum align_verdict listed, bool maybe)
{
	return is(said, "pass") && listed == ALIGN_UNKNOWN && !maybe;
}

static void
say_dkim(struct output *o, const struct why *w, int indent)
{
	const struct auth_dkim *d = w->record.auth_dkim.at;
	struct buf b = { 0 };
	bool maybe = false; /* one of them is what passed */
	size_t i;

	for (i = 0; i < w->record.auth_dkim.n; i++) {
		buf_printf(&b, "DKIM: the signature d=%s s=%s ",
		    or_unknown(d[i].domain), or_unknown(d[i].selector));
		if (is(d[i].result, "pass")) {
			buf_add_str(&b, "is good, and ");
			add_alignment(&b, w, "", d[i].domain, w->dkim_strict);
			maybe |= verdict_of(w, d[i].domain, w->dkim_strict) !=
			    ALIGN_FAIL;
		} else
			buf_add_str(&b, dkim_problem(d[i].result));
		add_comment(&b, d[i].human_result);
		buf_add_char(&b, '.');
		say(o, indent, &b);
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
		say(o, indent, &b);
	buf_done(&b);
}

/* What SPF says when it does not pass, about the address. */
static const char *
spf_problem(const char *result)
{
	static const char *const words[][2] = {
		{ "fail", "does not let this address send" },
		{ "softfail", "does not list this address" },
		{ "neutral", "says nothing about this address" },
		{ "none", "is not there" },
		{ "permerror", "is wrong" },
		{ "temperror", "could not be read: DNS did not answer" },
	};

	return words_for(words, sizeof(words) / sizeof(words[0]), result,
	    "has no result of known meaning in the report");
}

static void
add_spf_record(struct buf *b, const struct auth_spf *s, bool helo)
{
	const char *what = helo ? "name in HELO" : "envelope sender";

	if (is_empty(s->domain))
		buf_printf(b, "SPF: the record of the %s, (not said), ", what);
	else
		buf_printf(
		    b, "SPF: the record of %s, the %s, ", s->domain, what);
}

static void
say_spf(struct output *o, const struct why *w, int indent)
{
	const struct auth_spf *s = w->record.auth_spf.at;
	bool null_sender = is(w->record.envelope_from, ""), helo;
	struct buf b = { 0 };
	bool maybe = false; /* one of them is what passed */
	size_t i;

	for (i = 0; i < w->record.auth_spf.n; i++) {
		helo = is(s[i].scope, "helo");
		add_spf_record(&b, &s[i], helo);
		if (is_empty(s[i].result))
			buf_add_str(&b, spf_problem(NULL));
		else if (!is(s[i].result, "pass"))
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
		say(o, indent, &b);
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
		say(o, indent, &b);
	buf_done(&b);
}

/* Why the receiver did not do what the policy asks for. */
static const char *
reason_meaning(const struct why_reason *r)
{
	static const char *const words[][2] = {
		{ "forwarded", "the receiver takes it for forwarded mail" },
		{ "mailing_list", "the receiver takes it for a mailing list" },
		{ "trusted_forwarder",
		    "the receiver trusts whoever forwarded it" },
		{ "local_policy", "the receiver has rules of its own" },
		{ "policy_test_mode", "the policy is only tested (t=y)" },
		{ "sampled_out", "pct left it out" },
	};

	if (r->forwarding && is(r->type, "local_policy"))
		return "the receiver trusts the ARC chain of whoever forwarded "
		       "it";
	return words_for(words, sizeof(words) / sizeof(words[0]), r->type,
	    "the receiver made an exception");
}

static void
say_reasons(struct output *o, const struct why *w, int indent)
{
	const struct why_reason *r = w->reasons.at;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < w->reasons.n; i++) {
		buf_printf(&b, "%s: %s, %s",
		    r[i].changed ? "Exception" : "Reason given",
		    or_unknown(r[i].type), reason_meaning(&r[i]));
		add_comment(&b, r[i].comment);
		if (!r[i].changed && w->record.disposition != NULL)
			buf_add_str(&b, "; it changed nothing");
		buf_add_char(&b, '.');
		say(o, indent, &b);
	}
	buf_done(&b);
}

void
why_say_evidence(struct output *o, const struct why *w, int indent)
{
	struct buf b = { 0 };

	say_dkim(o, w, indent);
	say_spf(o, w, indent);
	say_reasons(o, w, indent);
	if (align_is_mismatch(&w->record, &w->alignment)) {
		buf_printf(&b,
		    "Beware: the reporter's own verdict, DKIM %s and SPF %s, "
		    "does not follow from this.",
		    or_unknown(w->record.dkim), or_unknown(w->record.spf));
		say(o, indent, &b);
	}
	buf_done(&b);
}
