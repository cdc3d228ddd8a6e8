/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the causes of the database (record.cause) mean and what to do about
 * them: the same words wherever ruactl speaks of a cause.
 */
#ifndef RUAD_ANSWER_ADVICE_H
#define RUAD_ANSWER_ADVICE_H

#include <stddef.h>

struct advice {
	const char *cause;
	const char *what; /* it is, as a clause: fits behind "because" */
	const char *todo; /* whole sentences, for the owner of the domain */
};

/* All causes, the best first: those that pass, then those that fail. */
#define ADVICE_CAUSES 7
extern const struct advice advice_causes[ADVICE_CAUSES];

/* NULL: there is no such cause. */
const struct advice *advice_find(const char *cause);

/* What a cause is; the word itself if it is none of ours. */
const char *advice_what(const char *cause);

#endif
