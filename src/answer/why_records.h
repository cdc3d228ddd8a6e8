/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of sources that are asked about, those that are alike put
 * together: a sender may have many, and their texts are long.
 */
#ifndef RUAD_ANSWER_WHY_RECORDS_H
#define RUAD_ANSWER_WHY_RECORDS_H

#include "answer/record_scan.h"
#include "base/buf.h"
#include "base/map.h"

struct why_records {
	struct map alike; /* of struct why_alike, see why_records.c */
	struct map words; /* of reports; no items */
};

/* To start; why_records_done() follows. */
void why_records_init(struct why_records *);
void why_records_done(struct why_records *);

/* Add the record at hand of a scan with texts. */
void why_records_add(struct why_records *, const struct record_scan *,
    const struct pack_record *);

/* Add all of a question, which is to have texts. */
int why_records_load(struct why_records *, struct query_db *,
    const struct record_scan_question *, struct err *);

/*
 * Append them in JSON, by reporter as these are named, each as an array: the
 * id of one of the records, the reporter, adkim, aspf, messages, records,
 * first and last day.
 */
void why_records_write(struct why_records *, struct buf *json);

#endif
