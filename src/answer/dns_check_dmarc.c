/* SPDX-License-Identifier: BSD-2-Clause */
/* D: the DMARC record that applies (RFC 9989; what RFC 7489 reads otherwise).
 */
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/dns_edit.h"
#include "answer/dns_tag_words.h"
#include "base/buf.h"
#include "report/align.h"

enum {
	NONE,
	SEVERAL,
	VERSION,
	NOT_DMARC,
	MISPLACED,
	NO_POLICY,
	BAD_POLICY,
	IGNORED,
	P_SECOND,
	READY,
	WEAK_SUBDOMAINS,
	WEAK_NAMES,
	SP_IGNORED,
	TESTING,
	OBSOLETE,
	PERCENT,
	PERCENT_NONE,
	TAG,
	TAG_HARMLESS,
	VALUE,
	WITHOUT,
	PSD,
	PSD_NO,
	ORGANIZATION,
	INHERITED,
	ALIAS_NOWHERE,
	ALIAS,
	RULES,
};

const struct dns_rule dns_rules_dmarc[] = {
	[NONE] = { "D1", DNS_ERROR, "RFC 9989, 4.10.1",
	    "{name} has no DMARC record, nor has a domain above it ({to}): "
	    "anybody can send as it.|Publish this record",
	    "{at} TXT {value}" },
	[SEVERAL] = { "D2", DNS_ERROR, "RFC 9989, 4.10",
	    "{name} has {n} DMARC records: receivers discard all of them.|Keep "
	    "one, such as{to}",
	    "{name} TXT {value}" },
	[VERSION] = { "D3", DNS_ERROR, "RFC 9989, 4.7",
	    "{name} does not begin with exactly \"v=DMARC1;\", so that "
	    "receivers ignore it: {what}.|Publish this record{to}",
	    "{name} TXT {value}" },
	[NOT_DMARC] = { "D3", DNS_WARNING, "RFC 9989, 4.7",
	    "{name} has a record that is not DMARC: {what}. Remove it, unless "
	    "a wildcard puts it there",
	    NULL },
	[MISPLACED] = { "D4", DNS_ERROR, "RFC 9989, 4.7",
	    "{name} has the DMARC record itself, where no receiver "
	    "looks.|Publish it one name below{to}",
	    "{at} TXT {value}" },
	[NO_POLICY] = { "D5", DNS_ERROR, "RFC 9989, 4.10.1",
	    "{name} has no p=: receivers treat it as p=none.|Publish this "
	    "record",
	    "{name} TXT {value}" },
	[BAD_POLICY] = { "D5", DNS_ERROR, "RFC 9989, 4.10.1",
	    "{name}: {what} is not a policy, so that receivers treat the "
	    "record as p=none.|Publish this record",
	    "{name} TXT {value}" },
	[IGNORED] = { "D5", DNS_ERROR, "RFC 9989, 4.10.1",
	    "{name}: receivers ignore the record, since {what} and no rua= can "
	    "be used.|Publish this record",
	    "{name} TXT {value}" },
	[P_SECOND] = { "D5", DNS_INFO, "RFC 7489, 6.3",
	    "{name}: p= is not the second tag, which receivers of RFC 7489 ask "
	    "for.|Better",
	    "{name} TXT {value}" },
	[READY] = { "D6", DNS_WARNING, "RFC 9989, 4.7",
	    "{name} asks for nothing (p=none), but the reports of 30 days say "
	    "that p={to} would stop no mail of yours: see ruactl "
	    "ready.|Publish this record",
	    "{name} TXT {value}" },
	[WEAK_SUBDOMAINS] = { "D7", DNS_WARNING, "RFC 9989, 4.7",
	    "{name}: sp={what} protects subdomains less than p={to} does the "
	    "domain, so that forgers use those.|If none of them needs it, "
	    "publish this record",
	    "{name} TXT {value}" },
	[WEAK_NAMES] = { "D7", DNS_WARNING, "RFC 9989, 4.7",
	    "{name}: with sp=none and no np= even names that do not exist can "
	    "be forged.|Publish this record",
	    "{name} TXT {value}" },
	[SP_IGNORED] = { "D8", DNS_INFO, "RFC 9989, 4.7",
	    "{name}: {what}= is ignored in the record of a subdomain ({to} is "
	    "the organization).|Without it",
	    "{name} TXT {value}" },
	[TESTING] = { "D9", DNS_WARNING, "RFC 9989, 4.7",
	    "{name}: t=y asks for one level less, so that p={what} acts as "
	    "p={to}.|When the tests are over, publish this record",
	    "{name} TXT {value}" },
	[OBSOLETE] = { "D10", DNS_INFO, "RFC 9989, 4.7",
	    "{name}: {what}= is obsolete; newer receivers ignore it.|Without "
	    "it",
	    "{name} TXT {value}" },
	[PERCENT] = { "D10", DNS_WARNING, "RFC 7489, 6.3",
	    "{name}: receivers of RFC 7489 apply the policy to {n}% of "
	    "failing mail only, others to all of it.|Publish this "
	    "record",
	    "{name} TXT {value}" },
	[PERCENT_NONE] = { "D10", DNS_WARNING, "RFC 7489, 6.3",
	    "{name}: pct=0 asks for one level less of receivers of RFC 7489 "
	    "only; others know t=y instead.|Publish this record",
	    "{name} TXT {value}" },
	[TAG] = { "D11", DNS_WARNING, "RFC 9989, 4.7",
	    "{name}: {what}. Correct or remove it", NULL },
	[TAG_HARMLESS] = { "D11", DNS_INFO, "RFC 9989, 4.7",
	    "{name}: {what}. It does no harm, and can be removed", NULL },
	[VALUE] = { "D12", DNS_WARNING, "RFC 9989, 4.7",
	    "{name}: {what}, so that the default counts.|Correct it, or "
	    "remove it",
	    "{name} TXT {value}" },
	[WITHOUT] = { "D12", DNS_INFO, "RFC 9989, 4.7",
	    "{name}: {what}.|Without it", "{name} TXT {value}" },
	[PSD] = { "D13", DNS_ERROR, "RFC 9989, 4.7",
	    "{name}: psd=y says that {to} is a public suffix, below which "
	    "others register domains, but it is not: its subdomains are on "
	    "their own then.|Publish this record",
	    "{name} TXT {value}" },
	[PSD_NO] = { "D13", DNS_INFO, "RFC 9989, 4.10.2",
	    "{name}: psd=n makes {to} an organization of its own: what is "
	    "above it is not aligned with it",
	    NULL },
	[ORGANIZATION] = { "D14", DNS_INFO, "RFC 9989, 4.10.2",
	    "{name}: receivers may disagree on alignment; the organization is "
	    "{what} by the records in DNS, and {to} by the list of public "
	    "suffixes",
	    NULL },
	[INHERITED] = { "D15", DNS_WARNING, "RFC 9989, 4.10.1",
	    "{name} has no DMARC record of its own: {what} counts, with {to} "
	    "(asked: {at}).  ruactl dns judges it with that domain; to set "
	    "another policy, publish one at {name}",
	    NULL },
	[ALIAS_NOWHERE] = { "D16", DNS_WARNING, "RFC 9989, 4.7",
	    "{name} is an alias of {to}, where no DMARC record is. Publish "
	    "one there, or here in place of the CNAME",
	    NULL },
	[ALIAS] = { "D16", DNS_INFO, "RFC 9989, 4.7",
	    "{name} is an alias of {to}: whoever has that name decides what "
	    "your policy is",
	    NULL },
	[RULES] = { 0 },
};

