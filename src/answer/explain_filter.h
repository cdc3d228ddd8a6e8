/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What filters wrote into a header about a message: which of it counts, and
 * what it says.  Pure.
 */
#ifndef RUAD_ANSWER_EXPLAIN_FILTER_H
#define RUAD_ANSWER_EXPLAIN_FILTER_H

#include <stdbool.h>

#include "report/explain.h"
#include "report/status_word.h"

/* One value against the message: "CAT: PHSH" of Microsoft. */
struct explain_filter_said {
	const struct explain_vendor *vendor; /* NULL: there is nothing */
	const char *key;                     /* or the name of the field */
	const char *value;
	const struct status_word *word;
};

struct explain_filter {
	/* What decides: the most telling of what counts. */
	struct explain_filter_said bad;
	bool is_trusted; /* else nobody can place it */
	/*
	 * A field that is there more than once, with verdicts that differ, of
	 * which a stranger may have written one: none counts.  NULL: none.
	 */
	const struct explain_vendor *disputed;
	/* What counts for nothing: anybody can have written it. */
	struct explain_filter_said foreign;
};

void explain_filter_find(
    struct explain_filter *, const struct explain_header *);

/* "Microsoft" for "microsoft". */
const char *explain_filter_name(const struct explain_vendor *);

/*
 * The next value after *at (0: the first), of those of Microsoft that count,
 * which speaks for the message or for nothing, and is worth telling.
 */
bool explain_filter_next(
    const struct explain_header *, size_t *at, struct explain_filter_said *);

#endif
