/* SPDX-License-Identifier: BSD-2-Clause */
/* The published policies that reports saw, counted day by day. */
#ifndef RUAD_PAGE_POLICIES_H
#define RUAD_PAGE_POLICIES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/map.h"

enum policy_text {
	POLICY_P,
	POLICY_SP,
	POLICY_ADKIM,
	POLICY_ASPF,
	POLICY_TESTING,
	POLICY_PCT,
	POLICY_TEXTS,
};

/* What reports say of a domain's policy, or what is meant if they do not. */
struct policy {
	const char *text[POLICY_TEXTS];
};

/* Reports of a day that saw the same policy. */
struct policy_day {
	const char *domain; /* it and the policy live as long as the policies */
	size_t policy;      /* number in policies.all */
	int64_t day, reports;
};

/* To start, policies_new(). */
struct policies {
	struct map domains; /* names; no items */
	struct map all;     /* of struct policy */
	struct map days;    /* of struct policy_day */
	struct buf key;     /* of the report at hand */
};

struct policies policies_new(void);
void policies_done(struct policies *);

/* Count a report; a text that it lacks is NULL. */
void policies_add(struct policies *, const char *domain, int64_t day,
    const char *const text[POLICY_TEXTS]);

/* Order by domain and day, and of a day what most reports saw first. */
void policies_sort(struct policies *);

#endif
