/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that would name senders which nobody named, as commands that can be
 * pasted: those that pass, those that receivers call forwarded, and those that
 * may be the admin's own by a sign.  Never one that calls a sender hostile.
 */
#ifndef RUAD_ANSWER_SENDER_SUGGEST_H
#define RUAD_ANSWER_SENDER_SUGGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/sender_list.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

struct sender_suggestion {
	const char *domain;  /* of the list; of several the first */
	size_t sender;       /* the number of the first that it would name */
	const char *who;     /* the name to give */
	const char *kind;    /* own, service, forwarder */
	const char *rules;   /* with a blank between them */
	const char *command; /* ruactl sender add ... */
	const char *reason;  /* "passes as Mailchimp by SPF", for people */
	/* What must be so for it to be right; NULL: reports tell as much. */
	const char *condition;
	int64_t messages, fail; /* of what it would name */
	unsigned int signs;     /* of enum sender_sign */
};

struct sender_suggestions {
	struct array all; /* of struct sender_suggestion, the riskiest and
	                     largest first */
	/* Senders without a suggestion: no rule for their names is safe. */
	int64_t left_out;
	/* Of const char *, by the number of a sender: its only command, "" for
	 * several, NULL. */
	struct array commands;
	struct arena strings;
};

/*
 * Find suggestions for the domain of a number in the list, or for all (-1).
 * The list is by sender.  sender_suggest_done() comes in any case.
 */
int sender_suggest_find(struct sender_suggestions *, struct query_db *,
    const struct sender_list *, int64_t domain, struct err *);

/*
 * Return the command that names a sender (its number in the list); NULL: there
 * is none, or it takes several.
 */
const char *sender_suggest_command(
    const struct sender_suggestions *, size_t sender);
void sender_suggest_done(struct sender_suggestions *);

/*
 * Prepare the first of them (-1: all) as rows for programs: command, domain,
 * who, kind, rule, messages, fail, signs (JSON), reason, condition.
 */
int sender_suggest_query(struct query **, struct query_db *,
    const struct sender_suggestions *, int64_t limit, struct err *);

#endif
