/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports whose XML is broken: repaired step by step, and after each step
 * given to the same strict reader again (aggregate.h).  Runs in ruad-parse,
 * only after that reader has failed; input is XML from anybody, in memory.
 * Never libxml2's RECOVER: it cuts values and invents records.
 */
#ifndef RUAD_PARSE_REPAIR_H
#define RUAD_PARSE_REPAIR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/limits.h"
#include "parse/aggregate.h"

struct repair_result {
	int reports;    /* how many were written */
	bool too_many;  /* there are more than were asked for */
	char lost[256]; /* what had to be left out, or "" */
};

/*
 * Append to out what aggregate_finish() would for every report in doc that
 * can be repaired, at most max; each names its repairs in its quirks.  doc is
 * used up.  Nothing is appended, and reports is 0, when there is no report or
 * no repair for it.
 */
void repair_run(struct buf *doc, const struct limits *,
    const struct aggregate_context *, int max, struct buf *out,
    struct repair_result *);

/*
 * The encoding that an XML declaration at the start of the document names: its
 * place, and *n its length.  NULL when there is none.
 */
const char *repair_find_label(const char *, size_t, size_t *n);

#endif
