/* SPDX-License-Identifier: BSD-2-Clause */
/* A struct dns_source that answers from a table, and counts. */
#ifndef RUAD_TESTS_UNIT_DNS_ZONE_H
#define RUAD_TESTS_UNIT_DNS_ZONE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dns/dns.h"

/* One record; a value of NULL: the question fails.  MX: "10 mx.example". */
struct zone_row {
	const char *name; /* in lower case; "*.example": any name below it that
	                   * is not there */
	enum dns_type type;
	const char *value;
};

struct zone {
	const struct zone_row *rows; /* a NULL name ends them */
	struct arena arena;
	size_t nasked;
	char last[DNS_NAME + 1];
};

static inline bool
zone_is_below(const char *name, const char *other)
{
	size_t n = strlen(name), m = strlen(other);

	return n > m && name[n - m - 1] == '.' &&
	    strcmp(name + n - m, other) == 0;
}

/* Whether there is such a name, or one below it. */
static inline bool
zone_has(const struct zone *z, const char *name)
{
	const struct zone_row *r;

	for (r = z->rows; r->name != NULL; r++)
		if (strcmp(r->name, name) == 0 || zone_is_below(r->name, name))
			return true;
	return false;
}

/* The name whose records answer: itself, or a wildcard above it. */
static inline const char *
zone_owner(const struct zone *z, const char *name)
{
	const struct zone_row *r;
	const char *owner = NULL;

	if (zone_has(z, name))
		return name;
	for (r = z->rows; r->name != NULL; r++)
		if (strncmp(r->name, "*.", 2) == 0 &&
		    zone_is_below(name, r->name + 2) &&
		    (owner == NULL || strlen(r->name) > strlen(owner)))
			owner = r->name;
	return owner;
}

static inline const struct dns_answer *
zone_answer(struct zone *z, enum dns_type type, const char *name, int depth)
{
	const char *owner = dns_is_name(name) ? zone_owner(z, name) : NULL;
	const struct zone_row *r;
	struct dns_builder b;
	struct dns_answer *at_alias;

	if (owner == NULL)
		return dns_answer_none(&z->arena, DNS_NO_NAME, NULL);
	dns_begin(&b, &z->arena);
	for (r = z->rows; r->name != NULL; r++) {
		if (strcmp(r->name, owner) != 0)
			continue;
		if (r->type == DNS_CNAME && type != DNS_CNAME &&
		    r->value != NULL && depth < 9) {
			at_alias = arena_alloc(&z->arena, sizeof(*at_alias));
			*at_alias = *zone_answer(z, type, r->value, depth + 1);
			if (at_alias->canonical == NULL)
				at_alias->canonical = r->value;
			array_done(&b.records);
			return at_alias;
		}
		if (r->type != type)
			continue;
		if (r->value == NULL) {
			array_done(&b.records);
			return dns_answer_none(
			    &z->arena, DNS_FAILED, "did not answer");
		}
		if (type == DNS_TXT || type == DNS_SPF)
			dns_add_text(&b, r->value, strlen(r->value), true);
		else if (type == DNS_MX)
			dns_add_record(&b,
			    (uint16_t)strtoul(r->value, NULL, 10),
			    strchr(r->value, ' ') + 1);
		else
			dns_add_record(&b, 0, r->value);
	}
	return dns_end(&b);
}

static inline const struct dns_answer *
zone_ask(void *arg, enum dns_type type, const char *name)
{
	struct zone *z = arg;

	z->nasked++;
	snprintf(z->last, sizeof(z->last), "%s", name);
	return zone_answer(z, type, name, 0);
}

#endif
