/* SPDX-License-Identifier: BSD-2-Clause */
/* S: the SPF records of a domain (RFC 7208). */
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/dns_tag_words.h"
#include "base/buf.h"
#include "report/align.h"

#define LIST 80 /* bytes of terms within a sentence */

enum {
	NONE,
	NONE_UNUSED,
	SEVERAL,
	VERSION,
	SYNTAX,
	NAME,
	MODIFIER,
	LOOKUPS,
	MX_NAMES,
	CUT,
	REPEATED,
	NEAR,
	VOIDS,
	VOIDS6,
	VOID,
	TARGET,
	TARGET_SEVERAL,
	ALL_PASS,
	ALL_NEUTRAL,
	ALL_SOFT,
	NO_ALL,
	AFTER_ALL,
	REDIRECT,
	PTR,
	WIDE,
	FAMILY,
	STRING,
	GLUED,
	GLUED_BAD,
	SIZE,
	TYPE,
	MACRO_PTR,
	MACRO_SENDER,
	LOOP,
	UNUSED_DOMAIN,
	UNUSED_POLICY,
	RULES,
};

const struct dns_rule dns_rules_spf[] = {
	[NONE] = { "S1", DNS_ERROR, "RFC 7208, 4.5",
	    "{name} has no SPF record: it names no server that may send for "
	    "it.|Publish one with all that send, beginning with",
	    "{name} TXT {value}" },
	[NONE_UNUSED] = { "S1", DNS_ERROR, "RFC 7208, 4.5",
	    "{name} has no SPF record.|No mail of it is known; if it sends "
	    "none, publish this record",
	    "{name} TXT {value}" },
	[SEVERAL] = { "S1", DNS_ERROR, "RFC 7208, 4.5",
	    "{name} has {n} SPF records, which is an error (permerror): none "
	    "of them counts. Merge them into one, and delete the others",
	    NULL },
	[VERSION] = { "S1", DNS_ERROR, "RFC 7208, 4.5",
	    "{name} has what looks like an SPF record, but does not begin with "
	    "\"v=spf1 \": {what}. Correct its first word, or remove it",
	    NULL },
	[SYNTAX] = { "S2", DNS_ERROR, "RFC 7208, 4.6",
	    "{name}: {what} in its SPF record{at} is wrong, since {to}: the "
	    "whole record is an error (permerror). Correct or remove it",
	    NULL },
	[NAME] = { "S2", DNS_ERROR, "RFC 7208, 5.2",
	    "{name}: {what} in its SPF record{at} leads to {to}, which is not "
	    "a domain name. Correct or remove it",
	    NULL },
	[MODIFIER] = { "S2", DNS_INFO, "RFC 7208, 6",
	    "{name}: {what} in its SPF record{at} is unknown and ignored. "
	    "Remove it",
	    NULL },
	[LOOKUPS] = { "S3", DNS_ERROR, "RFC 7208, 4.6.4",
	    "{name}: its SPF record needs {n} of 10 look-ups, so that "
	    "receivers stop with an error (permerror). Remove what is not "
	    "needed, or name networks instead: {what}",
	    NULL },
	[MX_NAMES] = { "S3", DNS_ERROR, "RFC 7208, 4.6.4",
	    "{name}: {what} in its SPF record{at} leads to {n} mail servers, "
	    "of which 10 are allowed (permerror). Name networks (ip4:) "
	    "instead",
	    NULL },
	[CUT] = { "S3", DNS_WARNING, "RFC 7208, 4.6.4",
	    "{name}: its SPF record leads to more than ruactl reads. Remove "
	    "what is not needed",
	    NULL },
	[REPEATED] = { "S3", DNS_INFO, "RFC 7208, 4.6.4",
	    "{name}: {what} is in its SPF record{at} twice. Remove one", NULL },
	[NEAR] = { "S4", DNS_WARNING, "RFC 7208, 4.6.4",
	    "{name}: its SPF record needs {n} of 10 look-ups; when a service "
	    "adds one to its own, all of it fails. Remove what is not needed: "
	    "{what}",
	    NULL },
	[VOIDS] = { "S5", DNS_ERROR, "RFC 7208, 4.6.4",
	    "{name}: {n} look-ups of its SPF record find nothing, and 2 are "
	    "allowed, so that receivers may stop with an error (permerror). "
	    "Remove the terms that lead there: {what}",
	    NULL },
	[VOIDS6] = { "S5", DNS_WARNING, "RFC 7208, 4.6.4",
	    "{name}: {what} in its SPF record{at} allows IPv6 addresses, but "
	    "{n} look-ups before it find none, and 2 are allowed: mail over "
	    "IPv6 may get an error (permerror). Move it to the front",
	    NULL },
	[VOID] = { "S5", DNS_WARNING, "RFC 7208, 4.6.4",
	    "{name}: {what} in its SPF record{at} leads to {to}, which has no "
	    "such record. Remove it",
	    NULL },
	[TARGET] = { "S6", DNS_ERROR, "RFC 7208, 5.2",
	    "{name}: {what} in its SPF record{at} leads to {to}, which has no "
	    "SPF record: an error (permerror) for all of it. Remove it",
	    NULL },
	[TARGET_SEVERAL] = { "S6", DNS_ERROR, "RFC 7208, 5.2",
	    "{name}: {what} in its SPF record{at} leads to {to}, which has {n} "
	    "SPF records: an error (permerror) for all of it. Remove it, or "
	    "tell whoever runs {to}",
	    NULL },
	[ALL_PASS] = { "S7", DNS_ERROR, "RFC 7208, 5.1",
	    "{name}: {what} in its SPF record{at} allows every server in the "
	    "world. Name those that send for you, and end it with ~all.|When "
	    "all of them are named, publish this record",
	    "{name} TXT {value}" },
	[ALL_NEUTRAL] = { "S7", DNS_WARNING, "RFC 7208, 5.1",
	    "{name}: {what} says nothing of other servers, as if there were no "
	    "record. Replace it with ~all.|Publish this record",
	    "{name} TXT {value}" },
	[ALL_SOFT] = { "S7", DNS_INFO, "RFC 7208, 5.1",
	    "{name}: its SPF record ends with {what}, which is fine with DMARC",
	    NULL },
	[NO_ALL] = { "S7", DNS_WARNING, "RFC 7208, 4.7",
	    "{name}: its SPF record says nothing of other servers. End it "
	    "with ~all.|Publish this record",
	    "{name} TXT {value}" },
	[AFTER_ALL] = { "S8", DNS_WARNING, "RFC 7208, 5.1",
	    "{name}: {what} comes after \"all\" in its SPF record{at}, so that "
	    "it is never read. Move it before that",
	    NULL },
	[REDIRECT] = { "S8", DNS_WARNING, "RFC 7208, 6.1",
	    "{name}: {what} has no effect in a record{at} with \"all\". "
	    "Remove one of them",
	    NULL },
	[PTR] = { "S9", DNS_WARNING, "RFC 7208, 5.5",
	    "{name}: {what} in its SPF record{at} is slow and should not be "
	    "used. Name networks (ip4:, ip6:) instead",
	    NULL },
	[WIDE] = { "S10", DNS_WARNING, "RFC 7208, 11.4",
	    "{name}: {what} in its SPF record{at} allows a network of /{n}, "
	    "with many who are not you. Name smaller ones",
	    NULL },
	[FAMILY] = { "S10", DNS_ERROR, "RFC 7208, 5.6",
	    "{name}: {what} in its SPF record{at} is an address of the other "
	    "family: the whole record is an error (permerror). Write ip4: for "
	    "IPv4 and ip6: for IPv6",
	    NULL },
	[STRING] = { "S11", DNS_ERROR, "RFC 7208, 3.3",
	    "{name}: a string of its SPF record{at} has {n} bytes, of which "
	    "255 are allowed. Write several strings, each in quotes",
	    NULL },
	[GLUED] = { "S11", DNS_WARNING, "RFC 7208, 3.3",
	    "{name}: strings of its SPF record{at} are joined without a blank, "
	    "which makes {what}. Put a blank before {to}",
	    NULL },
	[GLUED_BAD] = { "S11", DNS_ERROR, "RFC 7208, 3.3",
	    "{name}: strings of its SPF record{at} are joined without a blank, "
	    "which makes {what}: the whole record is an error (permerror). "
	    "Put a blank before {to}",
	    NULL },
	[SIZE] = { "S11", DNS_WARNING, "RFC 7208, 3.4",
	    "{name}: its TXT records take {n} bytes, more than 450, which not "
	    "every receiver gets. Remove what is not needed",
	    NULL },
	[TYPE] = { "S12", DNS_ERROR, "RFC 7208, 3.1",
	    "{name} has an SPF record of the type SPF only, which nobody reads "
	    "any more.|Publish it as TXT",
	    "{name} TXT {value}" },
	[MACRO_PTR] = { "S13", DNS_WARNING, "RFC 7208, 7.2",
	    "{name}: {what} in its SPF record{at} has %{p}, which is slow and "
	    "should not be used. Remove it",
	    NULL },
	[MACRO_SENDER] = { "S13", DNS_WARNING, "RFC 7208, 11.6",
	    "{name}: {what} in its SPF record{at} tells name servers who is "
	    "writing. Leave out %{l} and %{s}",
	    NULL },
	[LOOP] = { "S16", DNS_ERROR, "RFC 7208, 5.2",
	    "{name}: {what} in its SPF record{at} leads back to {to}: an error "
	    "(permerror) for all of it. Remove it",
	    NULL },
	[UNUSED_DOMAIN] = { "S17", DNS_INFO, "RFC 7208, 10.1.2",
	    "{name} neither takes mail nor was seen to send any.|If that is "
	    "meant, say so, with p=reject and a null MX (MX 0 .), too",
	    "{name} TXT {value}" },
	[UNUSED_POLICY] = { "S17", DNS_INFO, "RFC 9989, 4.7",
	    "{name} has p={what}, while {to} neither takes mail nor was seen "
	    "to send any.|If that is meant, publish this record",
	    "{name} TXT {value}" },
	[RULES] = { 0 },
};

