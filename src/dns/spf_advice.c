/* SPDX-License-Identifier: BSD-2-Clause */
/* What spf_read() tells of the records beside errors. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "dns/spf_advice.h"

#define ANSWER_MAX 450 /* RFC 7208, 3.4 */
#define STRING_MAX 255
#define NEAR 9
#define WIDE4 16
#define WIDE6 32

static void
advise_term(struct spf_walk *w, const struct spf_record *r, struct spf_term *t)
{
	int prefix = t->kind == SPF_IP4 ? t->prefix4 : t->prefix6;

	if (t->kind == SPF_PTR)
		spf_walk_problem(w, SPF_P_PTR, r, t);
	if ((t->kind == SPF_IP4 && prefix < WIDE4) ||
	    (t->kind == SPF_IP6 && prefix < WIDE6))
		spf_walk_problem(w, SPF_P_WIDE, r, t)->number = prefix;
	if ((t->macros & SPF_MACRO('p')) != 0)
		spf_walk_problem(w, SPF_P_MACRO_PTR, r, t);
	if ((t->macros & SPF_MACROS_SENDER) != 0)
		spf_walk_problem(w, SPF_P_MACRO_SENDER, r, t);
	if (t->kind == SPF_MODIFIER)
		spf_walk_problem(w, SPF_P_UNKNOWN, r, t);
	if (r->all != NULL && t > r->all && t->kind <= SPF_EXISTS)
		spf_walk_problem(w, SPF_P_AFTER_ALL, r, t);
	if (r->all != NULL && t == r->redirect)
		spf_walk_problem(w, SPF_P_REDIRECT_IGNORED, r, t);
}

static void
advise_repeated(struct spf_walk *w, const struct spf_record *r)
{
	struct map seen = { 0 };
	size_t i;

	for (i = 0; i < r->nterms; i++) {
		const struct spf_term *t = &r->terms[i];
		char *text = text_lower(xstrdup(t->text));
		const char *s = *text == '+' ? text + 1 : text;

		if (t->kind <= SPF_EXISTS && t->kind != SPF_ALL) {
			if (map_has(&seen, s, strlen(s)))
				spf_walk_problem(w, SPF_P_REPEATED, r, t);
			map_number(&seen, s, strlen(s));
		}
		free(text);
	}
	map_done(&seen);
}

/* How the record ends, if it is the domain's or that of its redirect. */
static void
advise_all(struct spf_walk *w, const struct spf_record *r)
{
	static const enum spf_problem_kind kinds[] = {
		[SPF_NEUTRAL] = SPF_P_ALL_NEUTRAL,
		[SPF_PASS] = SPF_P_ALL_PASS,
		[SPF_SOFTFAIL] = SPF_P_ALL_SOFT,
		[SPF_FAIL] = SPF_PROBLEMS,
	};
	const struct spf_record *up = r;

	while (up->by != NULL && up->by->kind == SPF_REDIRECT)
		up = up->parent;
	if (r->all != NULL && r->all->result == SPF_PASS)
		spf_walk_problem(w, SPF_P_ALL_PASS, r, r->all);
	else if (up->by != NULL)
		return;
	else if (r->all != NULL && r->all->result != SPF_FAIL)
		spf_walk_problem(w, kinds[r->all->result], r, r->all);
	else if (r->all == NULL && r->redirect == NULL)
		spf_walk_problem(w, SPF_P_NO_ALL, r, NULL);
}

/* Whether these bytes by themselves are a term that does something. */
static bool
is_term(const char *s, size_t n, enum spf_kind most)
{
	struct arena arena = { 0 };
	struct spf_term t = { .kind = SPF_BAD };

	if (n > 0)
		spf_read_term(&arena, s, n, &t);
	arena_done(&arena);
	return t.kind <= most;
}

/*
 * Strings of a record are joined without a blank (3.3).  Whoever forgets it has
 * one term where two were meant: both of its parts are terms, and the whole is
 * wrong, or the second part looks like nothing else.
 */
static void
advise_joints(struct spf_walk *w, const struct spf_record *r)
{
	size_t i, part, end, term = 0;

	for (i = 0; i + 1 < r->nparts; i++) {
		const struct spf_term *t;

		end = r->ends[i];
		while (term < r->nterms &&
		    r->terms[term].at + strlen(r->terms[term].text) <= end)
			term++;
		if (term == r->nterms)
			return;
		t = &r->terms[term];
		if (end <= t->at)
			continue;
		part = end - t->at;
		if (is_term(t->text, part, SPF_EXP) &&
		    is_term(t->text + part, strlen(t->text) - part, SPF_EXP) &&
		    (t->kind == SPF_BAD ||
		        strpbrk(t->text + part, ":=") != NULL ||
		        strchr("+-~?", t->text[part]) != NULL))
			spf_walk_problem(w, SPF_P_GLUED, r, t)->name = t->text +
			    part;
	}
}

