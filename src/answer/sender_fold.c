/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_fold.h"

#include <stdlib.h>
#include <string.h>

#include "answer/sender_days.h"
#include "answer/sender_spf.h"
#include "base/buf.h"
#include "base/sum.h"
#include "report/align.h"
#include "store/query_row.h"
#include "store/rules.h"

/* What is known of a source only while it is folded. */
struct folded {
	struct sender_source *source; /* in the list */
	struct sender_proofs *proofs; /* NULL: nothing proved, as of most */
	bool has_records;             /* in the period */
	unsigned int failing_signs;   /* of its mail that failed */
	uint64_t envelope_days; /* as sender_days: with the domain's own */
	/* Of the domain's signatures: the last that failed, and that passed. */
	const char *selector, *passing;
	int selector_age, passing_age; /* days before the last of the period */
	size_t next; /* number + 1 of the same source as another domain; 0 */
};

struct folding {
	struct sender_list *list;
	const struct sender_load *load;
	struct map sources;    /* by (domain, id); no items */
	struct folded *folded; /* of each source */
	struct map ids;   /* of size_t, by id: number + 1 of the last of them */
	size_t *numbers;  /* in sources, of each combination */
	struct array own; /* of const char *: organization of each domain */
};

static const char *
keep_text(const struct folding *f, const char *text)
{
	return text == NULL
	    ? NULL
	    : arena_strndup(&f->list->strings, text, strlen(text));
}

/* --- proofs --------------------------------------------------------------- */

static struct sender_proofs *
proofs_of(struct folded *s)
{
	if (s->proofs == NULL)
		s->proofs = xcalloc(1, sizeof(*s->proofs));
	return s->proofs;
}

static bool
is_same(const struct sender_org *a, const struct sender_org *b)
{
	return strcmp(a->name, b->name) == 0 ||
	    (a->service != NULL && b->service != NULL &&
	        strcmp(a->service->name, b->service->name) == 0);
}

/* Whether SPF passed for a domain other than by HELO alone. */
static bool
has_envelope(const struct sender_profile *p)
{
	const struct sender_item *i = p->spf.at;
	size_t k;

	for (k = 0; k < p->spf.n; k++)
		if (i[k].result == SENDER_PASSED && !i[k].is_helo)
			return true;
	return false;
}

/* What SPF proves: the domain's own, or others. */
static void
prove_spf(const struct folding *f, struct folded *s,
    const struct sender_profile *p, const char *own, int64_t n)
{
	const struct sender_item *i = p->spf.at;
	const bool by_envelope = has_envelope(p);
	const struct sender_org *org;
	bool is_own = false;
	size_t k;

	for (k = 0; k < p->spf.n; k++) {
		org = sender_load_org(f->load, i[k].org);
		if (i[k].result != SENDER_PASSED ||
		    (by_envelope && i[k].is_helo))
			continue;
		if (strcmp(org->name, own) == 0)
			is_own = true;
		else
			sender_proof_add(
			    &proofs_of(s)->spf, org->name, org->service, n);
	}
	if (is_own)
		sum_add(&proofs_of(s)->own_spf, n);
}

/*
 * Whether SPF says that somebody else than the signer handed the message over:
 * it passed for another organization, or did not for the signer's own domain.
 */
static bool
is_contradicted(const struct folding *f, const struct sender_profile *p,
    const struct sender_org *signer, const char *own)
{
	const struct sender_item *i = p->spf.at;
	const struct sender_org *org;
	bool other = false;
	size_t k;

	for (k = 0; k < p->spf.n; k++) {
		org = sender_load_org(f->load, i[k].org);
		if (i[k].result == SENDER_PASSED && is_same(org, signer))
			return false;
		if (i[k].result == SENDER_PASSED && !i[k].is_helo &&
		    strcmp(org->name, own) != 0)
			other = true;
		if (i[k].result == SENDER_FAILED && is_same(org, signer))
			other = true;
	}
	return other;
}