static const char *const fault_words[] = {
	[SPF_FAULT_NONE] = "it cannot be read",
	[SPF_FAULT_MECHANISM] = "there is no such mechanism",
	[SPF_FAULT_ADDRESS] = "that is not an IP address",
	[SPF_FAULT_FAMILY] = "the address is of the other family",
	[SPF_FAULT_PREFIX] = "what follows \"/\" is not a prefix length",
	[SPF_FAULT_DOMAIN] = "it has no domain name",
	[SPF_FAULT_MISSING] = "a domain must follow",
	[SPF_FAULT_ARGUMENT] = "it takes no such argument",
	[SPF_FAULT_MACRO] = "\"%\" is used wrongly in it",
	[SPF_FAULT_QUALIFIER] = "no such sign may stand before it",
	[SPF_FAULT_REPEATED] = "it may be there only once",
	[SPF_FAULT_BYTE] = "it has characters that are not plain ASCII",
};

static void
find(struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_SPF, &dns_rules_spf[rule], name, w);
}

/* Whether it is the admin's to change. */
static bool
is_own(const struct dns_case *c, const struct spf_record *r)
{
	return r == NULL || r->depth == 0 ||
	    align_domains(r->domain, c->domain, false);
}

/* " (by include:mail.example)"; "" of the domain's own record. */
static const char *
way_to(struct dns_case *c, const struct spf_record *r)
{
	struct buf path = { 0 };
	const char *text;

	if (r == NULL || r->depth == 0)
		return "";
	spf_write_path(&path, r, NULL);
	text = dns_print(c->findings, " (by %s)", buf_str(&path));
	buf_done(&path);
	return text;
}

