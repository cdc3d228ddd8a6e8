/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The days of a page, and the columns that its charts put them into.  A day is
 * the second at which it begins, in UTC; the days are numbered from 0.
 */
#ifndef RUAD_PAGE_TIMELINE_H
#define RUAD_PAGE_TIMELINE_H

#include <stdint.h>

#define TIMELINE_COLUMNS 101 /* at most */

struct timeline {
	int64_t first; /* day */
	int ndays;
	int unit; /* days of a column; the first one may have fewer */
	int ncolumns;
};

/* Choose the columns for the days from first to last, both included. */
void timeline_set(struct timeline *, int64_t first, int64_t last);

/* Return the number of a day, and the day of a number. */
int timeline_number(const struct timeline *, int64_t day);
int64_t timeline_day(const struct timeline *, int number);

/* Return the column of a day, and of a column the first day and the days. */
int timeline_column(const struct timeline *, int64_t day);
int64_t timeline_column_first(const struct timeline *, int column);
int timeline_column_days(const struct timeline *, int column);

#endif
