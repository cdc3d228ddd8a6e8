/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of reports as JSON, fast: what many of them have in common (a
 * source, a profile, a list of DKIM results) is written once and then copied.
 */
#ifndef RUAD_CTL_FEED_RECORD_H
#define RUAD_CTL_FEED_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/query.h"

struct feed_records;

/* As feed_lines_new(): the database must stay as it is. */
struct feed_records *feed_records_new(struct query_db *, bool flat);
void feed_records_free(struct feed_records *);

/* Begin with the first record of a report, as they stood in it. */
int feed_records_begin(
    struct feed_records *, int64_t report_id, bool counted, struct err *);

/* 1: the members of the next one were added; 0: there is none; -1. */
int feed_records_next(struct feed_records *, struct buf *, struct err *);

#endif