/* What signatures prove, of other organizations. */
static void
prove_dkim(const struct folding *f, struct folded *s,
    const struct sender_profile *p, const struct sender_signatures *list,
    const char *own, int64_t n)
{
	const struct sender_item *i = list->dkim.at;
	const struct sender_org *org;
	size_t k;

	for (k = 0; k < list->dkim.n; k++) {
		org = sender_load_org(f->load, i[k].org);
		if (i[k].result == SENDER_PASSED && strcmp(org->name, own) != 0)
			sender_proof_add(is_contradicted(f, p, org, own)
			        ? &proofs_of(s)->author
			        : &proofs_of(s)->dkim,
			    org->name, org->service, n);
	}
}

/* Whether a signature of the domain is there, good or bad. */
static bool
has_own_signature(const struct folding *f, const struct sender_signatures *list,
    const char *own)
{
	const struct sender_item *i = list->dkim.at;
	size_t k;

	for (k = 0; k < list->dkim.n; k++)
		if (strcmp(sender_load_org(f->load, i[k].org)->name, own) == 0)
			return true;
	return false;
}

/*
 * Whether mail passes as another organization that sends it on its own: not
 * signed by the domain, nor by somebody else than who handed it over.
 */
static bool
is_of_other(const struct folding *f, const struct sender_profile *p,
    const struct sender_signatures *list, const char *own)
{
	const struct sender_item *i = p->spf.at;
	const struct sender_org *org;
	bool passes = false;
	size_t k;

	for (k = 0; k < p->spf.n; k++)
		passes |= i[k].result == SENDER_PASSED && !i[k].is_helo &&
		    strcmp(sender_load_org(f->load, i[k].org)->name, own) != 0;
	if (list == NULL)
		return passes;
	i = list->dkim.at;
	for (k = 0; k < list->dkim.n; k++) {
		org = sender_load_org(f->load, i[k].org);
		if (i[k].result != SENDER_PASSED || strcmp(org->name, own) == 0)
			continue;
		if (is_contradicted(f, p, org, own))
			return false;
		passes = true;
	}
	return passes && !has_own_signature(f, list, own);
}

/* Whether the domain has an SPF result, by HELO or by envelope. */
static bool
has_own_item(const struct folding *f, const struct sender_profile *p,
    const char *own, bool is_helo)
{
	const struct sender_item *i = p->spf.at;
	size_t k;

	for (k = 0; k < p->spf.n; k++)
		if (i[k].is_helo == is_helo &&
		    strcmp(sender_load_org(f->load, i[k].org)->name, own) == 0)
			return true;
	return false;
}

static bool
has_own_envelope(
    const struct folding *f, const struct sender_profile *p, const char *own)
{
	return (p->envelope > 0 &&
	           strcmp(sender_load_org(f->load, p->envelope - 1)->name,
	               own) == 0) ||
	    has_own_item(f, p, own, false);
}

/* What mail that failed shows: whose envelope, whose HELO, who passed. */
static void
look_for_signs(const struct folding *f, struct folded *s,
    const struct sender_combination *c, const struct sender_profile *p,
    const struct sender_signatures *list, const char *own)
{
	unsigned int signs = 0;

	if (has_own_envelope(f, p, own)) {
		signs |= SENDER_SIGN_BIT(SENDER_SIGN_ENVELOPE);
		s->envelope_days |= c->days;
	}
	if (has_own_item(f, p, own, true))
		signs |= SENDER_SIGN_BIT(SENDER_SIGN_NAME);
	if (is_of_other(f, p, list, own)) {
		signs |= SENDER_SIGN_BIT(SENDER_SIGN_REGULAR);
		s->source->other_days |= c->days;
	}
	if (c->records > 0)
		s->failing_signs |= signs;
}

/* Without an envelope that did not come on days enough. */
static unsigned int
steady_signs(const struct folded *s)
{
	unsigned int signs = s->failing_signs;

	if (__builtin_popcountll(s->envelope_days) < RULE_STEADY_DAYS)
		signs &= ~SENDER_SIGN_BIT(SENDER_SIGN_ENVELOPE);
	return signs;
}

/* --- one combination ------------------------------------------------------ */

