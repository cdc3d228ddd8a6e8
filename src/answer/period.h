/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The days that a question is about: --since, --until and --day.  Days are of
 * UTC and both ends are meant.  Without an option a period ends with the
 * newest report that does not claim to be from the future.
 */
#ifndef RUAD_ANSWER_PERIOD_H
#define RUAD_ANSWER_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/query.h"

#define PERIOD_DAY 86400

/* What the command line said; all zero: nothing. */
struct period_choice {
	int64_t days; /* --since=30d */
	bool has_since, has_until, is_day;
	int64_t since, until; /* seconds of 00:00 */
};

enum period_option {
	PERIOD_SINCE,
	PERIOD_UNTIL,
	PERIOD_ONE_DAY,
};

/* One option with its value. */
int period_read(struct period_choice *, enum period_option, const char *value,
    struct err *);

/* What the options say together; ERR_USAGE: they contradict each other. */
bool period_is_chosen(const struct period_choice *);
int period_check(const struct period_choice *, struct err *);

struct period {
	int64_t first, last; /* days; last < first: there is no data */
	char text[48];       /* "30 days to 2026-11-22"; "" without data */
};

/* Write a day as 2026-11-22. */
#define PERIOD_DATE 16
void period_write_date(char out[static PERIOD_DATE], int64_t day);

enum period_of {
	PERIOD_OF_REPORTS,
	PERIOD_OF_TLS,
};

/*
 * The period that was chosen, or so many days up to the newest report (about
 * a domain, if not NULL).
 */
int period_find(struct period *, const struct period_choice *, int days,
    enum period_of, struct query_db *, const char *domain, struct err *);

#endif
