/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of an element, which comes in pieces.  Runs in ruad-parse, for
 * aggregate_build.c; the text comes from anybody, and LIMIT_TEXT of it is kept.
 */
#ifndef RUAD_PARSE_AGGREGATE_COLLECT_H
#define RUAD_PARSE_AGGREGATE_COLLECT_H

#include "parse/aggregate_build.h"

/* An element that holds text begins. */
void collect_begin(struct build *, const struct element *);

/* A piece of text, of such an element or of none. */
void collect_append(struct build *, const char *, size_t);

/* It is complete: put it where it belongs. */
void collect_end(struct build *);

/* What stood between two elements, before the second begins. */
void collect_between(struct build *);

#endif
