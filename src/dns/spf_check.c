/* SPDX-License-Identifier: BSD-2-Clause */
/* One message: check_host() of RFC 7208, 4. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "dns/spf_term.h"
#include "dns/spf_tree.h"

#define EXPLANATION_MAX 4096 /* bytes; more is a bad joke */

/* %{i}: as it is, or the 32 digits of IPv6 with dots (7.3). */
static void
write_address(struct spf_macros *m, const struct spf_address *a)
{
	size_t i;

	m->reverse_ip = a->family == SPF_IPV4 ? "in-addr" : "ip6";
	inet_ntop(a->family == SPF_IPV4 ? AF_INET : AF_INET6, a->ip, m->ip,
	    sizeof(m->ip));
	if (a->family == SPF_IPV4) {
		snprintf(m->dotted, sizeof(m->dotted), "%s", m->ip);
		return;
	}
	for (i = 0; i < 16; i++)
		snprintf(m->dotted + 4 * i, sizeof(m->dotted) - 4 * i,
		    i < 15 ? "%x.%x." : "%x.%x", a->ip[i] >> 4, a->ip[i] & 15);
}

static const char * or (const char *s, const char *otherwise)
{
	return s != NULL && *s != '\0' ? s : otherwise;
}

static void
begin(struct spf_walk *w, const struct spf_query *q, struct spf_judge *judge,
    struct arena *arena)
{
	struct spf_macros *m = &w->macros;

	w->arena = arena;
	w->judge = judge;
	w->families = judge->address.family;
	m->local = or (q->local, "postmaster");
	m->sender_domain = or (q->sender_domain, q->domain);
	m->helo = or (q->helo, "unknown");
	m->receiver = or (q->receiver, "unknown");
	m->now = q->now;
	write_address(m, &judge->address);
}

/* What exp= of the record says (6.2); NULL: nothing that can be used. */
static const char *
explain(struct spf_walk *w, const struct spf_record *r)
{
	const struct spf_term *exp = NULL;
	const struct dns_answer *answer;
	struct buf text = { 0 };
	const char *name, *s;
	uint32_t letters;
	size_t i;

	for (i = 0; i < r->nterms; i++)
		if (r->terms[i].kind == SPF_EXP)
			exp = &r->terms[i];
	if (exp == NULL)
		return NULL;
	spf_term_macros(w, exp->macros, r->domain);
	if (!spf_expand_name(w->arena, exp->domain, &w->macros, &name))
		return NULL;
	answer = dns_ask(w->source, DNS_TXT, name);
	if (answer->status == DNS_FAILED || answer->n != 1)
		return NULL;
	s = answer->records[0].text;
	for (i = 0; s[i] != '\0'; i++)
		if ((unsigned char)s[i] > '~' || s[i] < ' ')
			return NULL;
	if (!spf_check_macros(s, i, true, &letters))
		return NULL;
	spf_term_macros(w, letters, r->domain);
	spf_expand(&text, s, &w->macros);
	if (text.len > EXPLANATION_MAX)
		text.len = EXPLANATION_MAX;
	name = arena_strndup(w->arena, buf_str(&text), text.len);
	buf_done(&text);
	return name;
}

/* Why it is an error: what was told last, or a limit of the judge. */
static const struct spf_problem *
reason(struct spf_walk *w, const struct spf_judge *j)
{
	struct spf_problem *p;

	if (j->by == NULL)
		return NULL;
	if (j->limit == SPF_PROBLEMS)
		return (struct spf_problem *)w->problems.at + w->problems.n - 1;
	p = spf_walk_problem(w, j->limit, j->by->record, j->by->term);
	p->number = j->limit == SPF_P_LOOKUPS ? j->lookups
	    : j->limit == SPF_P_VOIDS         ? j->voids
	                                      : j->questions;
	return p;
}

static void
write_verdict(
    struct spf_walk *w, const struct spf_judge *j, struct spf_verdict *v)
{
	struct spf_record *const *records = w->records.at;
	const struct spf_problem *why = NULL;
	struct spf_problem *copy;
	struct buf path = { 0 };

	v->result = j->result;
	v->record = j->by != NULL ? j->by->record : records[0];
	v->term = j->by != NULL ? j->by->term : NULL;
	spf_write_path(&path, v->record, v->term);
	v->path = arena_strndup(&v->arena, buf_str(&path), path.len);
	buf_done(&path);
	if (v->result == SPF_TEMPERROR || v->result == SPF_PERMERROR)
		why = reason(w, j);
	if (why != NULL) {
		copy = arena_alloc(&v->arena, sizeof(*copy));
		*copy = *why;
		v->problem = copy;
	}
	v->lookups = j->lookups;
	v->voids = j->voids;
	v->questions = j->questions;
	v->mx_names = w->mx_names;
	v->ptr_names = w->ptr_names;
}

void
spf_check(const struct dns_source *source, const struct spf_query *q,
    struct spf_verdict *v)
{
	struct spf_address address = spf_address(q->ip);
	struct spf_walk w = { .source = source };
	struct spf_judge judge, other;

	memset(v, 0, sizeof(*v));
	v->path = "";
	if (address.family == 0)
		return;
	spf_judge_begin(&judge, &address);
	begin(&w, q, &judge, &v->arena);
	spf_tree_walk(&w, q->domain);
	write_verdict(&w, &judge, v);
	if (q->explain && v->result == SPF_FAIL && w.top != NULL) {
		/* What %{p} asks counts by itself. */
		spf_judge_begin(&other, &address);
		w.judge = &other;
		v->explanation = explain(&w, w.top);
	}
	array_done(&w.problems);
	array_done(&w.records);
}

void
spf_verdict_done(struct spf_verdict *v)
{
	arena_done(&v->arena);
}
