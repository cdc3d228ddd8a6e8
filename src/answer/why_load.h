/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sources sent as a domain in a period, as stories: records that differ in
 * nothing that explains them are one.
 */
#ifndef RUAD_ANSWER_WHY_LOAD_H
#define RUAD_ANSWER_WHY_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/sender_list.h"
#include "answer/why.h"
#include "answer/why_records.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

/* Whose mail is asked about. */
struct why_source {
	const char *domain;          /* borrowed */
	const char *ip;              /* borrowed; NULL: not of one address */
	const struct sender *sender; /* borrowed; NULL: not known */
	const char *policy;          /* the newest p; NULL: not known */
	const char *first_date, *last_date; /* as any domain; NULL: never */
	struct arena strings;
};

/* Find the domain's policy, or the days of the address. */
int why_find_policy(struct why_source *, struct query_db *,
    const struct period *, struct err *);
int why_find_days(struct why_source *, struct query_db *, struct err *);
void why_source_done(struct why_source *);

struct why_story {
	struct why why;
	int64_t id; /* of one of the records */
	int64_t messages, records;
	int64_t stories; /* of all that the question has, without its limit */
	/* why.ip is the one of them with the most messages of this story. */
	int64_t addresses;
	const char *dmarc, *cause, *adkim, *aspf;
	const char *first_date, *last_date;
	const char *names; /* of reporters, each with \x1f after it */
	bool has_null_sender;
	struct arena strings;
};

/*
 * Prepare the question about records: the failing stories first, then the most
 * messages.  The columns evidence and advice are null, to be filled in.
 */
int why_query(struct query **, struct query_db *, struct why_records *,
    int64_t limit, struct err *);

/* Prepare the same question about one record alone. */
int why_query_record(
    struct query **, struct query_db *, int64_t record, struct err *);

/*
 * Load the story of the row at hand, of the domain and policy of the source;
 * why_story_done() comes in any case.
 */
int why_load_story(struct why_story *, struct query *, struct query_db *,
    const struct why_source *, struct err *);
void why_story_done(struct why_story *);

#endif
