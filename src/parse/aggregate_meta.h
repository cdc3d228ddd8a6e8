/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the words of a report's head to values, and what takes the place of
 * those that are missing (spec ).  Runs in ruad-parse,
 * after XML and before the wire; words and hints come from anybody.  Pure.
 */
#ifndef RUAD_PARSE_AGGREGATE_META_H
#define RUAD_PARSE_AGGREGATE_META_H

#include "base/mem.h"
#include "parse/aggregate.h"
#include "report/report.h"

/*
 * A report with its own words in all members: trimmed, UTF-8, NULL when the
 * element is absent, "" when it is empty.
 */
struct report_words {
	struct report report;
	const char *begin;
	const char *end;
	const char *pct;
	const char *header_from; /* of the first record that has one */
};

/*
 * Replace the words by values and fill what must not be missing.  New strings
 * live in the arena.
 */
void aggregate_read_meta(
    struct report_words *, const struct aggregate_context *, struct arena *);

#endif
