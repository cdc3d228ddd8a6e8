/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a page counts beside the list of senders: everything that needs a look
 * at each record of the period, in one pass.  Sums do not overflow: they stop
 * at INT64_MAX.
 */
#ifndef RUAD_PAGE_COUNTS_H
#define RUAD_PAGE_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/cause.h"
#include "answer/period.h"
#include "answer/scope.h"
#include "answer/sender_list.h"
#include "base/err.h"
#include "base/map.h"
#include "page/policies.h"
#include "page/timeline.h"
#include "store/query.h"

#define COUNTS_WEEK 7 /* days in which a sender is new */

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

struct counts_spark { /* of one sender */
	int64_t column[TIMELINE_COLUMNS], column_fail[TIMELINE_COLUMNS];
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

struct counts_alike {  /* messages that were signed alike as one From: */
	size_t domain; /* number in counts.domains */
	int64_t profile, list; /* of the database; list 0: not signed */
	bool has_override;     /* the profile has one */
	int64_t messages, fail;
	int first, last;
};

struct counts {
	const char *domain; /* NULL: all */
	bool is_part; /* of its organization, whose reports tell of it, too */
	const struct sender_list *senders; /* of the same days and domain */
	struct period period;
	struct timeline time; /* the period, or less if reports begin later */
	int64_t reports, partial, conflict, unverified;
	int64_t messages, fail;
	int64_t results[TIMELINE_COLUMNS][COUNTS_RESULTS];
	struct sender_counts sums; /* of all senders */
	bool has_before; /* reports cover the days before the period, too */
	int64_t cause[CAUSE_COUNT];                  /* of what failed */
	int64_t weak[CAUSE_COUNT];                   /* of what passed */
	int64_t disposition[COUNTS_DISPOSITIONS][2]; /* passed, failed */
	int64_t hostile[COUNTS_DISPOSITIONS]; /* what failed of such senders */
	struct map domains;                   /* by the name that is shown */
	struct map sparks;                    /* by the number of a sender */
	struct map alike;                     /* of struct counts_alike */
	/* The items of these may be sorted when everything is counted. */
	struct map subdomains, reporters, keys, overrides;
	/* What counted reports about the domain itself saw. */
	struct policies policies;
	struct scope scope; /* the name under which a domain is shown */
};

/*
 * Count what the senders of the list sent, and day by day what those sent whose
 * numbers (size_t) are in the array.  The list is borrowed.  Call counts_done()
 * in any case.
 */
int counts_load(struct counts *, struct query_db *, const struct sender_list *,
    const struct array *wanted, const char *domain, struct err *);
void counts_done(struct counts *);

/* Parts of it, in this order. */
int counts_load_records(struct counts *, struct query_db *, struct err *);
int counts_load_subdomains(struct counts *, struct query_db *, struct err *);
int counts_load_keys(struct counts *, struct query_db *, struct err *);

/* Return the days of a sender that was wanted. */
const struct counts_spark *counts_spark(const struct counts *, size_t sender);

/*
 * Find the reporter, which is added if missing.  In any case of letters it is
 * the same, and called as ruactl reporters does: the last in order.
 */
struct counts_reporter *counts_reporter(struct counts *, const char *org);

/*
 * Prepare a question as scope_query() does, with the clause
 * " AND COLUMN = ?3" after sql if there is a domain, then rest, if not NULL.
 * The column rep.domain may also be a subdomain that is shown under it, or the
 * organization of which it is a part.
 */
int counts_query(struct query **, struct query_db *, const struct counts *,
    const char *sql, const char *column, const char *rest, struct err *);

#endif
