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

/* Add a record to the records that arg is; of a scan with texts. */
record_scan_visit why_records_add;

/*
 * Append them in JSON, by reporter as these are named, each as an array: the
 * id of one of the records, the reporter, adkim, aspf, messages, records,
 * first and last day.
 */
void why_records_write(struct why_records *, struct buf *json);

#endif
