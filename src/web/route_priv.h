/* SPDX-License-Identifier: BSD-2-Clause */
/* The parameters of targets, for the two files of route.h. */
#ifndef RUAD_WEB_ROUTE_PRIV_H
#define RUAD_WEB_ROUTE_PRIV_H

#include "web/route.h"

#define ROUTE_BIT(page) (1U << (page))

/* In the order in which they are written. */
enum route_which {
	ROUTE_SINCE,
	ROUTE_UNTIL,
	ROUTE_DOMAIN,
	ROUTE_WHO,
	ROUTE_REPORTER,
	ROUTE_ID,
	ROUTE_FIND,
	ROUTE_ONLY,
	ROUTE_CLASS,
	ROUTE_BY,
	ROUTE_SORT,
	ROUTE_RESULT,
	ROUTE_FROM,
	ROUTE_BEFORE,
	ROUTE_FORMAT,
};

struct route_row {
	const char *name;
	unsigned int pages; /* that have it: ROUTE_BIT() of each */
};
extern const struct route_row route_table[ROUTE_PARAMETERS];

/* Words for the enums of view.h, in their order; "" is what needs none. */
extern const char *const route_only_words[],
    *const route_by_words[], *const route_result_words[],
                                 *const route_format_words[];

/* Pages whose paths are one word; the last row has NULL. */
struct route_single {
	const char *word;
	enum view_page page;
};
extern const struct route_single route_single[];

#endif