static void
find(struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_DMARC, &dns_rules_dmarc[rule], name, w);
}

/* A finding that is settled by another value of a tag. */
static void
find_tag(struct dns_case *c, int rule, const struct dmarc_step *at,
    const char *tag, const char *value, const struct dns_words *w)
{
	const struct dns_edit edit = {
		.tag = tag,
		.value = value,
		.is_asked = rule == READY || rule == WEAK_SUBDOMAINS ||
		    rule == TESTING,
		.moves = rule == P_SECOND,
	};
	struct dns_words words = *w;

	words.value = dns_edit_apply(c, at->record, &edit);
	words.edit = &edit;
	find(c, rule, at->name, &words);
}

/* A first record, with reports to whom ruad reads. */
static const char *
first_record(struct dns_case *c)
{
	return dns_print(c->findings, "v=DMARC1; p=none; rua=%s",
	    dns_case_mailto(c, "dmarc"));
}

/* "_dmarc.a.example.org, _dmarc.example.org" */
static const char *
asked(struct dns_case *c)
{
	const struct dmarc_way *way = &c->dmarc.walk;
	struct buf names = { 0 };
	const char *text;
	size_t i;

	for (i = 0; i < way->nsteps; i++)
		buf_printf(
		    &names, "%s%s", i > 0 ? ", " : "", way->steps[i].name);
	text = dns_print(c->findings, "%s", buf_str(&names));
	buf_done(&names);
	return text;
}

