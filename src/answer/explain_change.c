/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/explain_priv.h"
#include "answer/paste.h"
#include "answer/subject.h"
#include "answer/why.h"
#include "dns/dmarc_find.h"

/* The changes under way. */
struct changes {
	struct explain_case *c;
	struct explain_subject subject;
	struct prose *to;
};

static void
add(struct changes *s, const char *change, const char *record)
{
	if (s->to->paragraphs.n >= EXPLAIN_CHANGES || change == NULL)
		return;
	prose_add(s->to, "%s", change);
	if (record != NULL)
		prose_add_record(s->to, "%s", record);
}

static void
add_all(struct changes *s, struct prose *p)
{
	const char *text;
	size_t i;

	for (i = 0; (text = prose_at(p, i)) != NULL; i++)
		add(s, text, prose_record_at(p, i));
	prose_done(p);
}

/* --- as why has it -------------------------------------------------------- */

static bool
has_passed(const char *word)
{
	return word != NULL && strcmp(word, "pass") == 0;
}

/* Of a bounce: what is signed and sent as, without results. */
static void
add_unjudged(struct changes *s, struct why *w)
{
	const struct explain_header *h = s->c->header;
	const struct explain_signature *sig = h->signatures.at;
	struct auth_dkim *dkim;
	struct auth_spf *spf;
	size_t i;

	/* Nothing that counts for From: passed, or DMARC had not failed. */
	for (i = 0; i < h->signatures.n; i++) {
		if (strcmp(sig[i].kind, "dkim") != 0 || sig[i].d == NULL ||
		    !align_domains(sig[i].d, s->subject.from, false))
			continue;
		dkim = array_add(&w->record.auth_dkim, sizeof(*dkim));
		*dkim = (struct auth_dkim) { .domain = sig[i].d,
			.selector = sig[i].s,
			.result = "fail" };
	}
	if (s->subject.envelope != NULL) {
		spf = array_add(&w->record.auth_spf, sizeof(*spf));
		*spf = (struct auth_spf) { .domain = s->subject.envelope,
			.result = "fail" };
	}
}

static void
add_judged(struct changes *s, struct why *w)
{
	const struct explain_row *row = s->c->answer->rows.at;
	struct auth_dkim *dkim;
	struct auth_spf *spf;
	size_t i;

	for (i = 0; i < s->c->answer->rows.n; i++) {
		if (row[i].result == NULL || row[i].domain == NULL)
			continue;
		if (strcmp(row[i].identifier, "dkim") == 0 &&
		    explain_is_of_signature(row[i].result)) {
			dkim = array_add(&w->record.auth_dkim, sizeof(*dkim));
			*dkim = (struct auth_dkim) { .domain = row[i].domain,
				.selector = row[i].selector,
				.result = row[i].result,
				.human_result = row[i].said };
		} else if (strcmp(row[i].identifier, "spf") == 0) {
			spf = array_add(&w->record.auth_spf, sizeof(*spf));
			*spf = (struct auth_spf) { .domain = row[i].domain,
				.result = row[i].result };
		}
	}
}

static bool
is_failed(const struct explain_result *result)
{
	return result != NULL && strcmp(result->result, "fail") == 0;
}

/*
 * DMARC failed, though what passed is of the same organization: only a policy
 * that asks for the very same domain makes it so.
 */
static bool
is_strict(const struct explain_case *c)
{
	return is_failed(c->results.dmarc) &&
	    (has_passed(c->answer->record.dkim) ||
	        has_passed(c->answer->record.spf));
}

static void
find_known_policy(struct explain_case *c, struct why *w)
{
	struct dmarc_discovery found;
	struct arena arena = { 0 };

	if (c->known != NULL &&
	    dmarc_find(c->known, w->record.header_from, &arena, &found) &&
	    found.walk.found != NULL && found.walk.found->record != NULL) {
		w->dkim_strict = found.walk.found->record->adkim_strict;
		w->spf_strict = found.walk.found->record->aspf_strict;
	}
	arena_done(&arena);
}

/* Whether one of these is of the very domain in From:, and passed. */
static bool
passes_strictly(const struct explain_case *c, const char *identifier)
{
	const struct explain_row *row = c->answer->rows.at;
	size_t i;

	for (i = 0; i < c->answer->rows.n; i++)
		if (strcmp(row[i].identifier, identifier) == 0 &&
		    has_passed(row[i].result) &&
		    align_domains(row[i].domain, c->from, true))
			return true;
	return false;
}

/*
 * What passed counts for From: only if the policy lets it, which it did not:
 * by the record that is known, else nobody knows which of the two is strict.
 */
