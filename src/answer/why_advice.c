/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "answer/paste.h"
#include "answer/source_class.h"
#include "answer/why.h"

/* What is known of records of one kind, for whoever advises. */
struct facts {
	const struct why *w;
	const char *from;
	bool dkim, spf; /* aligned */
	enum source_class class;
	const struct auth_dkim *good;   /* but not aligned */
	const struct auth_dkim *strict; /* and it would do if relaxed */
	const struct auth_dkim *broken; /* of our organization */
	const struct auth_dkim *unsaid; /* of ours, without a result */
	const struct auth_spf *other;   /* passes, but not aligned */
	const struct auth_spf *strict_spf;
	const struct auth_spf *unlisted; /* of our organization */
};

static bool
is_aligned(const char *said, enum align_verdict listed)
{
	return said != NULL ? why_is(said, "pass") : listed == ALIGN_PASS;
}

static void
find_signatures(struct facts *f)
{
	const struct auth_dkim *d = f->w->record.auth_dkim.at;
	size_t i;

	for (i = 0; i < f->w->record.auth_dkim.n; i++)
		if (!align_domains(d[i].domain, f->from, false)) {
			if (why_is(d[i].result, "pass") && f->good == NULL)
				f->good = &d[i];
		} else if (why_is_empty(d[i].result)) {
			if (f->unsaid == NULL)
				f->unsaid = &d[i];
		} else if (!why_is(d[i].result, "pass")) {
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
		if (why_is(s[i].scope, "helo"))
			continue;
		if (!align_domains(s[i].domain, f->from, false)) {
			if (f->other == NULL)
				f->other = &s[i];
		} else if (!why_is(s[i].result, "pass")) {
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
	f->from = why_is_empty(w->record.header_from) ? w->domain
	                                              : w->record.header_from;
	f->dkim = is_aligned(w->record.dkim, w->alignment.dkim);
	f->spf = is_aligned(w->record.spf, w->alignment.spf);
	f->class = source_class_of_kind(w->kind);
	for (i = 0; i < w->reasons.n; i++)
		f->class = source_class_of_record(f->class, r[i].forwarding);
	find_signatures(f);
	find_senders(f);
}

static const char *
selector_of(const struct auth_dkim *d)
{
	return why_is_empty(d->selector) ? "SELECTOR" : d->selector;
}

/* By the receiver's own words about the signature, not about its key. */
static bool
has_expired(const struct auth_dkim *d)
{
	return d->human_result != NULL &&
	    strcasestr(d->human_result, "expired") != NULL &&
	    strcasestr(d->human_result, "key") == NULL;
}

static void
advise_on_key(struct prose *p, const struct auth_dkim *d)
{
	const char *selector = selector_of(d);

	if (has_expired(d))
		prose_add(p,
		    "The signature of %s, s=%s, had expired (x=) when the "
		    "message came: find out where it waited so long, or sign "
		    "for a longer time.",
		    d->domain, selector);
	else if (why_is(d->result, "permerror")) {
		prose_add(p,
		    "Publish the key: a TXT record at %s._domainkey.%s.",
		    selector, d->domain);
		paste_key(p, selector, d->domain);
	} else if (why_is(d->result, "temperror"))
		prose_add(p,
		    "Check that the name servers of %s respond: "
		    "%s._domainkey.%s could not be looked up.",
		    d->domain, selector, d->domain);
	else if (why_is(d->result, "fail"))
		prose_add(p,
		    "Compare the key at %s._domainkey.%s with the one that "
		    "signs, and check that nothing changes messages after "
		    "signing: footers, filters, gateways.",
		    selector, d->domain);
	else
		prose_add(p,
		    "Replace the key at %s._domainkey.%s: RSA with 2048 bits "
		    "and rsa-sha256 is accepted everywhere.",
		    selector, d->domain);
}

static void
advise_on_dkim(struct prose *p, const struct facts *f)
{
	if (f->strict != NULL) {
		prose_add(p,
		    "Sign with d=%s instead of d=%s, or publish adkim=r in "
		    "the policy of %s.",
		    f->from, f->strict->domain, f->w->domain);
		paste_dmarc_without(p, f->w->known, f->from, "adkim");
	}
	if (f->broken != NULL)
		advise_on_key(p, f->broken);
	else if (f->unsaid != NULL)
		prose_add(p,
		    "Check what other reporters say about the key at "
		    "%s._domainkey.%s: this one does not.",
		    selector_of(f->unsaid), f->unsaid->domain);
	else if (f->strict == NULL && f->good != NULL) {
		prose_add(p,
		    "Have it sign with d=%s, in addition to or instead of "
		    "d=%s: publish the key that it gives you at "
		    "SELECTOR._domainkey.%s.",
		    f->from,
		    why_is_empty(f->good->domain) ? "another" : f->good->domain,
		    f->from);
		paste_key(p, NULL, f->from);
	} else if (f->strict == NULL) {
		prose_add(p, "Sign its mail with DKIM, d=%s.", f->from);
		paste_key(p, NULL, f->from);
	}
}

static void
advise_on_record(
    struct prose *p, const struct facts *f, const struct auth_spf *s)
{
	const char *ip = f->w->ip != NULL ? f->w->ip : "ADDRESS";
	const char *mechanism = strchr(ip, ':') != NULL ? "ip6" : "ip4";

	if (why_is(s->result, "none")) {
		prose_add(p,
		    "Publish an SPF record at %s, and add what else sends "
		    "for it: \"v=spf1 %s:%s ~all\".",
		    s->domain, mechanism, ip);
		paste_spf(p, s->domain, f->w->ip);
	} else if (why_is(s->result, "permerror"))
		prose_add(p,
		    "Fix the SPF record of %s: it is invalid, or needs more "
		    "than 10 lookups.",
		    s->domain);
	else if (why_is(s->result, "temperror"))
		prose_add(p,
		    "Check that the name servers of %s respond: its SPF "
		    "record could not be looked up.",
		    s->domain);
	else {
		prose_add(p,
		    "Add it to the SPF record of %s: %s:%s, or the include: "
		    "that the service documents.",
		    s->domain, mechanism, ip);
		paste_spf_with(p, f->w->known, s->domain, f->w->ip);
	}
}

void
why_add_spf_advice(
    struct prose *p, const struct why *w, const struct auth_spf *s)
{
	const struct facts f = { .w = w };

	advise_on_record(p, &f, s);
}

/* Instead of another domain, or of one that is not known (NULL). */
static void
advise_on_envelope(struct prose *p, const struct facts *f, const char *instead)
{
	char bounce[DNS_NAME];

	prose_add(p,
	    "Use an envelope sender (return path) of your domain, such as "
	    "bounce.%s%s%s, and add %s to its SPF record.",
	    f->from, instead != NULL ? " instead of " : "",
	    instead != NULL ? instead : "",
	    f->w->ip != NULL ? f->w->ip : "its address");
	snprintf(bounce, sizeof(bounce), "bounce.%s", f->from);
	paste_spf(p, bounce, f->w->ip);
}

static void
advise_on_spf(struct prose *p, const struct facts *f)
{
	if (f->strict_spf != NULL) {
		prose_add(p,
		    "Use an envelope sender of %s itself instead of %s, or "
		    "publish aspf=r in the policy of %s.",
		    f->from, f->strict_spf->domain, f->w->domain);
		paste_dmarc_without(p, f->w->known, f->from, "aspf");
	} else if (f->unlisted != NULL)
		advise_on_record(p, f, f->unlisted);
	else if (f->other != NULL)
		advise_on_envelope(p, f,
		    why_is_empty(f->other->domain) ? "another"
		                                   : f->other->domain);
	else if (f->dkim)
		advise_on_envelope(p, f, NULL);
}

static void
advise_on_forwarding(struct prose *p, const struct facts *f)
{
	if (f->dkim)
		prose_add(p,
		    "Forwarded: the forwarder cannot pass SPF for you, but "
		    "the signature passed. Nothing to do.");
	else if (f->broken != NULL)
		prose_add(p,
		    "Forwarded, and changed on the way, which broke the "
		    "signature. Nothing to do; with p=reject receivers refuse "
		    "such mail unless they know better.");
	else if (f->unsaid != NULL)
		prose_add(p,
		    "Forwarded; the report does not say what became of the "
		    "signature. Nothing to do.");
	else
		prose_add(p,
		    "Forwarded, without a signature of %s: only DKIM "
		    "survives forwarding. Sign all your mail.",
		    f->from);
}

/* What p=reject does with mail that is not the admin's. */
static const char *
what_stops(const struct facts *f)
{
	return why_is(f->w->policy, "reject")
	    ? "nothing to do, p=reject stops it"
	    : "p=reject would stop it";
}

/* What it means if nobody named the source, and nothing names it either. */
static void
advise_on_stranger(struct prose *p, const struct facts *f)
{
	if (f->dkim)
		prose_add(p,
		    "If you do not know this source, it forwards your mail: "
		    "nothing to do. If you do:");
	else
		prose_add(p,
		    "If you do not know this source, it forges your domain or "
		    "forwards mail: %s. If you do:",
		    what_stops(f));
}

/* The same of one that evidence names. */
static void
advise_on_named(struct prose *p, const struct facts *f)
{
	const char *who = f->w->who;

	if (f->w->in_own_spf)
		prose_add(p,
		    "Your SPF record lets it send: if it is not yours, take "
		    "it out of the record. If it is:");
	else if (f->w->in_include)
		prose_add(p,
		    "Your SPF record includes %s: if it does not send for "
		    "you, take it out of the record. If it does:",
		    who);
	else if (f->dkim)
		prose_add(p,
		    "If %s does not send for you, it forwards your mail: "
		    "nothing to do. If it does:",
		    who);
	else
		prose_add(p,
		    "If %s does not send for you, somebody forges your domain "
		    "there, or it forwards mail: %s. If it does:",
		    who, what_stops(f));
}

/* Whether it is one of the admin's, which he did not say. */
static void
advise_on_unnamed(struct prose *p, const struct facts *f)
{
	if (f->spf && !f->dkim)
		prose_add(p, "SPF lets it send, so it is one of yours:");
	else if (f->w->in_own_spf || f->w->who != NULL)
		advise_on_named(p, f);
	else
		advise_on_stranger(p, f);
}

void
why_add_advice(struct prose *p, const struct why *w)
{
	const size_t before = p->paragraphs.n;
	struct facts f;

	find_facts(&f, w);
	if (f.dkim && f.spf) {
		prose_add(p, "Nothing to do.");
		return;
	}
	if (align_is_mismatch(&w->record, &w->alignment)) {
		prose_add(p,
		    "Compare with other reporters: this one contradicts "
		    "itself.");
		return;
	}
	if (f.class == SOURCE_HOSTILE && !f.dkim && !f.spf) {
		prose_add(p, "You named this source hostile: nothing to fix.%s",
		    why_is(w->policy, "reject") ? " p=reject stops it."
		                                : " p=reject would stop it.");
		return;
	}
	if (f.class == SOURCE_FORWARDED && !f.spf) {
		advise_on_forwarding(p, &f);
		return;
	}
	if (f.class != SOURCE_KNOWN)
		advise_on_unnamed(p, &f);
	if (!f.dkim)
		advise_on_dkim(p, &f);
	if (!f.spf)
		advise_on_spf(p, &f);
	if (p->paragraphs.n == before)
		prose_add(p, "Nothing to do.");
}
