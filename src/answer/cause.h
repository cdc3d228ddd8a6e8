/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the causes of the database (record.cause) mean and what to do about
 * them, and what the reasons of receivers mean (override.type): the same words
 * wherever ruactl speaks of one.
 */
#ifndef RUAD_ANSWER_CAUSE_H
#define RUAD_ANSWER_CAUSE_H

#include <stdbool.h>

struct cause {
	const char *word;  /* for programs */
	const char *brief; /* for a column */
	const char *what;  /* a clause, which fits after "because" */
	const char *todo;  /* whole sentences, for the owner of the domain */
	/* The same of mail that failed and was forwarded; NULL: it passes. */
	const char *forwarded;
};

/* All causes, the best first: those that pass, then those that fail. */
#define CAUSE_COUNT 7
extern const struct cause cause_list[CAUSE_COUNT];

/* Return the cause of this word; NULL: there is none. */
const struct cause *cause_find(const char *word);

/* Return what a cause is; the word itself if there is no such cause. */
const char *cause_what(const char *word);

/* Return the same for a column of a table: "no DKIM, no SPF". */
const char *cause_brief(const char *word);

/*
 * Return what a reason for not applying the policy means: its type, and whether
 * it says that the message was forwarded (override.forwarding).
 */
const char *cause_of_override(const char *type, bool is_forwarding);

#endif
