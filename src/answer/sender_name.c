/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_name.h"
#include "base/sum.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

const char *const sender_evidence_words[] = { "rule", "ptr", "spf", "include",
	"dkim", "own", "ptr_domain", "as", "network", "address", NULL };

const char *
sender_evidence_title(enum sender_evidence evidence)
{
	static const char *const titles[SENDER_EVIDENCES] = {
		[SENDER_BY_RULE] = "",
		[SENDER_BY_PTR] = "by PTR",
		[SENDER_BY_SPF] = "by SPF",
		[SENDER_BY_INCLUDE] = "by SPF include",
		[SENDER_BY_DKIM] = "by DKIM",
		[SENDER_BY_OWN_SPF] = "",
		[SENDER_BY_PTR_DOMAIN] = "by PTR",
		[SENDER_BY_AS] = "by AS",
		[SENDER_BY_NETWORK] = "",
		[SENDER_BY_ADDRESS] = "",
	};

	return titles[evidence];
}

void
sender_proof_add(struct array *proofs, const char *org,
    const struct service *service, int64_t messages)
{
	struct sender_proof *p = proofs->at;

	if (proofs->n > 0 && strcmp(p[proofs->n - 1].org, org) == 0)
		p = &p[proofs->n - 1];
	else {
		p = array_add(proofs, sizeof(*p));
		*p = (struct sender_proof) { .org = org, .service = service };
	}
	sum_add(&p->messages, messages);
}

void
sender_proofs_done(struct sender_proofs *p)
{
	array_done(&p->spf);
	array_done(&p->dkim);
	array_done(&p->author);
}

/* The name that a proof gives: of its service, else of its organization. */
static const char *
name_of(const struct sender_proof *p)
{
	return p->service != NULL && service_is_name(p->service->kind)
	    ? p->service->name
	    : p->org;
}

static int
compare(const void *one, const void *other)
{
	const struct sender_proof *a = one, *b = other;
	const int order = strcmp(name_of(a), name_of(b));

	return order != 0 ? order : strcmp(a->org, b->org);
}

/* Whether a name is among those that are told. */
static bool
is_told(const char *name, const char *const told[static 2])
{
	return (told[0] != NULL && strcmp(name, told[0]) == 0) ||
	    (told[1] != NULL && strcmp(name, told[1]) == 0);
}

/*
 * The one with the most messages, of equal ones the first by name; domains of
 * one service count together, and those that are told do not count.  NULL:
 * there is none.
 */
static const struct sender_proof *
best_but(
    struct array *proofs, const char *const told[static 2], int64_t *messages)
{
	struct sender_proof *p = proofs->at;
	const struct sender_proof *found = NULL;
	size_t i, k;
	int64_t sum;

	*messages = 0;
	if (proofs->n > 0)
		qsort(p, proofs->n, sizeof(*p), compare);
	for (i = 0; i < proofs->n; i = k) {
		sum = 0;
		for (k = i; k < proofs->n &&
		     strcmp(name_of(&p[i]), name_of(&p[k])) == 0;
		     k++)
			sum_add(&sum, p[k].messages);
		if (!is_told(name_of(&p[i]), told) &&
		    (found == NULL || sum > *messages)) {
			found = &p[i];
			*messages = sum;
		}
	}
	return found;
}

static const struct sender_proof *
best(struct array *proofs, int64_t *messages)
{
	static const char *const nobody[2] = { NULL };

	return best_but(proofs, nobody, messages);
}

/* A customer of a host or a provider has no name by that. */
static bool
is_customer(const struct sender_proof *p)
{
	return p->service != NULL && !service_is_name(p->service->kind);
}

static void
set(struct sender_name *n, enum sender_evidence evidence, const char *name,
    const struct service *service)
{
	n->evidence = evidence;
	n->name = name;
	n->service = service;
}

/*
 * By what the domain's SPF record says of the address, which nobody can forge;
 * false: nothing.  A signature tells whose mail it is then.
 */
