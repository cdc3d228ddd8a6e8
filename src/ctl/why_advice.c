/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "ctl/why_words.h"

/* What is known of records of one kind, for whoever advises. */
struct facts {
	const struct why *w;
	const char *from;
	bool dkim, spf; /* aligned */
	bool forwarded;
	bool ours;                      /* or of a service that we use */
	const struct auth_dkim *good;   /* but not aligned */
	const struct auth_dkim *strict; /* and it would do if relaxed */
	const struct auth_dkim *broken; /* of our organization */
	const struct auth_dkim *unsaid; /* of ours, without a result */
	const struct auth_spf *other;   /* passes, but not aligned */
	const struct auth_spf *strict_spf;
	const struct auth_spf *unlisted; /* of our organization */
};

struct advice_text {
	struct output *o;
	int indent;
	int said;
};

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

static bool
is_aligned(const char *said, enum align_verdict listed)
{
	return said != NULL ? is(said, "pass") : listed == ALIGN_PASS;
}

static void
find_signatures(struct facts *f)
{
	const struct auth_dkim *d = f->w->record.auth_dkim.at;
	size_t i;

	for (i = 0; i < f->w->record.auth_dkim.n; i++)
		if (!align_domains(d[i].domain, f->from, false)) {
			if (is(d[i].result, "pass") && f->good == NULL)
				f->good = &d[i];
		} else if (is_empty(d[i].result)) {
			if (f->unsaid == NULL)
				f->unsaid = &d[i];
		} else if (!is(d[i].result, "pass")) {
			if (f->broken == NULL)
				f->broken = &d[i];
		} else if (f->w->dkim_strict && f->strict == NULL &&
		    !align_domains(d[i].domain, f->from, true))
			f->strict = &d[i];
}

static void
find_senders(struct facts *f)
{
	const struct auth_spf *s = f->w->record.auth_spf.at;
	size_t i;

	for (i = 0; i < f->w->record.auth_spf.n; i++) {
		if (is(s[i].scope, "helo"))
			continue;
		if (!align_domains(s[i].domain, f->from, false)) {
			if (f->other == NULL)
				f->other = &s[i];
		} else if (!is(s[i].result, "pass")) {
			if (f->unlisted == NULL)
				f->unlisted = &s[i];
		} else if (f->w->spf_strict && f->strict_spf == NULL &&
		    !align_domains(s[i].domain, f->from, true))
			f->strict_spf = &s[i];
	}
}

static void
find_facts(struct facts *f, const struct why *w)
{
	const struct why_reason *r = w->reasons.at;
	size_t i;

	memset(f, 0, sizeof(*f));
	f->w = w;
	f->from = is_empty(w->record.header_from) ? w->domain
	                                          : w->record.header_from;
	f->dkim = is_aligned(w->record.dkim, w->alignment.dkim);
	f->spf = is_aligned(w->record.spf, w->alignment.spf);
	f->ours = is(w->kind, "own") || is(w->kind, "service");
	f->forwarded = is(w->kind, "forwarder");
	for (i = 0; i < w->reasons.n && !f->ours; i++)
		f->forwarded |= r[i].forwarding;
	find_signatures(f);
	find_senders(f);
}

static void __attribute__((format(printf, 2, 3)))
say(struct advice_text *t, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n == -1)
		return;
	output_explain(t->o, 2, "%*s> %s", t->indent, "", text);
	t->said++;
	free(text);
}

static const char *
selector_of(const struct auth_dkim *d)
{
	return is_empty(d->selector) ? "SELECTOR" : d->selector;
}

static void
advise_on_key(struct advice_text *t, const struct auth_dkim *d)
{
	const char *selector = selector_of(d);

	if (is(d->result, "permerror"))
		say(t, "Publish the key: a TXT record at %s._domainkey.%s.",
		    selector, d->domain);
	else if (is(d->result, "temperror"))
		say(t,
		    "See that the name servers of %s answer: "
		    "%s._domainkey.%s could not be looked up.",
		    d->domain, selector, d->domain);
	else if (is(d->result, "fail"))
		say(t,
		    "Compare the key at %s._domainkey.%s with the one that "
		    "signs, and see that nothing changes mail after signing: "
		    "footers, filters, gateways.",
		    selector, d->domain);
	else
		say(t,
		    "Renew the key at %s._domainkey.%s: RSA with 2048 bits "
		    "and rsa-sha256 is accepted everywhere.",
		    selector, d->domain);
}

