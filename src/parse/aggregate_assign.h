/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a value of a report goes: the text of a leaf, an attribute in place of
 * one, text in place of child elements, several rows in one record (spec Q-115
 * to Q-118).  Runs in ruad-parse, for aggregate_build.c.
 */
#ifndef RUAD_PARSE_AGGREGATE_ASSIGN_H
#define RUAD_PARSE_AGGREGATE_ASSIGN_H

#include "parse/aggregate_build.h"

/*
 * Bytes of text one record, or the head of a report, may hold before further
 * results are dropped: with every byte escaped and every word kept twice it
 * still fits into LIMIT_LINE.
 */
#define TEXT_BUDGET (512 << 10)

/* The text that was collected, whole and trimmed; it is of that element. */
void assign_leaf(struct build *, const struct element *);

/* Text that stood between the elements of the node: keep it for its end. */
void assign_stray(struct build *);

/* The node ends: the text that stood in it is one of its values, or is kept. */
void assign_text(struct build *, enum node, bool wrapper, const char *text);

/* An attribute of a leaf, in whose place it counts when the leaf is empty. */
void assign_attribute(
    struct build *, const char *name, const char *value, size_t);

/* One more result for the record, unless it has too many. */
bool assign_result(struct build *, struct array *list, size_t size);

/* Another row, other identifiers or results begin in a record.  False: too
 * many. */
bool assign_row(struct build *);
bool assign_identifiers(struct build *);
void assign_results(struct build *);

/* How many records there are in this one; each is put into record then. */
size_t assign_rows(struct build *);
void assign_take_row(struct build *, const struct record *all, size_t i);

#endif