/* One more of a list that is not cut within an item: the first that fit. */
static void
add_item(struct buf *list, size_t *more, const char *item)
{
	if (list->len > 0 && (*more > 0 || list->len + strlen(item) > LIST))
		++*more;
	else
		buf_printf(list, "%s%s", list->len > 0 ? ", " : "", item);
}

static const char *
take_list(struct dns_case *c, struct buf *list, size_t more)
{
	const char *text;

	if (more > 0)
		buf_printf(list, " and %zu more", more);
	text = dns_print(c->findings, "%s", buf_str(list));
	buf_done(list);
	return text;
}

/* The terms that cost look-ups, each with how many. */
static const char *
costs(struct dns_case *c)
{
	const struct spf_record *r = c->spf.records[0];
	struct buf list = { 0 };
	size_t i, more = 0;

	for (i = 0; i < r->nterms; i++)
		if (r->terms[i].cost > 0)
			add_item(&list, &more,
			    dns_print(c->findings, "%s %d", r->terms[i].text,
			        r->terms[i].cost));
	return take_list(c, &list, more);
}

static const char *
voids(struct dns_case *c)
{
	const struct spf_problem *p = c->spf.problems;
	struct buf list = { 0 };
	size_t i, more = 0;

	for (i = 0; i < c->spf.nproblems; i++)
		if (p[i].kind == SPF_P_VOID && p[i].term != NULL)
			add_item(&list, &more, p[i].term->text);
	return take_list(c, &list, more);
}

