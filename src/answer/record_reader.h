/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of many reports, one report after the other: from report_pack,
 * and from record_row where a report is not in it.
 */
#ifndef RUAD_ANSWER_RECORD_READER_H
#define RUAD_ANSWER_RECORD_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/record_keep.h"
#include "base/err.h"
#include "store/pack.h"
#include "store/query.h"

/*
 * What a question about reports rep has after them, to have what was packed of
 * each: its records, for record_reader_start(), and what its messages are, and
 * those of them that passed, by a sum of either kind; NULL without a record.
 */
#define RECORD_PACK_JOIN \
	" LEFT JOIN report_pack pack ON pack.report_id = rep.id"
#define RECORD_PACKED "pack.records AS packed"
#define RECORD_NOT_PACKED "NULL AS packed" /* without the join */
#define RECORD_PACK_SUM(column, sum) \
	"coalesce(pack." column ", (SELECT " sum \
	" FROM record_row rec WHERE rec.report_id = rep.id))"
#define RECORD_MESSAGES RECORD_PACK_SUM("messages", "sum(rec.messages)")
#define RECORD_PASS \
	RECORD_PACK_SUM( \
	    "pass", "sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0))")

struct record_reader;

/*
 * part: a subdomain; of the reports of its organization, those records that
 * have it, or one below it, in From:.  NULL: of any report all records.
 * kept: the records of a report are those that were kept of it, or else its row
 * is looked up.  NULL, or nothing in it: they are those of the question.  Both
 * are borrowed.
 */
int record_reader_new(struct record_reader **, struct query_db *,
    const char *part, const struct record_keep *kept, struct err *);
void record_reader_free(struct record_reader *);

/*
 * Begin with the records of a report, which is the row at hand of q; the number
 * of its column packed is given.  is_part: only those of the part.
 */
int record_reader_start(struct record_reader *, struct query *q, int packed,
    int64_t report, bool is_part, struct err *);

/* Keep what is packed of the report at hand, if it is. */
void record_reader_keep(
    const struct record_reader *, struct record_keep *, int64_t report);

/* 1: the next record is there; 0: no more; -1: error. */
int record_reader_next(
    struct record_reader *, struct pack_record *, struct err *);

#endif