static bool
name_by_record(struct sender_name *n, const struct sender_facts *facts,
    const struct sender_proof *signer)
{
	const struct sender_proof *include = &facts->include;

	if (facts->is_in_own_spf) {
		set(n, SENDER_BY_OWN_SPF, "own SPF", NULL);
		return true;
	}
	if (include->org == NULL || is_customer(include))
		return false;
	set(n, SENDER_BY_INCLUDE, name_of(include), include->service);
	n->proof = include->org;
	if (signer != NULL && !is_customer(signer) &&
	    strcmp(name_of(signer), n->name) != 0)
		n->author = name_of(signer);
	return true;
}

/* By what passed; false: nothing did that names it. */
static bool
name_by_proofs(struct sender_name *n, const struct sender_facts *facts,
    struct sender_proofs *proofs)
{
	int64_t by_spf, by_dkim, by_author;
	const struct sender_proof *spf = best(&proofs->spf, &by_spf);
	const struct sender_proof *dkim = best(&proofs->dkim, &by_dkim);
	const struct sender_proof *author = best(&proofs->author, &by_author);

	if (spf != NULL && by_spf >= proofs->own_spf) {
		n->service = spf->service;
		if (is_customer(spf))
			return false;
		set(n, SENDER_BY_SPF, name_of(spf), spf->service);
		n->proof = spf->org;
		if (author != NULL && by_author >= by_spf - by_author &&
		    strcmp(name_of(author), n->name) != 0)
			n->author = name_of(author);
		return true;
	}
	/* One signature in two: a few may have come on other ways. */
	if (by_dkim < proofs->own_spf - by_dkim)
		dkim = NULL;
	if (name_by_record(n, facts, dkim))
		return true;
	if (dkim != NULL && !is_customer(dkim)) {
		set(n, SENDER_BY_DKIM, name_of(dkim), dkim->service);
		n->proof = dkim->org;
		return true;
	}
	if (proofs->own_spf > 0) {
		set(n, SENDER_BY_OWN_SPF, "own SPF", NULL);
		return true;
	}
	/* Signed by somebody else, sent by nobody knows whom. */
	if (author != NULL)
		n->author = name_of(author);
	return false;
}

/* Of all ways to pass the one with the most messages. */
static void
find_also(struct sender_name *n, struct sender_proofs *proofs)
{
	struct array *const ways[] = { &proofs->spf, &proofs->dkim,
		&proofs->author };
	const char *const told[2] = { n->name, n->author };
	const struct sender_proof *p;
	int64_t messages;
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if ((p = best_but(ways[i], told, &messages)) != NULL &&
		    (n->also == NULL || messages > n->also_messages)) {
			n->also = name_of(p);
			n->also_messages = messages;
		}
}

static void
name_by_evidence(struct sender_name *n, const struct sender_facts *facts,
    struct sender_proofs *proofs)
{
	const struct service *ptr = service_find(facts->ptr_domain);

	if (ptr != NULL && service_is_name(ptr->kind)) {
		set(n, SENDER_BY_PTR, ptr->name, ptr);
		return;
	}
	if (name_by_proofs(n, facts, proofs))
		return;
	if (ptr != NULL)
		n->service = ptr;
	else if (facts->ptr_domain != NULL)
		set(n, SENDER_BY_PTR_DOMAIN, facts->ptr_domain, NULL);
	else if (facts->as_name != NULL)
		set(n, SENDER_BY_AS, facts->as_name, NULL);
}

void
sender_name_find(struct sender_name *n, const struct sender_facts *facts,
    struct sender_proofs *proofs)
{
	*n = (struct sender_name) { .evidence = SENDER_BY_ADDRESS };
	name_by_evidence(n, facts, proofs);
	if (n->service != NULL && service_is_name(n->service->kind))
		n->passes_as = n->service;
	if (facts->label != NULL) {
		set(n, SENDER_BY_RULE, facts->label, NULL);
		n->author = NULL;
	} else if (n->name != NULL)
		find_also(n, proofs);
}
