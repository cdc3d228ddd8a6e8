/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the words of a record to values: what spec chapters 6D and 6E say to do
 * with each deviation.  Runs in ruad-parse, after XML and before the wire;
 * the words come from anybody.  Pure.
 */
#ifndef RUAD_PARSE_AGGREGATE_RECORD_H
#define RUAD_PARSE_AGGREGATE_RECORD_H

#include "base/mem.h"
#include "report/report.h"

/*
 * A record with the report's own words in all its members: trimmed, UTF-8,
 * NULL when the element is absent, "" when it is empty.
 */
struct record_words {
	struct record record;
	const char *count;
};

/*
 * Replace the words by values, keep each word that changed in record.raw; the
 * cause is not set.  Quirks go to the report.  New strings live in the arena.
 */
void aggregate_read_record(
    struct record_words *, struct report *, struct arena *);

/* NULL for an empty value: absent and empty are the same. */
const char *aggregate_word(const char *);

/*
 * A domain name in lower case and A-labels without white space, angle brackets
 * and the final dot; of an address, what follows the last '@'.  What has no
 * A-labels stays as it is.  Returns a string in the arena, or s itself when
 * there is nothing to change.
 */
const char *aggregate_read_domain(const char *s, struct arena *);

/* What became of the labels of a word: none is a quirk if all were ASCII. */
void aggregate_note_domain(
    struct array *quirks, const char *word, const char *domain);

#endif
