/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whose name is to be looked up, and when again: for ruactl lookup, which does
 * it.  The biggest senders come first.
 */
#ifndef RUAD_ANSWER_LOOKUP_H
#define RUAD_ANSWER_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "answer/subject.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

/* What came of it; as source.lookup_status. */
enum lookup_status {
	LOOKUP_OK,          /* a name that leads back to the address */
	LOOKUP_NONE,        /* it has no name */
	LOOKUP_UNCONFIRMED, /* its name does not lead back */
	LOOKUP_FAILED,      /* DNS did not tell: what was known stays */
	LOOKUP_STATUSES,
};

extern const char *const lookup_status_words[]; /* NULL ends them */

/*
 * When an address is due again.  tries: how often in a row it has failed, with
 * this time; only for LOOKUP_FAILED.
 */
int64_t lookup_next(enum lookup_status, int64_t tries, int64_t now);

struct lookup_question {
	const char *domain; /* only its sources; NULL: all */
	/* Or only these, due or not; in the database's form.  n 0: all. */
	const char *const *ips;
	size_t n;
	bool all; /* those that are not due, too */
	int64_t limit;
	int64_t now;
};

struct lookup_source {
	int64_t id;
	char ip[SUBJECT_ADDRESS];
	int64_t tries; /* failed in a row until now */
};

struct lookup_plan {
	struct array due; /* of struct lookup_source, at most limit */
	int64_t sources;  /* that the question is about, with */
	int64_t known;    /* those that are not due, */
	int64_t inside;   /* those that nobody is asked about (dns_range.h), */
	int64_t left;     /* and those beyond the limit */
};

/* A source of a question, due or not; the strings live as long as the call. */
struct lookup_row {
	int64_t id;
	const char *ip;
	int64_t tries;
	int64_t asn;                   /* 0: not known */
	const char *as_name, *country; /* NULL: not known */
};

/* -1: stop, with the error. */
typedef int lookup_each(void *arg, const struct lookup_row *, struct err *);

/*
 * Make a plan, and call each, if it is not NULL, for all sources that the
 * question is about.  ERR_INPUT: no report has one of the addresses.
 * lookup_plan_done() comes in any case.
 */
int lookup_plan_load(struct lookup_plan *, struct query_db *,
    const struct lookup_question *, lookup_each *each, void *arg, struct err *);
void lookup_plan_done(struct lookup_plan *);

/*
 * What is known of the addresses of a question, as rows of ip, status, ptr,
 * ptr_claim, asn, as_name, country.
 */
int lookup_query_known(struct query **, struct query_db *,
    const struct lookup_question *, struct err *);

/* Whether a sender has a rule about what look-ups tell. */
int lookup_has_rules(struct query_db *, bool *has, struct err *);

#endif