/* --- what is there -------------------------------------------------------- */

/*
 * What was meant by a record that is not one: without quotation marks, which
 * get there if it is quoted twice.  NULL: what can be made of it is no better.
 */
static const char *
meant_record(struct dns_case *c, const char *text)
{
	char *plain = arena_strndup(&c->arena, text, strlen(text));
	const char *from, *value;
	struct dmarc_record r;
	size_t i, n = 0;

	for (from = text; *from != '\0'; from++)
		if (*from != '"')
			plain[n++] = *from;
	plain[n] = '\0';
	dmarc_record_parse(plain, &c->arena, &r);
	value = dns_tag_rewrite(c->findings, &r.tags, NULL, NULL);
	dmarc_record_parse(value, &c->arena, &r);
	for (i = 0; i < r.nproblems; i++)
		if (r.problems[i].fault == TAG_NO_SEMICOLON ||
		    r.problems[i].fault == TAG_NO_EQUALS)
			return NULL;
	return r.rfc9989.is_used ? value : NULL;
}

/* Of several records, none of which counts, that which stops least. */
static const char *
mildest(const struct dmarc_step *step)
{
	const struct dmarc_record *r = step->records, *best = NULL;
	size_t i;

	for (i = 0; i < step->n; i++)
		if (r[i].version == TAG_VERSION_OK &&
		    (best == NULL || r[i].rfc9989.p < best->rfc9989.p ||
		        (r[i].rfc9989.p == best->rfc9989.p &&
		            strcmp(r[i].text, best->text) < 0)))
			best = &r[i];
	return best != NULL ? best->text : NULL;
}

/* What is at one name of the walk; true: it may be meant as a record. */
static bool
check_step(struct dns_case *c, const struct dmarc_step *step)
{
	const struct dmarc_record *r = step->records;
	bool is_meant = step->ngood > 0;
	struct dns_words w = { 0 };
	size_t i;

	for (i = 0; i < step->n; i++) {
		w.what = r[i].text;
		switch (r[i].version) {
		case TAG_VERSION_OK:
			break;
		case TAG_VERSION_CASE:
		case TAG_VERSION_NOT_FIRST:
		case TAG_VERSION_BAD:
		case TAG_VERSION_ABSENT:
			is_meant = true;
			w.value = meant_record(c, r[i].text);
			w.to = dns_case_effect(c, w.value);
			find(c, VERSION, step->name, &w);
			break;
		case TAG_VERSION_OTHER:
			if (step == c->dmarc.walk.steps)
				find(c, NOT_DMARC, step->name, &w);
			break;
		}
	}
	if (step->ngood > 1) {
		w = (struct dns_words) { .n = (int64_t)step->ngood,
			.value = mildest(step) };
		w.to = dns_case_effect(c, w.value);
		find(c, SEVERAL, step->name, &w);
	}
	return is_meant;
}

