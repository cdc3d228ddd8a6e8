/* SPDX-License-Identifier: BSD-2-Clause */
/* What each mechanism asks and which addresses it matches (RFC 7208, 5, 6). */
#include <arpa/inet.h>
#include <string.h>

#include "dns/spf_term.h"
#include "report/align.h"

/* Add the range of an address in text; false: it is none of this family. */
static void
add_range(
    struct spf_walk *w, struct spf_place at, uint8_t family, const char *text)
{
	struct spf_op op = { .step = SPF_RANGE,
		.families = family,
		.result = (uint8_t)at.term->result,
		.record = at.record,
		.term = at.term };
	bool is4 = family == SPF_IPV4;

	op.prefix = (uint8_t)(is4 ? at.term->prefix4 : at.term->prefix6);
	if (inet_pton(is4 ? AF_INET : AF_INET6, text, op.ip) == 1)
		spf_walk_add(w, op);
}

static void
add_all(struct spf_walk *w, struct spf_place at)
{
	spf_walk_step(w, at, SPF_RANGE, SPF_BOTH);
}

static void
add_network(struct spf_walk *w, struct spf_place at)
{
	bool is4 = at.term->kind == SPF_IP4;
	struct spf_op op = { .step = SPF_RANGE,
		.families = is4 ? SPF_IPV4 : SPF_IPV6,
		.result = (uint8_t)at.term->result,
		.prefix = (uint8_t)(is4 ? at.term->prefix4 : at.term->prefix6),
		.record = at.record,
		.term = at.term };

	memcpy(op.ip, at.term->ip, sizeof(op.ip));
	spf_walk_add(w, op);
}

void
spf_term_macros(struct spf_walk *w, uint32_t letters, const char *domain)
{
	const char *name = NULL;

	w->macros.domain = domain;
	if ((letters & SPF_MACRO('p')) != 0 && w->judge != NULL)
		name = spf_term_validated(
		    w, (struct spf_place) { NULL, NULL }, domain, true);
	w->macros.validated = name != NULL ? name : "unknown";
}

enum spf_target
spf_term_target(struct spf_walk *w, struct spf_place at, const char **name)
{
	bool ok;

	spf_walk_step(w, at, SPF_LOOKUP, SPF_BOTH);
	if (!spf_walk_goes_on(w))
		return SPF_TARGET_STOP;
	if (at.term->domain == NULL) {
		*name = at.record->domain;
		return SPF_TARGET_NAME;
	}
	if ((at.term->macros & w->unknown) != 0)
		return SPF_TARGET_UNKNOWN;
	spf_term_macros(w, at.term->macros, at.record->domain);
	if (!spf_walk_goes_on(w))
		return SPF_TARGET_STOP;
	ok = spf_expand_name(w->arena, at.term->domain, &w->macros, name);
	return ok ? SPF_TARGET_NAME : SPF_TARGET_NONE;
}

/* A void look-up; in a map it is told which name it was. */
static void
add_void(struct spf_walk *w, struct spf_place at, uint8_t families)
{
	spf_walk_step(w, at, SPF_VOID, families);
}

static void
tell_void(struct spf_walk *w, struct spf_place at, enum dns_type type,
    const char *name)
{
	struct spf_problem *p;

	if (w->judge != NULL)
		return;
	p = spf_walk_problem(w, SPF_P_VOID, at.record, at.term);
	p->name = arena_strndup(w->arena, name, strlen(name));
	p->type = type;
}

/* The addresses of a name in one family; false: it has none, and DNS said so.
 */
static bool
add_addresses(
    struct spf_walk *w, struct spf_place at, uint8_t family, const char *name)
{
	enum dns_type type = family == SPF_IPV4 ? DNS_A : DNS_AAAA;
	const struct dns_answer *answer = spf_walk_ask(
	    w, at, family, type, name);
	size_t i;

	if (answer == NULL)
		return true;
	if (answer->status == DNS_FAILED) {
		spf_walk_failed(w, at, family, type, name, answer);
		return true;
	}
	for (i = 0; i < answer->n && spf_walk_goes_on(w); i++)
		add_range(w, at, family, answer->records[i].text);
	if (!spf_walk_goes_on(w))
		return true;
	if (answer->is_cut)
		spf_walk_failed(w, at, family, type, name, answer);
	else if (answer->n == 0)
		add_void(w, at, family);
	return answer->n > 0 || answer->is_cut;
}

static void
add_host(struct spf_walk *w, struct spf_place at, const char *name)
{
	bool found = false;

	if (!dns_is_name(name))
		return;
	if ((w->families & SPF_IPV4) != 0)
		found = add_addresses(w, at, SPF_IPV4, name);
	if ((w->families & SPF_IPV6) != 0 && spf_walk_goes_on(w))
		found = add_addresses(w, at, SPF_IPV6, name) || found;
	if (!found)
		tell_void(w, at, DNS_A, name);
}