/*
 * The domain's record with another end: "~all" in place of its "all".  NULL: it
 * would be an error all the same.
 */
static const char *
ending(struct dns_case *c, const struct spf_record *r, const char *end)
{
	size_t n;

	if (r == NULL || r->text == NULL || r->has_bad)
		return NULL;
	if (r->all == NULL)
		return dns_print(c->findings, "%s %s", r->text, end);
	n = r->all->at;
	return dns_print(c->findings, "%.*s%s%s", (int)n, r->text, end,
	    r->text + n + strlen(r->all->text));
}

/* Whether anybody passes but by "all": who does would be shut out. */
static bool
names_any(const struct spf_record *r)
{
	size_t i;

	for (i = 0; i < r->nterms; i++)
		if (&r->terms[i] != r->all && r->terms[i].kind <= SPF_EXISTS &&
		    r->terms[i].result == SPF_PASS)
			return true;
	return false;
}

static const char *
first_record(const struct dns_case *c, int *rule)
{
	*rule = NONE;
	/* Without an MX record, the term mx finds nothing (RFC 7208, 5.4). */
	if (c->has_mx && c->mx.takes_mail == MX_YES)
		return c->mx.is_implicit ? "v=spf1 a ~all" : "v=spf1 mx ~all";
	if (dns_facts_has_mail(c->facts) || c->facts->senders.n > 0 ||
	    (c->has_mx && c->mx.takes_mail != MX_NO))
		return "v=spf1 ~all";
	*rule = NONE_UNUSED;
	return "v=spf1 -all";
}

