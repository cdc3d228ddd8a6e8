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
#include "answer/record_keep.h"
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
	struct record_keep *keep; /* what is read is kept; NULL: it is not */
	const struct record_keep *kept; /* what was read before; NULL */
};

struct record_scan {
	/* The report of the record at hand; texts are borrowed until the next
	 * report. */
	int64_t report, day;
	const char *domain; /* under which it is shown */
	bool is_under;      /* the report is about another domain */
	/* If they are asked for: */
	const char *org_name;     /* of the reporter */
	const char *adkim, *aspf; /* "r" where the report says nothing */
};

/* What is done with each record. */
typedef void record_scan_visit(
    void *arg, const struct record_scan *, const struct pack_record *);

/* Visit all records of a question; arg is given to each visit. */
int record_scan_run(struct query_db *, const struct record_scan_question *,
    record_scan_visit *, void *arg, struct err *);

#endif
