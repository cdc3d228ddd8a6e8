/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the causes of the database (record.cause) mean and what to do about
 * them: the same words wherever ruactl speaks of a cause.
 */
#ifndef RUAD_ANSWER_CAUSE_H
#define RUAD_ANSWER_CAUSE_H

#include <stddef.h>

struct cause {
	const char *word; /* for programs */
	const char *what; /* a clause, which fits after "because" */
	const char *todo; /* whole sentences, for the owner of the domain */
};

/* All causes, the best first: those that pass, then those that fail. */
#define CAUSE_COUNT 7
extern const struct cause cause_list[CAUSE_COUNT];

/* Return the cause of this word; NULL: there is none. */
const struct cause *cause_find(const char *word);

/* Return what a cause is; the word itself if there is no such cause. */
const char *cause_what(const char *word);

#endif
