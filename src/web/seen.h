/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sources sent over time, and who reported it: a chart with its figures,
 * and a table of reporters.
 */
#ifndef RUAD_WEB_SEEN_H
#define RUAD_WEB_SEEN_H

#include "answer/record_scan.h"
#include "base/map.h"
#include "page/counts.h"
#include "page/timeline.h"
#include "web/ask.h"

struct seen {
	struct timeline time;
	int64_t results[TIMELINE_COLUMNS][COUNTS_RESULTS];
	struct map reporters; /* of struct seen_reporter, in lower case */
	int64_t report;       /* of the last record; 0: none yet */
	size_t reporter;      /* and its number */
};

/* For the days that are looked at; seen_done() follows. */
void seen_init(struct seen *, const struct ask *);
void seen_done(struct seen *);

/* Add a record to what arg has seen; of scans with texts, one by one. */
record_scan_visit seen_add;

/* Write a section of each; domain NULL: it was of several. */
void seen_write_days(const struct seen *, struct ask *, const char *domain);
void seen_write_reporters(struct seen *, struct ask *, const char *domain);

#endif
