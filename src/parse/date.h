/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one reader of times, for all kinds of reports and for the headers of
 * messages (spec Q-79, T-1, F-5).  Runs in ruad-parse; the text comes from
 * anybody.  Pure.
 */
#ifndef RUAD_PARSE_DATE_H
#define RUAD_PARSE_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum date_form {
	DATE_NUMBER, /* since 1970 */
	DATE_ISO,    /* 2026-11-21T00:00:00Z, and the like */
	DATE_WORDS,  /* Sat, 21 Nov 2026 00:00:00 +0000, and the like */
};

struct date {
	int64_t ts;
	enum date_form form;
	bool scaled;   /* a number of milli-, micro- or nanoseconds */
	bool fraction; /* of a second, cut off */
	bool grouped;  /* a number with separators of thousands */
	bool zoned; /* without a zone it was taken for UTC; numbers have one */
};

/*
 * A time between 2001 and 2286, all of it understood.  False: it is none, or
 * may be two ("01/02/2026"), or a number that is too small or large by a digit.
 */
bool date_read(const char *, size_t, struct date *);

/*
 * Date: of a message; words that say nothing are passed over.  0 when it is not
 * a date with a time.
 */
int64_t date_read_header(const char *, size_t);

#endif
