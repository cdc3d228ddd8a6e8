/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/why_words.h"

#include <string.h>

#include "base/buf.h"

static bool
is(const char *word, const char *other)
{
	return word != NULL && strcmp(word, other) == 0;
}

static const char *
or_unknown(const char *word)
{
	return word != NULL && *word != '\0' ? word : "(not said)";
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

/* What a good result is worth. */
static void
add_alignment(
    struct buf *b, const struct why *w, const char *domain, bool strict)
{
	const char *from = or_unknown(w->record.header_from);
	char org[ALIGN_DOMAIN];

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
		    or_unknown(domain), org);
	else
		buf_printf(b, "not aligned with %s", from);
}

static void
add_comment(struct buf *b, const char *comment)
{
	if (comment != NULL && *comment != '\0')
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
	    "has no result in the report");
}

static void
say_dkim(struct output *o, const struct why *w, int indent)
{
	const struct auth_dkim *d = w->record.auth_dkim.at;
	struct buf b = { 0 };
	size_t i;

	if (w->record.auth_dkim.n == 0) {
		buf_add_str(&b, "DKIM: the report lists no signature.");
		say(o, indent, &b);
	}
	for (i = 0; i < w->record.auth_dkim.n; i++) {
		buf_printf(&b, "DKIM: the signature d=%s s=%s ",
		    or_unknown(d[i].domain), or_unknown(d[i].selector));
		if (is(d[i].result, "pass")) {
			buf_add_str(&b, "is good, and ");
			add_alignment(&b, w, d[i].domain, w->dkim_strict);
		} else
			buf_add_str(&b, dkim_problem(d[i].result));
		add_comment(&b, d[i].human_result);
		buf_add_char(&b, '.');
		say(o, indent, &b);
	}
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
	    "has no result in the report");
}

static void
say_spf(struct output *o, const struct why *w, int indent)
{
	const struct auth_spf *s = w->record.auth_spf.at;
	bool null_sender = is(w->record.envelope_from, ""), helo;
	struct buf b = { 0 };
	size_t i;

	if (w->record.auth_spf.n == 0) {
		buf_add_str(&b, "SPF: the report lists no result.");
		say(o, indent, &b);
	}
	for (i = 0; i < w->record.auth_spf.n; i++) {
		helo = is(s[i].scope, "helo");
		buf_printf(&b, "SPF: the record of %s, the %s, ",
		    or_unknown(s[i].domain),
		    helo ? "name in HELO" : "envelope sender");
		if (!is(s[i].result, "pass"))
			buf_printf(&b, "%s (%s)", spf_problem(s[i].result),
			    or_unknown(s[i].result));
		else if (helo && !null_sender)
			buf_add_str(&b,
			    "lets this address send, but HELO does not count "
			    "for DMARC");
		else {
			buf_add_str(&b, "lets this address send, and is ");
			add_alignment(&b, w, s[i].domain, w->spf_strict);
		}
		add_comment(&b, s[i].human_result);
		buf_add_char(&b, '.');
		say(o, indent, &b);
	}
	buf_done(&b);
}

/* Why the receiver did not do what the policy asks for. */
static const char *
override_meaning(const char *type)
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

	return words_for(words, sizeof(words) / sizeof(words[0]), type,
	    "the receiver made an exception");
}

static void
say_overrides(struct output *o, const struct why *w, int indent)
{
	const struct override *r = w->record.overrides.at;
	struct buf b = { 0 };
	size_t i;

	for (i = 0; i < w->record.overrides.n; i++) {
		buf_printf(&b, "Exception: %s, %s", or_unknown(r[i].type),
		    override_meaning(r[i].type));
		add_comment(&b, r[i].comment);
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
	say_overrides(o, w, indent);
	if (align_is_mismatch(&w->record, &w->alignment)) {
		buf_printf(&b,
		    "Beware: the reporter's own verdict, DKIM %s and SPF %s, "
		    "does not follow from this.",
		    or_unknown(w->record.dkim), or_unknown(w->record.spf));
		say(o, indent, &b);
	}
	buf_done(&b);
}
