/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "dns/spf_term.h"
#include "dns/spf_tree.h"

/* The one that is an SPF record (4.5), and how large all of them are (3.4). */
static void
choose(
    struct spf_walk *w, struct spf_record *r, const struct dns_answer *answer)
{
	const struct dns_record *found = NULL;
	uint16_t *ends;
	size_t i;

	r->answer_size = 18 + strlen(r->domain);
	for (i = 0; i < answer->n; i++) {
		const struct dns_record *d = &answer->records[i];

		r->answer_size += 12 + d->len + d->nparts;
		if (!spf_is_record(d->text, d->len))
			continue;
		found = d;
		r->nrecords++;
	}
	/* What is not all there says nothing. */
	if (r->nrecords > 1)
		r->state = SPF_SEVERAL;
	else if (found == NULL)
		r->state = answer->is_cut ? SPF_FAILED : SPF_MISSING;
	else
		r->state = found->len < DNS_TEXT_MAX ? SPF_FOUND : SPF_FAILED;
	if (found == NULL || r->state != SPF_FOUND)
		return;
	r->text = arena_strndup(w->arena, found->text, found->len);
	r->nparts = found->nparts;
	if (r->nparts > 0) {
		ends = arena_alloc(w->arena, r->nparts * sizeof(*ends));
		memcpy(ends, found->ends, r->nparts * sizeof(*ends));
		r->ends = ends;
	}
	spf_read_terms(w->arena, r);
}

static struct spf_record *
add_record(struct spf_walk *w, struct spf_place by, const char *domain)
{
	struct spf_record *r = arena_alloc(w->arena, sizeof(*r));

	*r = (struct spf_record) {
		.domain = arena_strndup(w->arena, domain, strlen(domain)),
		.state = SPF_UNREAD,
		.parent = by.record,
		.by = by.term,
		.depth = by.record != NULL ? by.record->depth + 1 : 0,
	};
	if (by.term != NULL)
		by.term->to = r;
	*(struct spf_record **)array_add(
	    &w->records, sizeof(struct spf_record *)) = r;
	return r;
}

/* Ask for the record; false: nothing more is to be done with it. */
static bool
read_record(struct spf_walk *w, struct spf_place by, struct spf_record *r)
{
	const struct dns_answer *answer;
	struct spf_place at = by.record != NULL
	    ? by
	    : (struct spf_place) { r, NULL };
	enum spf_result missing = by.record != NULL ? SPF_PERMERROR : SPF_NONE;
	struct spf_problem *p;

	answer = spf_walk_ask(w, at, SPF_BOTH, DNS_TXT, r->domain);
	if (answer == NULL)
		return false;
	r->asked_ts = answer->asked_ts;
	if (answer->status == DNS_FAILED)
		r->state = SPF_FAILED;
	else
		choose(w, r, answer);
	switch (r->state) {
	case SPF_FOUND:
		return true;
	case SPF_FAILED:
		p = spf_walk_failed(
		    w, at, SPF_BOTH, DNS_TXT, r->domain, answer);
		r->failure = p->failure;
		return false;
	case SPF_SEVERAL:
		p = spf_walk_end(w, at, SPF_BOTH, SPF_PERMERROR, SPF_P_SEVERAL);
		p->number = (int)r->nrecords;
		break;
	default:
		p = spf_walk_end(w, at, SPF_BOTH, missing, SPF_P_MISSING);
		break;
	}
	p->name = r->domain;
	p->type = DNS_TXT;
	return false;
}

static void eval_term(struct spf_walk *, struct spf_place);

static void
eval_record(struct spf_walk *w, struct spf_record *r)
{
	size_t i;

	for (i = 0; r->has_bad && i < r->nterms; i++) {
		struct spf_place at = { r, &r->terms[i] };

		if (r->terms[i].kind != SPF_BAD)
			continue;
		spf_walk_end(w, at, SPF_BOTH, SPF_PERMERROR, SPF_P_SYNTAX)
		    ->fault = r->terms[i].fault;
		if (!spf_walk_goes_on(w))
			return;
	}
	for (i = 0; i < r->nterms; i++) {
		struct spf_place at = { r, &r->terms[i] };

		if (at.term->kind == SPF_REDIRECT)
			continue;
		eval_term(w, at);
		if (!spf_walk_goes_on(w) || at.term == r->all)
			return;
	}
	if (r->redirect != NULL)
		eval_term(w,
		    (struct spf_place) {
		        r, &r->terms[r->redirect - r->terms] });
}

/* Whether a record is read that asks for the one it is within. */
static bool
is_loop(const struct spf_record *r, const char *domain)
{
	for (; r != NULL; r = r->parent)
		if (strcmp(r->domain, domain) == 0)
			return true;
	return false;
}

static void
walk_record(struct spf_walk *w, struct spf_place by, const char *domain)
{
	bool is_include = by.term != NULL && by.term->kind == SPF_INCLUDE;
	struct spf_record *r;
	size_t enter;
	int before = w->lookups;

	if (is_loop(by.record, domain)) {
		spf_walk_end(w, by, SPF_BOTH, SPF_PERMERROR, SPF_P_LOOP)
		    ->name = arena_strndup(w->arena, domain, strlen(domain));
		return;
	}
	r = add_record(w, by, domain);
	if (r->depth > SPF_DEPTH || w->records.n > SPF_RECORDS) {
		w->is_cut = true;
		spf_walk_end(w, by, SPF_BOTH, SPF_TEMPERROR, SPF_P_CUT)
		    ->name = r->domain;
		return;
	}
	if (!read_record(w, by, r))
		return;
	enter = w->ops.n;
	if (is_include)
		spf_walk_step(w, by, SPF_ENTER, SPF_BOTH);
	else
		w->top = w->judge == NULL || w->judge->depth == 0 ? r : w->top;
	eval_record(w, r);
	r->lookups = w->lookups - before;
	if (!is_include)
		return;
	spf_walk_step(w, by, SPF_LEAVE, SPF_BOTH);
	if (w->judge == NULL)
		((struct spf_op *)w->ops.at)[enter].next = (uint32_t)w->ops.n;
}

/* include and redirect lead to a record, which must be there (5.2, 6.1). */
static void
eval_target(struct spf_walk *w, struct spf_place at)
{
	const char *name;

	switch (spf_term_target(w, at, &name)) {
	case SPF_TARGET_NAME:
		walk_record(w, at, name);
		break;
	case SPF_TARGET_NONE:
		spf_walk_end(w, at, SPF_BOTH, SPF_PERMERROR, SPF_P_NAME)
		    ->name = name;
		break;
	case SPF_TARGET_UNKNOWN:
		spf_walk_step(w, at, SPF_MYSTERY, SPF_BOTH);
		break;
	case SPF_TARGET_STOP:
		break;
	}
}

static void
eval_term(struct spf_walk *w, struct spf_place at)
{
	enum spf_kind kind = at.term->kind;
	int before = w->lookups;

	if (kind == SPF_INCLUDE || kind == SPF_REDIRECT)
		eval_target(w, at);
	else
		spf_term_walk(w, at);
	at.term->cost = w->lookups - before;
}

void
spf_tree_walk(struct spf_walk *w, const char *domain)
{
	struct spf_place none = { NULL, NULL };
	char name[DNS_NAME];

	if (dns_write_name(domain, name) && strchr(name, '.') != NULL) {
		walk_record(w, none, name);
		return;
	}
	/* 4.3: there is nothing to ask for */
	none.record = add_record(w, none, domain);
	spf_walk_end(w, none, SPF_BOTH, SPF_NONE, SPF_P_NAME)
	    ->name = none.record->domain;
}
