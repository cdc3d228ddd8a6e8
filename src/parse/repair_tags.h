/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Repairs that need to know where tags begin and end: documents glued
 * together, a missing tail, damage within records.  Runs in ruad-parse; input
 * is UTF-8 that libxml2 has called broken, without control characters
 * (repair.c sees to it before).  Looks at each byte a bounded number of times.
 */
#ifndef RUAD_PARSE_REPAIR_TAGS_H
#define RUAD_PARSE_REPAIR_TAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/* Whether there is a tag <feedback>, in any case and with any prefix. */
bool repair_has_report(const char *, size_t);

/*
 * The next report from *pos on: from its tag <feedback> to its end, or to the
 * next such tag when it has none.  *pos moves behind it.  False: no more.
 */
bool repair_next_report(
    const char *, size_t len, size_t *pos, size_t *start, size_t *report_len);

/*
 * Blank a tag <xs:schema> before the report, and those that close it
 * .  Whether there was one.
 */
bool repair_schema(struct buf *);

/*
 * Close a report that was cut off: behind its last whole record when
 * the cut is later than that.  False when it is not cut off, or when not even
 * its metadata and one record are whole.  *lost: whether anything may be
 * missing; it is not when the cut is within the last tag.
 */
bool repair_tail(struct buf *, bool *lost);

/*
 * Escape each "<" that begins no tag, blank records whose elements do
 * not fit together, *dropped is how many, and close other elements that have
 * no end.  *lost becomes true when anything may be missing.  False when there
 * is nothing to do, or nothing would be left.  The document is used up then.
 */
bool repair_markup(struct buf *, bool *lost, size_t *dropped);

#endif