/* D4: a record at the domain itself. */
static bool
check_misplaced(struct dns_case *c)
{
	const struct dns_answer *a = dns_ask(c->source, DNS_TXT, c->domain);
	struct dns_words w = { 0 };
	struct dmarc_record r;
	size_t i;

	if (a->status != DNS_OK)
		return false;
	for (i = 0; i < a->n; i++) {
		dmarc_record_parse(a->records[i].text, &c->arena, &r);
		if (r.version != TAG_VERSION_OK)
			continue;
		w.at = dns_print(c->findings, "_dmarc.%s", c->domain);
		w.value = a->records[i].text;
		w.to = dns_case_effect(c, w.value);
		find(c, MISPLACED, c->domain, &w);
		return true;
	}
	return false;
}

static void
check_alias(struct dns_case *c, const struct dmarc_step *step)
{
	const struct dns_answer *a = dns_ask(c->source, DNS_CNAME, step->name);
	struct dns_words w = { 0 };

	if (a->status != DNS_OK)
		return;
	w.to = a->records[0].text;
	if (align_domains(w.to, c->domain, false))
		return;
	if (step->ngood > 0)
		find(c, ALIAS, step->name, &w);
	else if (step->answer->status != DNS_FAILED)
		find(c, ALIAS_NOWHERE, step->name, &w);
}

/* --- one record ----------------------------------------------------------- */

/* The policy that is none: of p, sp or np; NULL: all are good, or missing. */
static const struct tag *
bad_policy(const struct dmarc_record *r)
{
	return r->p == DMARC_INVALID ? tag_list_find(&r->tags, "p")
	    : r->sp == DMARC_INVALID ? tag_list_find(&r->tags, "sp")
	    : r->np == DMARC_INVALID ? tag_list_find(&r->tags, "np")
	                             : NULL;
}

/* What it should be: "none rua=mailto:..." without its semicolon, or near. */
static const char *
good_policy(
    struct dns_case *c, const struct dmarc_record *r, const struct tag *bad)
{
	const struct tag_problem *p = r->problems;
	const size_t word = strcspn(bad->value, " \t");
	size_t i;

	for (i = 0; i < r->nproblems; i++)
		if (p[i].fault == TAG_BAD_VALUE && p[i].suggestion != NULL &&
		    strcmp(p[i].tag, bad->name) == 0)
			return p[i].suggestion;
	if (strchr(bad->value + word, '=') != NULL)
		return dns_print(c->findings, "%.*s; %s", (int)word, bad->value,
		    bad->value + word + strspn(bad->value + word, " \t"));
	return "none";
}

/* D5: whether there is a policy. */
static void
check_policy(struct dns_case *c, const struct dmarc_step *at)
{
	const struct dmarc_record *r = at->record;
	const bool is_used = r->rfc9989.is_used;
	const struct tag *bad = bad_policy(r);
	struct dns_words w = { .what = "p= is missing" };

	if (bad != NULL) {
		w.what = dns_print(c->findings, "%s=%s", bad->name, bad->value);
		find_tag(c, is_used ? BAD_POLICY : IGNORED, at, bad->name,
		    good_policy(c, r, bad), &w);
	} else if (r->p == DMARC_ABSENT)
		find_tag(c, is_used ? NO_POLICY : IGNORED, at, "p", "none", &w);
	else if (!r->is_p_second)
		find_tag(c, P_SECOND, at, "p", dmarc_policy_word(r->p), &w);
}