/* The selectors of the domain's signatures that failed and passed last. */
static void
keep_selector(const struct folding *f, struct folded *s,
    const struct sender_combination *c, const struct sender_signatures *list,
    const char *own)
{
	const struct sender_item *i = list->dkim.at;
	const char **selector = c->dkim ? &s->passing : &s->selector;
	int *of = c->dkim ? &s->passing_age : &s->selector_age;
	const int age = sender_days_youngest(c->days);
	size_t k;

	if (*selector != NULL && age >= *of)
		return;
	for (k = 0; k < list->dkim.n; k++)
		if ((i[k].result == SENDER_PASSED) == c->dkim &&
		    i[k].selector != NULL &&
		    strcmp(sender_load_org(f->load, i[k].org)->name, own) ==
		        0) {
			*selector = i[k].selector;
			*of = age;
			return;
		}
}

static void
set_days(struct sender_days *days, bool is_pass, uint64_t which)
{
	if (is_pass)
		days->pass |= which;
	else
		days->fail |= which;
}

static bool
is_below(const char *name, const char *domain)
{
	return name != NULL && align_is_within(name, domain) &&
	    strcmp(name, domain) != 0;
}

static void
count(const struct folding *f, struct folded *s,
    const struct sender_combination *c, const struct sender_profile *p)
{
	struct sender_domain *d = (struct sender_domain *)f->list->domains.at +
	    c->domain;
	const bool is_pass = c->dkim || c->spf;
	struct sender_counts one = {
		.messages = c->messages,
		.pass = is_pass ? c->messages : 0,
		.before = c->before,
		.before_pass = is_pass ? c->before : 0,
		.first_day = c->first_day,
		.last_day = c->last_day,
	};

	if (!is_pass) {
		one.failed[source_class_of_record(
		    source_class_of_kind(s->source->kind), p->is_forwarded)] =
		    c->messages;
		one.cause[c->cause] = c->messages;
		one.forwarded[c->cause] = one.failed[SOURCE_FORWARDED];
		if (c->records > 0 &&
		    (s->source->record == 0 ||
		        c->messages > s->source->record_messages)) {
			s->source->record = c->record;
			s->source->record_messages = c->messages;
		}
	}
	sender_add_counts(&s->source->counts, &one);
	if (!c->is_under && is_below(p->header_from, d->name))
		sender_add_counts(&d->below, &one);
	s->has_records |= c->records > 0;
	set_days(&s->source->dmarc, is_pass, c->days);
	set_days(&s->source->dkim, c->dkim, c->days);
	set_days(&s->source->spf, c->spf, c->days);
}

static void
fold_one(struct folding *f, const struct sender_combination *c, size_t number)
{
	struct folded *s = &f->folded[number];
	const struct sender_profile *profile = (const struct sender_profile *)
	                                           f->load->profiles.items.at +
	    c->profile;
	const char *own = ((const char *const *)f->own.at)[c->domain];
	const struct sender_signatures *list = NULL;
	int64_t n = c->messages;

	sum_add(&n, c->before);
	count(f, s, c, profile);
	prove_spf(f, s, profile, own, n);
	if (c->signatures > 0) {
		list = (const struct sender_signatures *)
		           f->load->signatures.items.at +
		    c->signatures - 1;
		prove_dkim(f, s, profile, list, own, n);
		keep_selector(f, s, c, list, own);
	}
	if (!c->dkim && !c->spf)
		look_for_signs(f, s, c, profile, list, own);
}

/* --- what stopped --------------------------------------------------------- */

static void
find_stops(const struct folding *f, struct folded *s)
{
	struct sender_source *source = s->source;
	const int64_t last = f->list->period.last;

	source->dkim_stopped = sender_days_stopped(&source->dkim);
	source->spf_stopped = sender_days_stopped(&source->spf);
	if (sender_days_stopped(&source->dmarc)) {
		source->signs |= SENDER_SIGN_BIT(SENDER_SIGN_STOPPED);
		source->stopped_day = sender_days_stop(&source->dmarc, last);
	} else if (source->dkim_stopped)
		source->stopped_day = sender_days_stop(&source->dkim, last);
	else if (source->spf_stopped)
		source->stopped_day = sender_days_stop(&source->spf, last);
	if (source->dkim_stopped && s->selector != NULL)
		source->stopped_selector = keep_text(f, s->selector);
}