/* What is wrong with a record: the admin must hear of it, whosever it is. */
static bool
find_error(struct dns_case *c, const struct spf_problem *p, struct dns_words *w)
{
	const char *name = p->record != NULL ? p->record->domain
	                                     : c->spf.domain;
	int rule = -1;

	switch (p->kind) {
	case SPF_P_MISSING:
		rule = TARGET;
		if (p->term == NULL)
			w->value = first_record(c, &rule);
		break;
	case SPF_P_SEVERAL:
		rule = p->term != NULL ? TARGET_SEVERAL : SEVERAL;
		break;
	case SPF_P_FAILED:
		dns_cannot_tell(c->findings, DNS_GROUP_SPF, p->type,
		    p->name != NULL ? p->name : name, p->failure);
		return true;
	case SPF_P_SYNTAX:
		rule = p->fault == SPF_FAULT_FAMILY ? FAMILY : SYNTAX;
		w->to = fault_words[p->fault];
		break;
	case SPF_P_NAME:
		rule = NAME;
		break;
	case SPF_P_LOOKUPS:
		rule = LOOKUPS;
		w->what = costs(c);
		break;
	case SPF_P_NEAR:
		rule = NEAR;
		w->what = costs(c);
		break;
	case SPF_P_VOIDS:
		rule = VOIDS;
		w->what = voids(c);
		break;
	case SPF_P_MX_NAMES:
		rule = MX_NAMES;
		break;
	case SPF_P_LOOP:
		rule = LOOP;
		break;
	case SPF_P_CUT:
	case SPF_P_QUESTIONS:
		rule = CUT;
		break;
	default:
		return false;
	}
	find(c, rule, name, w);
	return true;
}

/* The record of the type SPF; NULL: nobody should publish it as it is. */
static const char *
old_record(struct dns_case *c)
{
	const struct dns_answer *old = dns_ask(c->source, DNS_SPF, c->domain);
	const char *word;
	size_t n;

	if (old->n == 0)
		return NULL;
	for (word = old->records[0].text; *word != '\0';
	     word += strspn(word, " ")) {
		n = strcspn(word, " ");
		if ((n == 3 && strncasecmp(word, "all", n) == 0) ||
		    (n == 4 && strncasecmp(word, "+all", n) == 0))
			return NULL;
		word += n;
	}
	return old->records[0].text;
}

/* What could be better, in a record that the admin can change. */
static void
find_advice(
    struct dns_case *c, const struct spf_problem *p, struct dns_words *w)
{
	static const int rules[SPF_PROBLEMS] = {
		[SPF_P_VOID] = VOID,
		[SPF_P_VOIDS6] = VOIDS6,
		[SPF_P_ALL_PASS] = ALL_PASS,
		[SPF_P_ALL_NEUTRAL] = ALL_NEUTRAL,
		[SPF_P_ALL_SOFT] = ALL_SOFT,
		[SPF_P_NO_ALL] = NO_ALL,
		[SPF_P_AFTER_ALL] = AFTER_ALL,
		[SPF_P_REDIRECT_IGNORED] = REDIRECT,
		[SPF_P_PTR] = PTR,
		[SPF_P_WIDE] = WIDE,
		[SPF_P_GLUED] = GLUED,
		[SPF_P_ANSWER_SIZE] = SIZE,
		[SPF_P_STRING_SIZE] = STRING,
		[SPF_P_VERSION] = VERSION,
		[SPF_P_TYPE_SPF] = TYPE,
		[SPF_P_MACRO_PTR] = MACRO_PTR,
		[SPF_P_MACRO_SENDER] = MACRO_SENDER,
		[SPF_P_REPEATED] = REPEATED,
		[SPF_P_UNKNOWN] = MODIFIER,
	};
	int rule = rules[p->kind];

	if (p->kind == SPF_P_VERSION)
		w->what = p->name;
	if (p->kind == SPF_P_ALL_NEUTRAL || p->kind == SPF_P_NO_ALL ||
	    (p->kind == SPF_P_ALL_PASS && names_any(p->record)))
		w->value = ending(c, p->record, "~all");
	if (p->kind == SPF_P_TYPE_SPF)
		w->value = old_record(c);
	if (p->kind == SPF_P_GLUED && p->term != NULL &&
	    p->term->kind == SPF_BAD)
		rule = GLUED_BAD;
	find(c, rule, p->record != NULL ? p->record->domain : c->spf.domain, w);
}

