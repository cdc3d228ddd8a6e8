/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a page counts: everything that needs a look at each record of the
 * period, in one pass over the records and one over their signatures.  Sums
 * do not overflow: they stop at INT64_MAX.
 */
#ifndef RUAD_PAGE_COUNTS_H
#define RUAD_PAGE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/cause.h"
#include "answer/period.h"
#include "answer/scope.h"
#include "answer/source_class.h"
#include "base/err.h"
#include "base/map.h"
#include "page/timeline.h"
#include "store/query.h"

#define COUNTS_WEEK 7 /* days in which a source is new */

enum counts_result { /* how messages passed DMARC */
	COUNTS_BOTH,
	COUNTS_DKIM,
	COUNTS_SPF,
	COUNTS_FAIL,
	COUNTS_RESULTS,
};

enum counts_disposition {
	COUNTS_NONE,
	COUNTS_QUARANTINE,
	COUNTS_REJECT,
	COUNTS_OTHER, /* missing, or the report's own word */
	COUNTS_DISPOSITIONS,
};

struct counts_domain {
	int64_t messages, fail;
	int64_t column[TIMELINE_COLUMNS], column_fail[TIMELINE_COLUMNS];
};

struct counts_source {
	int64_t id;              /* 0: reports had no address */
	enum source_class class; /* by the name that it has, if any */
	bool is_new;
	int64_t messages, fail;
	int first, last; /* numbers of days */
};

struct counts_subdomain {
	size_t domain; /* number in counts.domains */
	const char *name;
	int64_t messages, fail;
};

struct counts_reporter {
	char *name;
	int64_t reports, messages, fail;
	int64_t delay; /* seconds by RULE_DELAY, sum of all reports */
	int first, last, days;
	uint8_t *seen; /* a byte for each day: whether there was a report */
};

struct counts_key {        /* a DKIM selector */
	size_t domain;     /* number in counts.domains */
	const char *d, *s; /* "": missing */
	bool own;          /* d is aligned with the domain */
	int64_t good, bad; /* messages */
	int first, last;
};

struct counts_override {
	const char *type, *org;
	char comment[96]; /* one of them, made safe */
	int64_t messages;
};

struct counts {
	const char *domain; /* NULL: all */
	struct period period;
	struct timeline time; /* the period, or less if reports begin later */
	int64_t reports, partial, conflict, unverified;
	int64_t messages, fail;
	int64_t results[TIMELINE_COLUMNS][COUNTS_RESULTS];
	int64_t
	    classes[SOURCE_CLASSES]; /* SOURCE_HOSTILE is in SOURCE_UNKNOWN */
	int64_t cause[CAUSE_COUNT];  /* of what failed */
	int64_t weak[CAUSE_COUNT];   /* of what passed */
	int64_t disposition[COUNTS_DISPOSITIONS][2]; /* passed, failed */
	struct map domains; /* by the name that is shown */
	struct map sources; /* by id */
	/* The items of these may be sorted when everything is counted. */
	struct map subdomains, reporters, keys, overrides;
	struct map forwarded; /* ids of records, as the receiver says */
	struct scope scope;   /* the name under which a domain is shown */
};

/* Count.  Call counts_done() in any case. */
int counts_load(struct counts *, struct query_db *, const struct period *,
    const char *domain, struct err *);
void counts_done(struct counts *);

/* Parts of it, in this order. */
int counts_load_overrides(struct counts *, struct query_db *, struct err *);
int counts_load_records(struct counts *, struct query_db *, struct err *);
int counts_load_keys(struct counts *, struct query_db *, struct err *);

/* Find the source or reporter, which is added if missing. */
struct counts_source *counts_source(struct counts *, int64_t id);
struct counts_reporter *counts_reporter(struct counts *, const char *org);

/*
 * Prepare a question as scope_query() does, with the clause
 * " AND COLUMN = ?3" after sql if there is a domain, then rest, if not NULL.
 * The column rep.domain may also be a subdomain that is shown under it.
 */
int counts_query(struct query **, struct query_db *, const struct counts *,
    const char *sql, const char *column, const char *rest, struct err *);

/* Add n to *sum, which stops at INT64_MAX. */
void counts_add(int64_t *sum, int64_t n);

#endif
