/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the words that were read to the lines of the wire.  Runs in ruad-parse,
 * for aggregate_build.c.
 */
#ifndef RUAD_PARSE_AGGREGATE_WRITE_H
#define RUAD_PARSE_AGGREGATE_WRITE_H

#include "parse/aggregate_build.h"

/* The record at hand: its line to lines, its digest to digests. */
void write_record(struct build *);

/*
 * The report at hand, and lines behind it, to the end of out; lines are lost.
 */
void write_report(struct build *, struct buf *out);

#endif
