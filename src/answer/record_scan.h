/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records that reports tell of a domain, or of all, in a period: report by
 * report, as record_reader.h reads them.
 */
#ifndef RUAD_ANSWER_RECORD_SCAN_H
#define RUAD_ANSWER_RECORD_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/record_reader.h"
#include "base/err.h"
#include "base/map.h"
#include "store/query.h"

struct record_scan_question {
	struct period period;
	const char *domain;        /* NULL: all */
	const struct map *sources; /* by their ids; NULL: all */
	/* Only of domains as which this address (NULL: any) sent on a day from
	 * first on. */
	const char *ip;
	int64_t first;
	bool has_texts; /* of reports, each of which is looked up for them */
};

/* To start, zero it. */
struct record_scan {
	/* The report of the record at hand; texts are borrowed until the next
	 * report. */
	int64_t report, day;
	const char *domain; /* under which it is shown */
	bool is_under;      /* the report is about another domain */
	/* If they are asked for: */
	const char *org_name;     /* of the reporter */
	const char *adkim, *aspf; /* "r" where the report says nothing */
	/* For record_scan.c alone. */
	const struct map *sources;
	struct query *reports;
	struct record_reader *records;
	int of[9];
	bool has_texts, has_report;
};

/* Begin.  record_scan_end() comes in any case. */
int record_scan_begin(struct record_scan *, struct query_db *,
    const struct record_scan_question *, struct err *);

/* 1: the next record is there; 0: no more; -1: error. */
int record_scan_next(struct record_scan *, struct pack_record *, struct err *);
void record_scan_end(struct record_scan *);

#endif