static void
judge_strictly(struct changes *s, struct why *w)
{
	struct explain_case *c = s->c;

	w->dkim_strict = w->spf_strict = true;
	find_known_policy(c, w);
	if (w->dkim_strict && !passes_strictly(c, "dkim"))
		w->record.dkim = "fail";
	if (w->spf_strict && !passes_strictly(c, "spf"))
		w->record.spf = "fail";
	if (has_passed(w->record.dkim) || has_passed(w->record.spf))
		prose_add(&c->answer->notes,
		    "By the DMARC record of %s that is known here, what passed "
		    "would count: it was another record then, or the receiver "
		    "errs.",
		    s->subject.from);
}

/* The changes are made where it was sent from. */
static void
set_place(struct changes *s)
{
	struct explain_answer *a = s->c->answer;

	a->at = s->subject.host != NULL ? s->subject.host : "";
	a->at_ip = s->subject.ip;
}

/* Whether anybody judged it, so that there is something to make pass. */
static bool
is_known_to_fail(const struct explain_case *c)
{
	const enum explain_ground ground = c->answer->ground;

	return c->answer->record.header_from != NULL ||
	    is_failed(c->results.dmarc) || ground == EXPLAIN_BY_STATUS ||
	    ground == EXPLAIN_BY_REPORT || ground == EXPLAIN_BY_COMPAUTH;
}

static void
add_why(struct changes *s)
{
	struct explain_case *c = s->c;
	struct explain_answer *a = c->answer;
	struct why w = { .ip = s->subject.ip,
		.domain = s->subject.from,
		.kind = "own",
		.known = c->known };
	struct prose advice = { 0 };

	if (!is_known_to_fail(c) || s->subject.from == NULL ||
	    !dns_is_name(s->subject.from))
		return;
	w.record.header_from = s->subject.from;
	w.record.spf = w.record.dkim = "fail";
	if (a->record.header_from != NULL) {
		w.record.spf = a->record.spf;
		w.record.dkim = a->record.dkim;
		add_judged(s, &w);
	} else {
		add_unjudged(s, &w);
	}
	if (is_strict(c))
		judge_strictly(s, &w);
	if (!has_passed(w.record.spf) && !has_passed(w.record.dkim)) {
		why_align(&w);
		why_add_advice(&advice, &w);
		set_place(s);
		if (a->ground != EXPLAIN_BY_STATUS && !is_strict(c) &&
		    a->outcome != EXPLAIN_UNKNOWN)
			prose_add(&a->notes,
			    "If neither you nor a service of yours sent it, "
			    "somebody forged %s: then there is nothing to "
			    "change.",
			    s->subject.from);
	}
	array_done(&w.record.auth_dkim);
	array_done(&w.record.auth_spf);
	add_all(s, &advice);
}

/* --- by ground ------------------------------------------------------------ */

static void
add_forwarding(struct changes *s)
{
	struct prose p = { 0 };

	/* What never was signed can survive nothing. */
	if (!explain_has_aligned_signature(s->c)) {
		prose_add(&p,
		    "At the sender: sign all mail with DKIM, d=%s. %s",
		    s->subject.from != NULL ? s->subject.from : "the domain",
		    "SPF does not survive forwarding, DKIM does.");
		paste_key(&p, NULL, s->subject.from);
		add_all(s, &p);
	}
	add(s,
	    "At the list or forwarder: let it leave messages as they are, or "
	    "put its own address in From: for domains whose policy is not "
	    "p=none. In Mailman 3, the setting dmarc_mitigate_action = "
	    "munge_from does that.",
	    NULL);
	add(s,
	    "At the list or forwarder: seal with ARC. Receivers that trust it "
	    "then see that the message passed when it came there. OpenARC and "
	    "the module arc of Rspamd do that.",
	    NULL);
	add(s,
	    "At the sender: sign with DKIM, and neither with l= nor with "
	    "fields that lists change, so that messages that are sent on "
	    "unchanged still pass.",
	    NULL);
}

static void
add_first_dmarc(struct changes *s)
{
	struct prose p = { 0 };

	prose_add(&p,
	    "Publish a DMARC record for %s: at least with p=none, which "
	    "changes nothing and brings reports.",
	    s->subject.from);
	paste_dmarc(&p, s->subject.from);
	add_all(s, &p);
}

/* The domain has no DMARC record, as the receiver found. */
static void
add_dmarc(struct changes *s)
{
	const struct explain_result *dmarc = s->c->results.dmarc;
	struct prose p = { 0 };

	if (dmarc == NULL || s->subject.from == NULL)
		return;
	if (strcmp(dmarc->result, "none") == 0 ||
	    strcmp(dmarc->result, "bestguesspass") == 0) {
		add_first_dmarc(s);
	} else if (strcmp(dmarc->result, "permerror") == 0) {
		prose_add(&p,
		    "Fix the DMARC record of %s: \"ruactl dns %s\" shows what "
		    "is wrong with it.",
		    s->subject.from, subject_plain_domain(s->subject.from));
	}
	add_all(s, &p);
}