static void
advise_sizes(struct spf_walk *w, const struct spf_record *r)
{
	size_t i, at = 0;

	if (r->answer_size > ANSWER_MAX)
		spf_walk_problem(w, SPF_P_ANSWER_SIZE, r, NULL)
		    ->number = (int)r->answer_size;
	for (i = 0; i < r->nparts; at = r->ends[i++])
		if (r->ends[i] - at > STRING_MAX)
			spf_walk_problem(w, SPF_P_STRING_SIZE, r, NULL)
			    ->number = (int)(r->ends[i] - at);
}

/* Whether a TXT record that is none was meant as an SPF record. */
static bool
is_meant(const char *text, size_t len)
{
	if (spf_is_record(text, len))
		return false;
	text += strspn(text, " \t\"'");
	return strncasecmp(text, "v=spf", 5) == 0 ||
	    strncasecmp(text, "v= spf", 6) == 0 ||
	    strncasecmp(text, "v =spf", 6) == 0 ||
	    strncasecmp(text, "v = spf", 7) == 0 ||
	    strncasecmp(text, "spf1 ", 5) == 0;
}

/* What there is where no record was found. */
static void
advise_missing(struct spf_walk *w, const struct spf_record *r)
{
	const struct dns_answer *answer;
	size_t i;

	if (r->state != SPF_FOUND && r->state != SPF_MISSING)
		return;
	answer = dns_ask(w->source, DNS_TXT, r->domain);
	for (i = 0; i < answer->n; i++) {
		const struct dns_record *d = &answer->records[i];

		if (is_meant(d->text, d->len))
			spf_walk_problem(w, SPF_P_VERSION, r, r->by)
			    ->name = arena_strndup(w->arena, d->text, d->len);
	}
	if (r->state == SPF_FOUND || r->depth > 0)
		return;
	answer = dns_ask(w->source, DNS_SPF, r->domain);
	for (i = 0; i < answer->n; i++)
		if (spf_is_record(
		        answer->records[i].text, answer->records[i].len)) {
			spf_walk_problem(w, SPF_P_TYPE_SPF, r, NULL)
			    ->name = r->domain;
			break;
		}
}

/*
 * Names without an IPv6 address are void look-ups for IPv6 senders alone
 * (4.6.4). That most records have some does no harm, unless one allows IPv6
 * addresses after them.
 */
static void
advise_voids6(struct spf_walk *w)
{
	const struct spf_op *ops = w->ops.at;
	int voids = 0;
	size_t i;

	for (i = 0; i < w->ops.n; i++) {
		if ((ops[i].families & SPF_IPV6) == 0)
			continue;
		if (ops[i].step == SPF_VOID)
			voids++;
		if (ops[i].step == SPF_RANGE && ops[i].prefix > 0 &&
		    ops[i].result == SPF_PASS && voids > SPF_VOIDS) {
			spf_walk_problem(
			    w, SPF_P_VOIDS6, ops[i].record, ops[i].term)
			    ->number = voids;
			return;
		}
	}
}

static void
advise_limits(struct spf_walk *w, const struct spf_record *r)
{
	if (w->lookups >= NEAR)
		spf_walk_problem(w,
		    w->lookups > SPF_LOOKUPS ? SPF_P_LOOKUPS : SPF_P_NEAR, r,
		    NULL)
		    ->number = w->lookups;
	if (w->voids4 > SPF_VOIDS)
		spf_walk_problem(w, SPF_P_VOIDS, r, NULL)->number = w->voids4;
	else
		advise_voids6(w);
}

void
spf_advise(struct spf_walk *w)
{
	struct spf_record *const *records = w->records.at;
	struct map seen = { 0 };
	size_t i, k;

	advise_limits(w, records[0]);
	for (i = 0; i < w->records.n; i++) {
		const struct spf_record *r = records[i];
		size_t n = strlen(r->domain);

		if (map_has(&seen, r->domain, n))
			continue; /* all of it was told */
		map_number(&seen, r->domain, n);
		advise_missing(w, r);
		if (r->state != SPF_FOUND)
			continue;
		advise_all(w, r);
		for (k = 0; k < r->nterms; k++)
			advise_term(w, r, &r->terms[k]);
		advise_repeated(w, r);
		advise_joints(w, r);
		advise_sizes(w, r);
	}
	map_done(&seen);
}
