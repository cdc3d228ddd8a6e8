/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What p=reject would have stopped, and whether a domain is ready for it, by
 * the rules of store/rules.h.  The view v_readiness says the same of the last
 * days of data.
 */
#ifndef RUAD_ANSWER_READY_H
#define RUAD_ANSWER_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/source_class.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/query.h"
#include "store/rules.h"

enum ready_verdict {
	READY_TOO_LITTLE,  /* fewer days or reporters than a verdict needs */
	READY_FIX_SENDERS, /* mail of known senders fails */
	READY_YES,
};

/* A domain; counts are of messages that failed, unless the name says else. */
struct ready {
	const char *domain;
	const char *policy; /* p of the newest report; NULL: not said */
	int64_t days, reporters;
	int64_t messages; /* all of them */
	int64_t lose_known, lose_forwarded, stop_unknown;
	enum ready_verdict verdict;
	bool forwarding_suffers; /* whatever the verdict */

	/* What to look at first; SOURCE_COMPLIANT: nothing failed. */
	enum source_class first_class;
	const char *first_ip;  /* NULL: reports had no address */
	const char *first_who; /* NULL: nobody knows */
	const char *first_cause;
	int64_t first_messages;
};

struct ready_list {
	struct array rows; /* of struct ready, the most messages first */
	struct map names;  /* of domains, in the same order */
	struct arena strings;
};

/*
 * Judge the domains of the question (domain NULL: all).  If kept is not NULL
 * it gets the rows once more, to be shown: their column "title" is the verdict
 * for people; query_free() it.  ready_done() comes in any case.
 */
int ready_load(struct ready_list *, struct query_db *, const struct period *,
    const char *domain, struct query **kept, struct err *);
void ready_done(struct ready_list *);

/* Return the domain of this name; NULL: it is not in the list. */
const struct ready *ready_find(struct ready_list *, const char *domain);

/* Tell whether any sender is named as own or as a service. */
int ready_has_senders(struct query_db *, bool *, struct err *);

/* How a domain stands, its policy included. */
enum ready_standing {
	READY_NO_VERDICT, /* too little, or no reports at all (NULL) */
	READY_LOSING,     /* p=reject, and mail of known senders fails */
	READY_FIX,        /* the same without p=reject */
	READY_TO_REJECT,  /* ready, and p is not reject yet */
	READY_PROTECTED,  /* ready, with p=reject */
	READY_STANDINGS,
};
enum ready_standing ready_standing(const struct ready *);

/* Whether to tell people, beside a good verdict, that forwarding suffers. */
bool ready_is_hard_on_forwarding(const struct ready *);

/* "too little data": the verdict in words for people. */
const char *ready_title(const struct ready *);

/* "losing own mail": how a domain stands, in words for people. */
const char *ready_standing_title(const struct ready *);

/* Add why it stands so: one or two sentences. */
void ready_add_reason(struct buf *, const struct ready *);

/* Return what to do with the first source, which its name is to follow. */
const char *ready_first_task(const struct ready *);

#endif