/* D6, D7, D8, D9: what the policy asks for. */
static void
check_strength(struct dns_case *c, const struct dmarc_step *at)
{
	const struct dmarc_record *r = at->record;
	const enum dmarc_policy p = r->rfc9989.p;
	const char *organization = c->dmarc.walk.organization;
	struct dns_words w = { .to = dmarc_policy_word(p) };

	if (p == DMARC_NONE && !r->rfc9989.is_fallback &&
	    (c->facts->is_ready_quarantine || c->facts->is_ready_reject)) {
		w.to = c->facts->is_ready_reject ? "reject" : "quarantine";
		find_tag(c, READY, at, "p", w.to, &w);
	}
	if (organization != NULL &&
	    strcmp(organization, c->dmarc.domain) != 0) {
		w.to = organization;
		w.what = "sp";
		if (r->sp != DMARC_ABSENT)
			find_tag(c, SP_IGNORED, at, "sp", NULL, &w);
		return;
	}
	w.what = dmarc_policy_word(r->sp);
	if (r->sp >= DMARC_NONE && r->sp < p)
		find_tag(c, WEAK_SUBDOMAINS, at, "sp", w.to, &w);
	if (r->sp == DMARC_NONE && r->np == DMARC_ABSENT && p > DMARC_NONE)
		find_tag(c, WEAK_NAMES, at, "np", "reject", &w);
}

static void
check_testing(struct dns_case *c, const struct dmarc_step *at)
{
	const struct dmarc_record *r = at->record;
	struct dns_words w = { .what = dmarc_policy_word(r->rfc9989.p),
		.to = dmarc_policy_word(dmarc_policy_lower(r->rfc9989.p)),
		.n = r->pct };

	if (r->is_testing && r->rfc9989.p > DMARC_NONE)
		find_tag(c, TESTING, at, "t", NULL, &w);
	if (r->pct == 0)
		find_tag(c, PERCENT_NONE, at, "pct", NULL, &w);
	else if (r->pct > 0 && r->pct < 100)
		find_tag(c, PERCENT, at, "pct", NULL, &w);
}

static void
check_psd(struct dns_case *c, const struct dmarc_step *at)
{
	char organization[ALIGN_DOMAIN];
	struct dns_words w = { .to = at->domain };

	if (at->record->psd == DMARC_PSD_YES &&
	    align_organization(at->domain, organization))
		find_tag(c, PSD, at, "psd", NULL, &w);
	if (at->record->psd == DMARC_PSD_NO)
		find(c, PSD_NO, at->name, &w);
}

/* A tag of D5 or of R2. */
static bool
is_elsewhere(const char *tag)
{
	static const char *const tags[] = { "p", "sp", "np", "rua", "ruf" };
	size_t i;

	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (strcasecmp(tag, tags[i]) == 0)
			return true;
	return false;
}

/* D10, D11, D12: tags that are not as they should be. */
static void
check_tag(struct dns_case *c, const struct dmarc_step *at,
    const struct tag_problem *p)
{
	struct dns_words w = { .what = dns_tag_problem(c->findings, p) };

	switch (p->fault) {
	case TAG_MISSING: /* D5 */
	case TAG_BAD_URI: /* R2 */
		break;
	case TAG_OBSOLETE:
		w.what = p->tag;
		if (strcasecmp(p->tag, "pct") != 0 || at->record->pct >= 100 ||
		    at->record->pct == -1)
			find_tag(c, OBSOLETE, at, p->tag, NULL, &w);
		break;
	case TAG_BAD_VALUE:
	case TAG_EMPTY_VALUE:
		if (!is_elsewhere(p->tag))
			find_tag(c, VALUE, at, p->tag, p->suggestion, &w);
		break;
	case TAG_WITHOUT:
		find_tag(c, WITHOUT, at, p->tag, NULL, &w);
		break;
	case TAG_BAD_SPACE: /* before the version, it makes it none */
		find(c, strcasecmp(p->tag, "v") == 0 ? TAG : TAG_HARMLESS,
		    at->name, &w);
		break;
	case TAG_EMPTY_ITEM:
		find(c, TAG_HARMLESS, at->name, &w);
		break;
	default:
		find(c, TAG, at->name, &w);
	}
}

static void
check_record(struct dns_case *c, const struct dmarc_step *at)
{
	size_t i;

	check_policy(c, at);
	if (at->record->rfc9989.is_used) {
		check_strength(c, at);
		check_testing(c, at);
	}
	check_psd(c, at);
	for (i = 0; i < at->record->nproblems; i++)
		check_tag(c, at, &at->record->problems[i]);
}