/*
 * SPF and DMARC, besides DKIM: which of the three is missing nobody says.  A
 * first record is written only where there is known to be none, because it
 * would replace a policy.
 */
static void
add_requirements(struct changes *s)
{
	const char *from = s->subject.from;
	enum dmarc_place place = DMARC_AT_UNKNOWN;
	struct dmarc_discovery found;
	struct arena arena = { 0 };
	struct prose p = { 0 };

	if (s->subject.envelope == NULL)
		add(s,
		    "Add the sending server to the SPF record of the envelope "
		    "sender's domain, which should be that in From or below "
		    "it.",
		    NULL);
	if (s->c->known != NULL &&
	    dmarc_find(s->c->known, from, &arena, &found))
		place = found.walk.place;
	arena_done(&arena);
	if (place == DMARC_AT_NONE) {
		add_first_dmarc(s);
	} else if (place == DMARC_AT_UNKNOWN) {
		prose_add(&p,
		    "Publish a DMARC record for %s if it has none: \"ruactl "
		    "dns %s\" shows that.",
		    from, subject_plain_domain(from));
		add_all(s, &p);
	}
}

/* By the class of what a server answered. */
static void
add_status(struct changes *s)
{
	const struct explain_answer *a = s->c->answer;
	const struct status_meaning *m = &a->status;
	const struct explain_subject *who = &s->subject;
	struct why w = { .ip = who->ip, .known = s->c->known };
	const struct auth_spf spf = { .domain = who->envelope,
		.result = explain_says_permerror(s->c) ? "permerror" : "fail" };
	struct prose p = { 0 };
	const size_t before = s->to->paragraphs.n;

	switch (m->class) {
	case STATUS_AUTHENTICATION:
	case STATUS_REQUIREMENTS:
	case STATUS_DMARC:
	case STATUS_ALIGNMENT:
	case STATUS_DKIM:
		add_why(s);
		if (s->to->paragraphs.n > before) {
			if (m->class == STATUS_REQUIREMENTS)
				add_requirements(s);
			return;
		}
		prose_add(&p, "%s", m->change != NULL ? m->change : "");
		paste_key(&p, NULL, who->from);
		if (m->class != STATUS_AUTHENTICATION &&
		    m->class != STATUS_REQUIREMENTS)
			break;
		/* FALLTHROUGH */
	case STATUS_SPF:
		if (who->envelope != NULL && who->ip != NULL) {
			why_add_spf_advice(&p, &w, &spf);
			set_place(s);
		}
		break;
	case STATUS_NO_RECORD:
		prose_add(&p, "%s", m->change != NULL ? m->change : "");
		paste_dmarc(&p, who->from);
		break;
	case STATUS_REVERSE_DNS:
		prose_add(&p, "%s", m->change != NULL ? m->change : "");
		paste_ptr(&p, who->ip, who->host);
		break;
	default:
		break;
	}
	if (p.paragraphs.n == 0 || m->change == NULL) {
		add(s, m->change, NULL);
		prose_done(&p);
		return;
	}
	add_all(s, &p);
}

static void
add_filter(struct changes *s)
{
	if (s->c->answer->outcome == EXPLAIN_UNKNOWN)
		return;
	add_why(s);
	/* Filters may count it against a domain that has less than all. */
	add(s,
	    explain_is_proven(s->c)
	        ? "Ask the receiver to look at why its filter took the message "
	          "for that, and to let it pass; SPF, DKIM and DMARC records "
	          "do not change this."
	        : "Ask the receiver to look at why its filter took the message "
	          "for that, and to let it pass.",
	    NULL);
	if (strcmp(s->c->filter.bad.vendor->vendor, "microsoft") == 0)
		add(s,
		    "In Microsoft 365 the receiver's administrator can report "
		    "it as wrongly taken for that (Defender, Submissions), and "
		    "allow the sender there for some time.",
		    NULL);
	add_dmarc(s);
}

void
explain_changes_make(struct explain_case *c)
{
	struct changes s = { .c = c, .to = &c->answer->changes };

	explain_subject_find(c, &s.subject);
	if (c->header->from_fields > 1 || c->header->from.n > 1)
		add(&s, "Write exactly one address in From:.", NULL);
	switch (c->answer->ground) {
	case EXPLAIN_BY_STATUS:
		add_status(&s);
		break;
	case EXPLAIN_BY_DMARC:
	case EXPLAIN_BY_COMPAUTH:
	case EXPLAIN_BY_RESULTS:
	case EXPLAIN_BY_REPORT:
		if (explain_is_sent_on(c))
			add_forwarding(&s);
		else
			add_why(&s);
		add_dmarc(&s);
		break;
	case EXPLAIN_BY_FILTER:
		add_filter(&s);
		break;
	case EXPLAIN_BY_FORWARDING:
		add_forwarding(&s);
		break;
	case EXPLAIN_BY_NOTHING:
	case EXPLAIN_GROUNDS:
		break;
	}
}
