/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the database keeps of DNS: the newest answer to each question, as a
 * struct dns_source that asks nobody.  ruactl dns and lookup fill it.
 */
#ifndef RUAD_ANSWER_DNS_HISTORY_H
#define RUAD_ANSWER_DNS_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "dns/dns.h"
#include "store/query.h"

struct dns_history;

/* The database must outlive it. */
struct dns_history *dns_history_new(struct query_db *);
void dns_history_free(struct dns_history *);

/*
 * What was not kept is DNS_FAILED, "not looked up yet".  asked_ts is when an
 * answer was last seen.  A database that cannot be read answers in the same
 * way; dns_history_check() tells afterwards.
 */
struct dns_source dns_history_source(struct dns_history *);
int dns_history_check(const struct dns_history *, struct err *);

/* One row of dns_record: a name's records, from when to when. */
struct dns_change {
	int64_t first_ts, last_ts;
	const struct dns_answer *answer; /* never DNS_FAILED */
};

/*
 * All that is kept of one name and type, the newest first: an array of struct
 * dns_change, whose answers live as long as the history.
 */
int dns_history_changes(struct dns_history *, enum dns_type, const char *name,
    struct array *, struct err *);

/*
 * Whether a policy file of MTA-STS was seen under this id with another SHA-256
 * (rows of the type FILE, "ID SHA256").  A database that cannot be read: no;
 * dns_history_check() tells.
 */
bool dns_history_has_file(
    struct dns_history *, const char *name, const char *id, const char *sha256);

/* Since when a name has the records of an answer. */
struct dns_since {
	bool is_known; /* somebody looked before */
	/* ts: when they were first seen; before, there were others.  Else:
	 * when somebody first looked. */
	bool is_change;
	int64_t ts;
};

/*
 * Tell it of the TXT records at a name that begin with a word, in any case; "":
 * of all.  The answer may be newer than what is kept.
 */
int dns_history_since(struct dns_history *, const struct dns_answer *,
    const char *name, const char *begin, struct dns_since *, struct err *);

#endif
