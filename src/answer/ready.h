/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a domain is ready for p=quarantine and p=reject, or what p=reject
 * costs it, by the rules of store/rules.h; and what is to be done for that.
 * Every failing message is lost (of the admin's own servers and services),
 * suffers (forwarded), is stopped (hostile) or unknown: nobody judged it yet.
 * What may be the admin's own without his word, by sender_list.h, moves no
 * message, but withholds the verdict "ready".
 */
#ifndef RUAD_ANSWER_READY_H
#define RUAD_ANSWER_READY_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/sender_list.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/query.h"
#include "store/rules.h"

enum ready_verdict {
	READY_TOO_LITTLE,    /* fewer days or reporters than a verdict needs */
	READY_FIX_SENDERS,   /* mail of known senders fails */
	READY_NAME_SENDERS,  /* nobody is known, and something fails */
	READY_CHECK_UNKNOWN, /* what is unknown looks like own mail, or is much
	                      */
	READY_QUARANTINE,    /* for p=quarantine, not for p=reject */
	READY_YES,           /* for p=reject */
	READY_AT_RISK,       /* p=reject, and mail of known senders fails */
	READY_PROTECTED,     /* p=reject, and nothing of that */
	READY_VERDICTS,
};

/* The words for programs, in this order; NULL ends them. */
extern const char *const ready_verdict_words[];

/* A domain; counts are of messages. */
struct ready {
	const char *domain;
	/*
	 * The policy that applies to it, by the newest report that tells one:
	 * its own, or of a subdomain that of its organization.  NULL: not said.
	 */
	const char *policy;
	const char *sp, *np;       /* of the same record; NULL: not said */
	const char *policy_domain; /* whose record it is */
	int64_t pct;               /* 100 unless said */
	bool is_testing;           /* t=y */

	int64_t days, reporters;
	int64_t first_day; /* of the first report about it */
	bool is_old;       /* that was RULE_WAIT_DAYS ago */
	bool has_known;    /* known senders send mail as the domain */
	int64_t messages, pass, fail;
	int64_t lost, suffers, stopped, unknown; /* their sum is fail */
	int64_t like_own; /* of unknown: with a sign, see sender_list.h */
	struct sender_counts below; /* of its subdomains, to which sp applies */
	/* Of below, lost: of known senders, and refused by np= in spite of
	 * sp=none, as names that do not exist. */
	int64_t refused_below;

	/*
	 * The reporter on which a good verdict rests, and what it tells of;
	 * NULL: on none, or ready_most_find() was not asked.
	 */
	const char *most;
	int64_t most_messages, most_unknown;

	enum ready_verdict verdict;
	bool is_thin;             /* a verdict that rests on too little */
	size_t first_task, tasks; /* in ready_list.tasks */
};

enum ready_task_kind {
	READY_TASK_FIX,  /* a known sender that fails */
	READY_TASK_NAME, /* an unknown one that fails */
};

struct ready_task {
	enum ready_task_kind kind;
	const char *domain, *who;
	int64_t messages; /* that failed: lost or unknown */
	int64_t addresses;
	unsigned int signs;
	const char *why;     /* the signs as clauses; "": there are none */
	const char *look;    /* the command that says more */
	const char *command; /* the one that settles it; NULL: none does */
};

struct ready_list {
	struct array rows;  /* of struct ready, the most messages first */
	struct array tasks; /* of struct ready_task, by domain: those to be
	                       fixed, then the riskiest first */
	struct map names;   /* of domains, in the order of rows */
	const struct sender_list *senders; /* what all of it is made from */
	struct sender_list own; /* the same, if nobody else has loaded it */
	struct arena strings;
};

/*
 * Judge the domains of the question (domain NULL: all).  ready_done() comes in
 * any case.
 */
int ready_load(struct ready_list *, struct query_db *, const struct period *,
    const char *domain, struct err *);

/* The same from a list of the domain (or of all), which is borrowed. */
int ready_load_from(struct ready_list *, struct query_db *,
    const struct sender_list *, const char *domain, struct err *);
void ready_done(struct ready_list *);

/* Return the domain of this name; NULL: it is not in the list. */
const struct ready *ready_find(const struct ready_list *, const char *domain);

/* Return the tasks of a domain, of which there are r->tasks. */
const struct ready_task *ready_tasks(
    const struct ready_list *, const struct ready *);

/*
 * Return how many of them to show to people, max at most: without those of
 * which nothing looks like the admin's own, where anything else is to be done.
 */
size_t ready_tasks_shown(
    const struct ready_list *, const struct ready *, size_t max);

#endif
