/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pictures in SVG.  Colours are classes of page.css: c-both, c-dkim, c-spf,
 * c-fail; c-known, c-forwarded, c-unknown; and others.  What they show stands
 * beside them as text or a table.
 */
#ifndef RUAD_PAGE_CHART_H
#define RUAD_PAGE_CHART_H

#include "page/facts.h"
#include "page/html.h"

struct chart_series {
	const char *class;
	const char *name;
};

/* Stacked columns over the days of the facts, the first series at the foot. */
struct chart {
	const char *id;    /* our own word, one of the page */
	const char *title; /* says what is measured */
	const char *desc;  /* what there is to see, in a sentence */
	const struct facts *facts;
	const struct chart_series *series;
	int nseries;
	const double *values; /* of a column one behind the other */
	bool percent;         /* values are shares, of 100 at most */
	bool small;
};

void chart_columns(struct html *, const struct chart *);

/* What the colours mean. */
void chart_legend(struct html *, const struct chart_series *, int n);

/* Two numbers over the same days, as a small picture in a table. */
void chart_spark(struct html *, const struct facts *, const int64_t *all,
    const int64_t *failed);

/* A bar of parts that are the whole together. */
void chart_bar(
    struct html *, const struct chart_series *, const int64_t *, int n);

/* How large a value is beside the largest of its table. */
void chart_meter(
    struct html *, const char *class, int64_t value, int64_t largest);

/* The days on which something came: a byte for each day of the facts. */
void chart_days(struct html *, const struct facts *, const uint8_t *seen);

#endif
