/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Charts in SVG.  Colours are classes of page.css: c-both, c-dkim, c-spf,
 * c-fail; c-known, c-forwarded, c-hostile, c-unknown; and others.  What a chart
 * shows is beside it, as text or a table.
 */
#ifndef RUAD_PAGE_CHART_H
#define RUAD_PAGE_CHART_H

#include <stdbool.h>
#include <stdint.h>

#include "page/html.h"
#include "page/timeline.h"

struct chart_series {
	const char *class;
	const char *name;
};

/* Stacked columns over time, the first series at the foot. */
struct chart {
	const char *id;    /* a word of ours, unique on the page */
	const char *title; /* what is measured */
	const char *desc;  /* what can be seen, in a sentence */
	const struct timeline *time;
	const struct chart_series *series;
	int nseries;
	const double *values; /* those of a column in a row */
	bool percent;         /* values are shares, 100 at most */
	enum html_days days;  /* what columns lead to, where there are links */
	const char *domain;   /* the same; NULL: all */
	bool small;
};

void chart_columns(struct html *, const struct chart *);

/*
 * Write the first day of a column, as a link to its days: for the table beside
 * a chart.
 */
void chart_link_column(struct html *, const struct timeline *, int column,
    enum html_days, const char *domain);

/* Draw a small square of a colour, before the word for it. */
void chart_swatch(struct html *, const char *class);

/* Say what the colours mean. */
void chart_legend(struct html *, const struct chart_series *, int n);

/* Draw two numbers for each column of time, as a small chart in a table. */
void chart_spark(struct html *, const struct timeline *, const int64_t *all,
    const int64_t *failed);

/* Draw a bar of n parts that make up the whole. */
void chart_bar(
    struct html *, const struct chart_series *, const int64_t *, int n);

/* Draw a value as a part of the largest one of its table. */
void chart_meter(
    struct html *, const char *class, int64_t value, int64_t largest);

/* Draw the days on which something came: seen has a byte for each day. */
void chart_days(struct html *, const struct timeline *, const uint8_t *seen);

#endif
