/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one address sent as a domain in a period, as stories: records that
 * differ in nothing that explains them are one.
 */
#ifndef RUAD_ANSWER_WHY_LOAD_H
#define RUAD_ANSWER_WHY_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/why.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

struct why_source {
	const char *ip, *domain; /* borrowed */
	int64_t messages, fail, records;
	const char *policy; /* the newest p; NULL: not known */
	const char *kind;   /* of the sender; NULL: nobody named it */
	const char *who;    /* sender, host name, network; NULL or "": nobody */
	const char *first_date, *last_date; /* as any domain; NULL: never */
	struct arena strings;
};

/* why_source_done() comes in any case, here and below. */
int why_load_source(struct why_source *, struct query_db *,
    const struct period *, const char *domain, const char *ip, struct err *);
void why_source_done(struct why_source *);

struct why_story {
	struct why why;
	int64_t id; /* of one of the records */
	int64_t messages, records;
	int64_t stories; /* of all that the question has, without its limit */
	const char *dmarc, *cause, *adkim, *aspf;
	const char *first_date, *last_date;
	const char *names; /* of reporters, each with \x1f after it */
	bool has_null_sender;
	struct arena strings;
};

/* Prepare the question: the failing stories first, then the most messages. */
int why_query(struct query **, struct query_db *, const struct period *,
    const char *domain, const char *ip, int64_t limit, struct err *);

/* Prepare the same question about one record alone. */
int why_query_record(
    struct query **, struct query_db *, int64_t record, struct err *);

/* Load the story of the row at hand; why_story_done() comes in any case. */
int why_load_story(struct why_story *, struct query *, struct query_db *,
    const struct why_source *, struct err *);
void why_story_done(struct why_story *);

#endif
