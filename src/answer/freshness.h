/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What casts doubt on every answer, whatever was asked: a mailbox that fails,
 * and a newest report that is older than RULE_STALE_DAYS.
 */
#ifndef RUAD_ANSWER_FRESHNESS_H
#define RUAD_ANSWER_FRESHNESS_H

#include "answer/problem.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

struct freshness_note {
	enum problem_class class;
	bool is_age; /* of the newest report, not of a mailbox */
	/* Sentences without a full stop; foreign words are in the first. */
	const char *text; /* "The newest report is 19 months old (2025-04-28)"
	                   */
	const char *todo; /* what to do */
	const char *command; /* to be told after that; safe to type */
};

struct freshness {
	struct array notes; /* of struct freshness_note; none: all is well */
	struct arena strings;
};

/*
 * Load it; the newest report is that about the domain, NULL: any.  Where there
 * is no report at all, none is old.  freshness_done() comes in any case.
 */
int freshness_load(
    struct freshness *, struct query_db *, const char *domain, struct err *);
void freshness_done(struct freshness *);

/* Add a whole note: "TEXT. TODO: COMMAND". */
void freshness_add_note(struct buf *, const struct freshness_note *);

#endif
