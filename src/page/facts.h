/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the HTML report is made of: everything that needs a look at each
 * record of the period is counted here, in one pass over the records and one
 * over their signatures.  Sums do not overflow; they stop at INT64_MAX.
 */
#ifndef RUAD_PAGE_FACTS_H
#define RUAD_PAGE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/cause.h"
#include "answer/period.h"
#include "answer/scope.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/query.h"

#define FACTS_BUCKETS 101 /* columns of a plot, at most */
#define FACTS_WEEK 7      /* days, of what is new */

enum facts_result { /* by what mail passed DMARC */
	FACTS_BOTH,
	FACTS_DKIM,
	FACTS_SPF,
	FACTS_FAIL,
	FACTS_RESULTS,
};

enum facts_class { /* as in ready.c */
	FACTS_COMPLIANT,
	FACTS_KNOWN,
	FACTS_FORWARDED,
	FACTS_UNKNOWN,
	FACTS_CLASSES,
};

enum facts_disposition {
	FACTS_NONE,
	FACTS_QUARANTINE,
	FACTS_REJECT,
	FACTS_OTHER, /* not said, or a word of the report's own */
	FACTS_DISPOSITIONS,
};

struct facts_domain {
	int64_t messages, fail;
	int64_t bucket[FACTS_BUCKETS], bucket_fail[FACTS_BUCKETS];
};

struct facts_source {
	int64_t id;            /* 0: reports had no address */
	enum facts_class kind; /* of what fails; FACTS_COMPLIANT: not named */
	bool is_new;
	int64_t messages, fail;
	int32_t first, last; /* days of the period */
};

struct facts_subdomain {
	size_t domain;
	const char *name;
	int64_t messages, fail;
};

struct facts_reporter {
	char *name;
	int64_t reports, messages, fail;
	int64_t delay; /* hours from end to arrival, of all reports together */
	int32_t first, last, days;
	uint8_t *seen; /* a byte for each day */
};

struct facts_key { /* a DKIM selector */
	size_t domain;
	const char *d, *s; /* "": not said */
	bool own;          /* d is aligned with the domain */
	int64_t good, bad; /* messages */
	int32_t first, last;
};

struct facts_override {
	const char *type, *org;
	char comment[96]; /* one of them, made safe */
	int64_t messages;
};

struct facts {
	const char *domain; /* NULL: all */
	struct period period;
	int64_t first; /* day: that of the period, or later if there is none */
	int ndays, unit, nbuckets; /* unit: days of a bucket */
	int64_t reports, partial, conflict, unverified;
	int64_t messages, fail;
	int64_t results[FACTS_BUCKETS][FACTS_RESULTS];
	int64_t class[FACTS_CLASSES];
	int64_t cause[CAUSE_COUNT];                 /* of mail that failed */
	int64_t weak[CAUSE_COUNT];                  /* of mail that passed */
	int64_t disposition[FACTS_DISPOSITIONS][2]; /* passed, failed */
	struct map domain_names, source_ids, subdomain_names, org_names,
	    key_names, override_names;
	/* Those from subdomains on may be sorted when all is counted. */
	struct array domains, sources, subdomains, reporters, keys, overrides;
	struct map forwarded; /* records, as the receiver says */
	struct scope scope;   /* under which name each policy domain is */
};

/* Count.  facts_done() comes in any case. */
int facts_load(struct facts *, struct query_db *, const struct period *,
    const char *domain, struct err *);
void facts_done(struct facts *);

/* Parts of it, in this order. */
int facts_load_overrides(struct facts *, struct query_db *, struct err *);
int facts_load_records(struct facts *, struct query_db *, struct err *);
int facts_load_keys(struct facts *, struct query_db *, struct err *);

/* The one of this id or name, which is made if there is none. */
struct facts_source *facts_source(struct facts *, int64_t id);
struct facts_reporter *facts_reporter(struct facts *, const char *org);

/* The same in general: the number of a key, and that many items. */
size_t facts_number(struct map *, struct array *items, size_t size,
    const void *key, size_t len);

/* The column of a day, and the first and the number of the days of one. */
int facts_bucket(const struct facts *, int64_t day);
int64_t facts_bucket_first(const struct facts *, int);
int facts_bucket_days(const struct facts *, int);

/*
 * Prepare a question as scope_query() does, and with the clause
 * " AND COLUMN = ?3" behind sql if there is a domain; then rest, if not NULL.
 * The column rep.domain may be one of the subdomains that are shown under it.
 */
int facts_query(struct query **, struct query_db *, const struct facts *,
    const char *sql, const char *column, const char *rest, struct err *);

/* *sum += n, or INT64_MAX. */
void facts_add(int64_t *sum, int64_t n);

#endif
