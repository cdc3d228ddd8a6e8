/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What reports say of the sources of a list, read in one pass: records that
 * differ in nothing but report, day and count are one combination.
 */
#ifndef RUAD_ANSWER_SENDER_LOAD_H
#define RUAD_ANSWER_SENDER_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/sender_list.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "report/service.h"
#include "store/query.h"

enum sender_result {
	SENDER_PASSED,
	SENDER_FAILED, /* fail, softfail: it says no */
	SENDER_UNSURE, /* anything else */
};

/* A name that results have, looked up once. */
struct sender_org {
	const char *name; /* organizational domain, or the domain itself */
	const struct service *service; /* NULL: of none that is known */
};

/* One DKIM or SPF result. */
struct sender_item {
	size_t org;           /* number in sender_load.orgs */
	const char *selector; /* DKIM; NULL: not said */
	bool is_helo;         /* SPF */
	enum sender_result result;
};

struct sender_profile {   /* what is in profile, by its id */
	struct array spf; /* of struct sender_item */
	size_t envelope;  /* number of its organization + 1; 0: not said */
	const char *header_from; /* NULL: not said */
	int64_t record;          /* one that has it */
	bool is_forwarded;       /* a receiver says so (override.forwarding) */
};

struct sender_signatures { /* what is in dkim_list, by its id */
	struct array dkim; /* of struct sender_item */
};

struct sender_combination {
	/* Numbers in sender_load.domains, .profiles, .signatures (+ 1; 0:
	 * none); source_id. */
	size_t domain, profile, signatures;
	int64_t source;
	int cause;      /* of record_row: a number in cause_list */
	bool dkim, spf; /* aligned results: pass */
	bool is_under;  /* of reports about another domain than is shown */
	/* What is not in its key: */
	int64_t messages, before;    /* in the period, in as many days before */
	int64_t records;             /* in the period */
	int64_t record;              /* the first of them that was read */
	int64_t first_day, last_day; /* in the period */
	uint64_t days;               /* as struct sender_days */
};

struct sender_load {
	struct map domains;    /* names that are shown; no items */
	struct map profiles;   /* of struct sender_profile, by id */
	struct map signatures; /* of struct sender_signatures, by id */
	struct map orgs;       /* of struct sender_org, by domain in results */
	struct array combinations;  /* of struct sender_combination */
	struct map daily;           /* as in struct sender_list */
	struct record_keep records; /* likewise */
	struct arena strings;
};

/*
 * Read the records that a question is about, those of the days before it
 * included.  sender_load_done() comes in any case.
 */
int sender_load(struct sender_load *, struct query_db *,
    const struct sender_question *, struct err *);
void sender_load_done(struct sender_load *);

/* Add the ids (int64_t) that are the keys of a map, as JSON: [1,2,3]. */
void sender_load_add_ids(struct buf *, const struct map *);

/* Return the organization of a number. */
const struct sender_org *sender_load_org(const struct sender_load *, size_t);

#endif