static void
advise_on_dkim(struct advice_text *t, const struct facts *f)
{
	if (f->strict != NULL)
		say(t,
		    "Sign with d=%s instead of d=%s, or publish adkim=r in "
		    "the policy of %s.",
		    f->from, f->strict->domain, f->w->domain);
	if (f->broken != NULL)
		advise_on_key(t, f->broken);
	else if (f->unsaid != NULL)
		say(t,
		    "See what other reporters say of the key at "
		    "%s._domainkey.%s: this one does not.",
		    selector_of(f->unsaid), f->unsaid->domain);
	else if (f->strict == NULL && f->good != NULL)
		say(t,
		    "Have it sign with d=%s, beside or instead of d=%s: "
		    "publish the key that it gives you at "
		    "SELECTOR._domainkey.%s.",
		    f->from,
		    is_empty(f->good->domain) ? "another" : f->good->domain,
		    f->from);
	else if (f->strict == NULL)
		say(t, "Sign its mail with DKIM, d=%s.", f->from);
}

static void
advise_on_record(
    struct advice_text *t, const struct facts *f, const struct auth_spf *s)
{
	const char *ip = f->w->ip;
	const char *mechanism = strchr(ip, ':') != NULL ? "ip6" : "ip4";

	if (is(s->result, "none"))
		say(t, "Publish an SPF record at %s: \"v=spf1 %s:%s -all\".",
		    s->domain, mechanism, ip);
	else if (is(s->result, "permerror"))
		say(t,
		    "Mend the SPF record of %s: it is not valid, or takes "
		    "more than 10 look-ups.",
		    s->domain);
	else if (is(s->result, "temperror"))
		say(t,
		    "See that the name servers of %s answer: its SPF record "
		    "could not be looked up.",
		    s->domain);
	else
		say(t,
		    "Let the SPF record of %s list it: %s:%s, or the "
		    "include: that the service names.",
		    s->domain, mechanism, ip);
}

static void
advise_on_spf(struct advice_text *t, const struct facts *f)
{
	if (f->strict_spf != NULL)
		say(t,
		    "Use an envelope sender of %s itself instead of %s, or "
		    "publish aspf=r in the policy of %s.",
		    f->from, f->strict_spf->domain, f->w->domain);
	else if (f->unlisted != NULL)
		advise_on_record(t, f, f->unlisted);
	else if (f->other != NULL)
		say(t,
		    "Use an envelope sender (return path) of your domain, "
		    "such as bounce.%s instead of %s, and let its SPF record "
		    "list %s.",
		    f->from,
		    is_empty(f->other->domain) ? "another" : f->other->domain,
		    f->w->ip);
	else if (f->dkim)
		say(t,
		    "Use an envelope sender (return path) of your domain, "
		    "such as bounce.%s, and let its SPF record list %s.",
		    f->from, f->w->ip);
}

static void
advise_on_forwarding(struct advice_text *t, const struct facts *f)
{
	if (f->dkim)
		say(t,
		    "Forwarded: the forwarder cannot pass SPF for you, and "
		    "the signature did. Nothing to do.");
	else if (f->broken != NULL)
		say(t,
		    "Forwarded, and changed on the way, so that the signature "
		    "broke. Nothing to do; p=reject makes receivers refuse "
		    "such mail unless they know better.");
	else if (f->unsaid != NULL)
		say(t,
		    "Forwarded; the report does not say what became of the "
		    "signature. Nothing to do.");
	else
		say(t,
		    "Forwarded, without a signature of %s: only DKIM "
		    "survives forwarding. Sign all your mail.",
		    f->from);
}

/* What it means if the source is nobody's. */
static void
advise_on_stranger(struct advice_text *t, const struct facts *f)
{
	if (f->dkim)
		say(t,
		    "If you do not know this source, it forwards your mail: "
		    "nothing to do. If you do:");
	else if (f->spf)
		say(t, "SPF lets it send, so it is one of yours:");
	else if (is(f->w->policy, "reject"))
		say(t,
		    "If you do not know this source, it uses your name, or "
		    "forwards mail: nothing to do, p=reject is what stops it. "
		    "If you do:");
	else
		say(t,
		    "If you do not know this source, it uses your name, or "
		    "forwards mail: p=reject would stop it. If you do:");
}

void
why_say_advice(struct output *o, const struct why *w, int indent)
{
	struct advice_text t = { .o = o, .indent = indent };
	struct facts f;

	find_facts(&f, w);
	if (f.dkim && f.spf) {
		say(&t, "Nothing to do.");
		return;
	}
	if (align_is_mismatch(&w->record, &w->alignment)) {
		say(&t,
		    "Compare with other reporters: this one contradicts "
		    "itself.");
		return;
	}
	if (is(w->kind, "hostile") && !f.dkim && !f.spf) {
		say(&t, "You named this source hostile: nothing to fix.%s",
		    is(w->policy, "reject") ? " p=reject is what stops it."
		                            : " p=reject would stop it.");
		return;
	}
	if (f.forwarded && !f.spf) {
		advise_on_forwarding(&t, &f);
		return;
	}
	if (!f.ours)
		advise_on_stranger(&t, &f);
	if (!f.dkim)
		advise_on_dkim(&t, &f);
	if (!f.spf)
		advise_on_spf(&t, &f);
	if (t.said == 0)
		say(&t, "Nothing to do.");
}
