/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/timeline.h"

#include "answer/period.h"

void
timeline_set(struct timeline *t, int64_t first, int64_t last)
{
	t->first = first;
	t->ndays = (int)((last - first) / PERIOD_DAY) + 1;
	t->unit = t->ndays <= 100  ? 1
	    : t->ndays <= 700      ? 7
	    : t->ndays <= 30 * 100 ? 30
	                           : t->ndays / 100 + 1;
	t->ncolumns = (t->ndays + t->unit - 1) / t->unit;
}

int
timeline_number(const struct timeline *t, int64_t day)
{
	return (int)((day - t->first) / PERIOD_DAY);
}

int64_t
timeline_day(const struct timeline *t, int number)
{
	return t->first + number * (int64_t)PERIOD_DAY;
}

/* Days that the first column lacks: the last one is whole. */
static int
missing(const struct timeline *t)
{
	return t->ncolumns * t->unit - t->ndays;
}

int
timeline_column(const struct timeline *t, int64_t day)
{
	return (timeline_number(t, day) + missing(t)) / t->unit;
}

int64_t
timeline_column_first(const struct timeline *t, int column)
{
	return timeline_day(t, column == 0 ? 0 : column * t->unit - missing(t));
}

int
timeline_column_days(const struct timeline *t, int column)
{
	return column == 0 ? t->unit - missing(t) : t->unit;
}