/* --- all of it ------------------------------------------------------------ */

static void
note_policy(struct dns_case *c)
{
	const struct dmarc_way *way = &c->dmarc.walk;
	const struct dmarc_step *at = way->found;
	const char *p = dmarc_policy_word(way->policy), *sp, *np;
	struct dns_since since;

	if (at == NULL || p == NULL)
		return;
	since = dns_case_since(c, at->answer, at->name, "v=DMARC1");
	dns_note_record(c->findings, DNS_GROUP_DMARC, at->name,
	    at->record->text, dns_case_since_text(c, since));
	dns_note(c->findings, DNS_GROUP_DMARC, at->name, "place",
	    dmarc_place_words[way->place], NULL);
	sp = dmarc_policy_word(way->reading->sp);
	np = dmarc_policy_word(way->reading->np);
	if (at->record->p < DMARC_NONE || at->record->sp == DMARC_INVALID ||
	    at->record->np == DMARC_INVALID) /* D5 says what counts */
		dns_note(
		    c->findings, DNS_GROUP_DMARC, at->name, "policy", p, NULL);
	else if (way->place != DMARC_AT_DOMAIN || sp == NULL || np == NULL ||
	    (strcmp(sp, p) == 0 && strcmp(np, p) == 0))
		dns_note(c->findings, DNS_GROUP_DMARC, at->name, "policy", p,
		    way->place == DMARC_AT_DOMAIN
		        ? "%s, subdomains too; from %s"
		        : "%s; from %s",
		    p, at->name);
	else
		dns_note(c->findings, DNS_GROUP_DMARC, at->name, "policy", p,
		    "%s, subdomains %s, names that do not exist %s; from %s", p,
		    sp, np, at->name);
}

static void
check_place(struct dns_case *c, bool is_meant)
{
	const struct dmarc_way *way = &c->dmarc.walk;
	const struct dmarc_step *own = &way->steps[0];
	struct dns_words w = { 0 };

	if (way->place == DMARC_AT_UNKNOWN)
		return;
	if (way->place == DMARC_AT_NONE && !is_meant) {
		w.at = own->name;
		w.to = asked(c);
		w.value = first_record(c);
		find(c, NONE, c->domain, &w);
	} else if (way->found != NULL && way->found != own && !is_meant) {
		w.what = way->found->name;
		w.to = dns_print(c->findings, "%s=%s",
		    way->tag != NULL ? way->tag : "p",
		    dmarc_policy_word(way->policy) != NULL
		        ? dmarc_policy_word(way->policy)
		        : "?");
		w.at = asked(c);
		find(c, INHERITED, own->name, &w);
	}
}

void
dns_check_dmarc(struct dns_case *c)
{
	const struct dmarc_way *way = &c->dmarc.walk, *list = &c->dmarc.list;
	const struct dmarc_step *own = &way->steps[0];
	struct dns_words w = { 0 };
	bool is_meant;

	c->has_dmarc = dmarc_find(c->source, c->domain, &c->arena, &c->dmarc) &&
	    way->nsteps > 0;
	if (!c->has_dmarc)
		return;
	if (way->failed != NULL)
		dns_cannot_tell(c->findings, DNS_GROUP_DMARC, DNS_TXT,
		    way->failed->name, way->failed->answer->failure);
	is_meant = check_step(c, own);
	if (own->ngood == 0)
		is_meant |= check_misplaced(c);
	if (own->record != NULL) {
		c->record = own->record;
		c->record_name = own->name;
		check_record(c, own);
	}
	note_policy(c);
	check_place(c, is_meant);
	check_alias(c, own);
	w.what = way->organization;
	w.to = list->organization;
	if (w.what != NULL && w.to != NULL && strcmp(w.what, w.to) != 0)
		find(c, ORGANIZATION, c->domain, &w);
}