/* --- the table of sources ------------------------------------------------- */

static const struct query_field source_fields[] = {
	QUERY_FIELD(QUERY_INT, sender_source, id),
	QUERY_FIELD(QUERY_TEXT, sender_source, ip),
	QUERY_FIELD(QUERY_TEXT, sender_source, kind),
	QUERY_FIELD(QUERY_TEXT, sender_source, ptr),
	QUERY_FIELD(QUERY_TEXT, sender_source, ptr_domain),
	QUERY_FIELD(QUERY_TEXT, sender_source, as_name),
	QUERY_FIELD(QUERY_TEXT, sender_source, country),
	QUERY_FIELD(QUERY_TEXT, sender_source, as_label),
	QUERY_FIELD(QUERY_TEXT, sender_source, ptr_claim),
	QUERY_FIELD(QUERY_INT, sender_source, asn),
	QUERY_FIELD(QUERY_INT, sender_source, first_seen),
	{ "label", QUERY_TEXT, offsetof(struct sender_source, name.name),
	    NULL },
	{ 0 },
};

/* Number the sources, each as each domain. */
static void
start_sources(struct folding *f)
{
	const struct sender_combination *c = f->load->combinations.at;
	const size_t n = f->load->combinations.n;
	struct array *all = &f->list->sources;
	struct map sources = { .size = 0 }; /* by (domain, id) */
	struct folded *s;
	int64_t key[2];
	size_t i, *last;

	f->numbers = xcalloc(n, sizeof(*f->numbers));
	for (i = 0; i < n; i++) {
		key[0] = (int64_t)c[i].domain;
		key[1] = c[i].source;
		f->numbers[i] = map_number(&sources, key, sizeof(key));
	}
	f->folded = xcalloc(sources.keys.n, sizeof(*f->folded));
	array_reserve(all, sources.keys.n, sizeof(struct sender_source));
	for (i = 0; i < sources.keys.n; i++) {
		memcpy(key, map_key(&sources, i), sizeof(key));
		s = &f->folded[i];
		s->source = array_add(all, sizeof(struct sender_source));
		s->source->domain = (size_t)key[0];
		last = map_item(&f->ids, &key[1], sizeof(key[1]));
		s->next = *last;
		*last = i + 1;
	}
	map_done(&sources);
}

static void
keep_source(struct folding *f, const struct sender_source *row)
{
	struct folded *s;
	const size_t *last = map_item(&f->ids, &row->id, sizeof(row->id));
	size_t n, domain;

	for (n = *last; n > 0; n = s->next) {
		s = &f->folded[n - 1];
		domain = s->source->domain;
		*s->source = *row;
		s->source->domain = domain;
	}
}