/* Whether an address of the other kind of problem says it better. */
static bool
is_said(const struct dns_case *c, const struct spf_problem *p)
{
	const struct spf_problem *other = c->spf.problems;
	size_t i;

	for (i = 0; i < c->spf.nproblems; i++)
		switch (p->kind) {
		case SPF_P_MISSING: /* it is there, in another form */
			if (p->term == NULL && other[i].record == p->record &&
			    (other[i].kind == SPF_P_TYPE_SPF ||
			        other[i].kind == SPF_P_VERSION))
				return true;
			break;
		case SPF_P_SYNTAX: /* because two strings are joined */
			if (other[i].kind == SPF_P_GLUED &&
			    other[i].term == p->term)
				return true;
			break;
		case SPF_P_VOID: /* all are in one list */
			if (other[i].kind == SPF_P_VOIDS)
				return true;
			break;
		case SPF_P_LOOKUPS: /* an endless number of them */
			if (other[i].kind == SPF_P_LOOP)
				return true;
			break;
		default:
			return false;
		}
	return false;
}

static void
note_record(struct dns_case *c)
{
	const struct spf_record *r = c->spf.records[0];
	const struct dns_answer *a;
	struct dns_since since;
	const char *lookups;

	if (r->text == NULL)
		return;
	a = dns_ask(c->source, DNS_TXT, r->domain);
	since = dns_case_since(c, a, r->domain, "v=spf1");
	dns_note_record(c->findings, DNS_GROUP_SPF, r->domain, r->text,
	    dns_case_since_text(c, since));
	lookups = dns_print(c->findings, "%d", c->spf.lookups);
	if (c->spf.lookups <= SPF_LOOKUPS && !c->spf.failed)
		dns_note(c->findings, DNS_GROUP_SPF, r->domain, "lookups",
		    lookups, "%s of 10 look-ups, %d of 2 that find nothing",
		    lookups, c->spf.voids4);
	else
		dns_note(c->findings, DNS_GROUP_SPF, r->domain, "lookups",
		    lookups, NULL);
}

/* S17: a domain without mail should say so, by SPF and by DMARC. */
static void
check_unused(struct dns_case *c)
{
	const struct spf_record *r = c->spf.records[0];
	const struct dmarc_record *d = c->record;
	struct dns_words w = { .value = "v=spf1 -all", .to = c->domain };

	if (!c->has_mx || c->mx.takes_mail != MX_NO ||
	    c->facts->newest_day == 0 || dns_facts_has_mail(c->facts))
		return;
	if (r->state == SPF_FOUND && strcmp(r->text, "v=spf1 -all") != 0)
		find(c, UNUSED_DOMAIN, c->domain, &w);
	if (d == NULL || !d->rfc9989.is_used || d->rfc9989.is_fallback ||
	    d->rfc9989.p == DMARC_REJECT)
		return;
	w.what = dmarc_policy_word(d->rfc9989.p);
	w.value = dns_tag_rewrite(c->findings, &d->tags, "p", "reject");
	find(c, UNUSED_POLICY, c->record_name, &w);
}

void
dns_check_spf(struct dns_case *c)
{
	const struct spf_problem *p;
	struct dns_words w;
	size_t i;

	/* RFC 7208, 4.3: a name without a dot has no SPF. */
	if (!dns_is_name(c->domain) || strchr(c->domain, '.') == NULL)
		return;
	spf_read(c->source, c->domain, &c->spf);
	c->has_spf = true;
	for (i = 0; i < c->spf.nproblems; i++) {
		p = &c->spf.problems[i];
		if (is_said(c, p))
			continue;
		w = (struct dns_words) {
			.what = p->term != NULL ? p->term->text : NULL,
			.to = p->name,
			.at = way_to(c, p->record),
			.n = p->number,
		};
		if (!find_error(c, p, &w) && is_own(c, p->record))
			find_advice(c, p, &w);
	}
	note_record(c);
	check_unused(c);
}
