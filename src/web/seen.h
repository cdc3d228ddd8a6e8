/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sources sent over time, and who reported it: a chart with its figures,
 * and a table of reporters.
 */
#ifndef RUAD_WEB_SEEN_H
#define RUAD_WEB_SEEN_H

#include "base/map.h"
#include "page/counts.h"
#include "page/timeline.h"
#include "web/ask.h"

struct seen {
	struct timeline time;
	int64_t results[TIMELINE_COLUMNS][COUNTS_RESULTS];
	struct map reporters; /* of struct seen_reporter, in lower case */
};

/* For the days that are looked at; seen_done() follows. */
void seen_init(struct seen *, const struct ask *);
void seen_done(struct seen *);

/* Add what sources, by their ids, sent as a domain. */
int seen_add(struct seen *, const struct ask *, const char *domain,
    const struct map *sources, struct err *);

/* Write a section of each; domain NULL: it was of several. */
void seen_write_days(const struct seen *, struct ask *, const char *domain);
void seen_write_reporters(struct seen *, struct ask *, const char *domain);

#endif