static void
add_mx(struct spf_walk *w, struct spf_place at, const char *name)
{
	const struct dns_answer *answer = spf_walk_ask(
	    w, at, SPF_BOTH, DNS_MX, name);
	struct spf_problem *p;
	size_t i;

	if (answer == NULL)
		return;
	if (answer->status == DNS_FAILED) {
		spf_walk_failed(w, at, SPF_BOTH, DNS_MX, name, answer);
		return;
	}
	w->mx_names += (int)answer->n;
	if (answer->n > SPF_NAMES) {
		p = spf_walk_end(
		    w, at, SPF_BOTH, SPF_PERMERROR, SPF_P_MX_NAMES);
		p->name = arena_strndup(w->arena, name, strlen(name));
		p->number = (int)answer->n;
		return;
	}
	if (answer->n == 0 && answer->is_cut) {
		spf_walk_failed(w, at, SPF_BOTH, DNS_MX, name, answer);
	} else if (answer->n == 0) {
		add_void(w, at, SPF_BOTH);
		tell_void(w, at, DNS_MX, name);
	}
	for (i = 0; i < answer->n && spf_walk_goes_on(w); i++)
		add_host(w, at, answer->records[i].text);
}

static void
add_exists(struct spf_walk *w, struct spf_place at, const char *name)
{
	const struct dns_answer *answer = spf_walk_ask(
	    w, at, SPF_BOTH, DNS_A, name);

	if (answer == NULL)
		return;
	if (answer->status == DNS_FAILED ||
	    (answer->n == 0 && answer->is_cut)) {
		spf_walk_failed(w, at, SPF_BOTH, DNS_A, name, answer);
	} else if (answer->n > 0) {
		add_all(w, at);
	} else {
		add_void(w, at, SPF_BOTH);
		tell_void(w, at, DNS_A, name);
	}
}

/* Whether a name leads to the address that is judged (5.5). */
static bool
leads_back(struct spf_walk *w, struct spf_place at, const char *name)
{
	const struct spf_address *own = &w->judge->address;
	enum dns_type type = own->family == SPF_IPV4 ? DNS_A : DNS_AAAA;
	const struct dns_answer *answer = spf_walk_ask(
	    w, at, SPF_BOTH, type, name);
	struct spf_address other;
	size_t i;

	if (answer == NULL || answer->status == DNS_FAILED)
		return false;
	if (answer->n == 0 && at.term != NULL)
		add_void(w, at, SPF_BOTH);
	for (i = 0; i < answer->n; i++) {
		other = spf_address(answer->records[i].text);
		if (memcmp(&other, own, sizeof(other)) == 0)
			return true;
	}
	return false;
}

const char *
spf_term_validated(
    struct spf_walk *w, struct spf_place at, const char *domain, bool is_any)
{
	const char *any = NULL, *below = NULL, *name;
	const struct dns_answer *answer;
	char reverse[DNS_NAME];
	size_t i;

	if (!dns_reverse_name(w->macros.ip, reverse))
		return NULL;
	answer = spf_walk_ask(w, at, SPF_BOTH, DNS_PTR, reverse);
	if (answer == NULL || answer->status == DNS_FAILED)
		return NULL;
	if (answer->n == 0 && at.term != NULL)
		add_void(w, at, SPF_BOTH);
	w->ptr_names += (int)answer->n;
	for (i = 0; i < answer->n && i < SPF_NAMES && spf_walk_goes_on(w);
	     i++) {
		name = answer->records[i].text;
		if (!dns_is_name(name) ||
		    (!is_any && !align_is_within(name, domain)) ||
		    !leads_back(w, at, name))
			continue;
		if (strcmp(name, domain) == 0 || !is_any)
			return name;
		if (below == NULL && align_is_within(name, domain))
			below = name;
		if (any == NULL)
			any = name;
	}
	return below != NULL ? below : any;
}

static void
add_ptr(struct spf_walk *w, struct spf_place at, const char *name)
{
	if (spf_term_validated(w, at, name, false) != NULL &&
	    spf_walk_goes_on(w))
		add_all(w, at);
}

static void
add_lookup(struct spf_walk *w, struct spf_place at)
{
	enum spf_kind kind = at.term->kind;
	const char *name;
	enum spf_target target = spf_term_target(w, at, &name);

	if (target == SPF_TARGET_STOP || target == SPF_TARGET_NONE)
		return;
	if (target == SPF_TARGET_UNKNOWN ||
	    (kind == SPF_PTR && w->judge == NULL))
		spf_walk_step(w, at, SPF_MAYBE, SPF_BOTH);
	else if (kind == SPF_A)
		add_host(w, at, name);
	else if (kind == SPF_MX)
		add_mx(w, at, name);
	else if (kind == SPF_PTR)
		add_ptr(w, at, name);
	else
		add_exists(w, at, name);
}

void
spf_term_walk(struct spf_walk *w, struct spf_place at)
{
	enum spf_kind kind = at.term->kind;

	if (kind == SPF_ALL)
		add_all(w, at);
	else if (kind == SPF_IP4 || kind == SPF_IP6)
		add_network(w, at);
	else if (spf_is_lookup(at.term))
		add_lookup(w, at);
}