/* Rows of the table source, before anything is counted: by their kind. */
static int
read_sources(struct folding *f, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT s.id, s.ip, snd.kind, s.ptr, s.ptr_domain, s.as_name,"
	    " s.country, coalesce(s.as_name, 'AS' || s.asn) AS as_label,"
	    " s.ptr_claim, s.asn, s.first_day AS first_seen, snd.label"
	    " FROM json_each(?1) j"
	    " CROSS JOIN source s ON s.id = j.value"
	    " LEFT JOIN sender snd ON snd.id = s.sender_id";
	struct sender_source row = { 0 };
	struct buf ids = { 0 };
	struct query *q;
	int rc;

	sender_load_add_ids(&ids, &f->ids);
	if ((rc = query_new(&q, db, sql, err)) == 0)
		query_bind_text(q, 1, buf_str(&ids));
	buf_done(&ids);
	if (rc == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		rc = query_row_read(
		    q, source_fields, &row, &f->list->strings, err);
		if (rc == -1)
			break;
		sender_network_read(row.ip, row.key);
		keep_source(f, &row);
	}
	query_free(q);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

/* The organization of each domain, to which its own results belong. */
static void
find_own(struct folding *f)
{
	char org[ALIGN_DOMAIN];
	const char *name;
	size_t i;

	for (i = 0; i < f->list->domains.n; i++) {
		name = ((struct sender_domain *)f->list->domains.at)[i].name;
		if (align_organization(name, org))
			name = arena_strndup(
			    &f->list->strings, org, strlen(org));
		*(const char **)array_add(&f->own, sizeof(name)) = name;
	}
}

static void
start_domains(struct folding *f)
{
	struct sender_domain *d;
	const char *name;
	size_t i;

	for (i = 0; i < f->load->domains.keys.n; i++) {
		name = map_key(&f->load->domains, i);
		d = array_add(&f->list->domains, sizeof(*d));
		d->name = arena_strndup(&f->list->strings, name, strlen(name));
	}
	find_own(f);
}

static void
finish(struct folding *f, struct folded *s)
{
	struct sender_source *source = s->source;
	const char *own = ((const char *const *)f->own.at)[source->domain];
	struct sender_domain *d = (struct sender_domain *)f->list->domains.at +
	    source->domain;
	struct sender_proofs none = { .own_spf = 0 };
	struct sender_proofs *proofs = s->proofs != NULL ? s->proofs : &none;
	struct sender_facts facts = { .label = source->name.name,
		.ptr_domain = source->ptr_domain,
		.as_name = source->as_label };

	sender_add_counts(&d->counts, &source->counts);
	sender_spf_look(f->list, source, own, &facts);
	sender_name_find(&source->name, &facts, proofs);
	/* Names of organizations are the load's. */
	source->name.name = keep_text(f, source->name.name);
	source->name.author = keep_text(f, source->name.author);
	source->name.also = keep_text(f, source->name.also);
	source->name.proof = keep_text(f, source->name.proof);
	source->passes_own_spf = proofs->own_spf > 0;
	source->signs = steady_signs(s);
	if (source->ptr_domain != NULL && strcmp(source->ptr_domain, own) == 0)
		source->signs |= SENDER_SIGN_BIT(SENDER_SIGN_NAME);
	if (facts.is_in_own_spf)
		source->signs |= SENDER_SIGN_BIT(SENDER_SIGN_RECORD);
	source->selector = keep_text(f, s->passing);
	find_stops(f, s);
	if (source_class_of_kind(source->kind) == SOURCE_KNOWN &&
	    source->counts.messages > 0)
		d->has_known = true;
}

/* Those without a record in the period leave the sources, where they are. */
static void
finish_all(struct folding *f)
{
	struct sender_source *all = f->list->sources.at;
	const size_t n = f->list->sources.n;
	size_t i, there = 0;

	for (i = 0; i < n; i++) {
		finish(f, &f->folded[i]);
		if (!f->folded[i].has_records)
			*(struct sender_source *)array_add(
			    &f->list->gone, sizeof(*all)) = all[i];
		else if (there++ < i)
			all[there - 1] = all[i];
	}
	f->list->sources.n = there;
}

int
sender_fold(struct sender_list *list, const struct sender_load *load,
    struct query_db *db, struct err *err)
{
	const struct sender_combination *c = load->combinations.at;
	struct folding f = {
		.list = list, .load = load, .ids.size = sizeof(size_t)
	};
	size_t i, n;
	int rc;

	list->spf = spf_records_new(db);
	start_domains(&f);
	start_sources(&f);
	n = list->sources.n;
	if ((rc = read_sources(&f, db, err)) == 0) {
		for (i = 0; i < load->combinations.n; i++)
			fold_one(&f, &c[i], f.numbers[i]);
		finish_all(&f);
	}
	for (i = 0; i < n; i++)
		if (f.folded[i].proofs != NULL) {
			sender_proofs_done(f.folded[i].proofs);
			free(f.folded[i].proofs);
		}
	map_done(&f.ids);
	free(f.folded);
	free(f.numbers);
	array_done(&f.own);
	return rc;
}
