/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/route_priv.h"

#define BIT ROUTE_BIT
#define HAVE_DAYS \
	(BIT(VIEW_OVERVIEW) | BIT(VIEW_ALL) | BIT(VIEW_DOMAIN) | \
	    BIT(VIEW_SENDERS) | BIT(VIEW_SENDER) | BIT(VIEW_FAILURES) | \
	    BIT(VIEW_ADDRESS) | BIT(VIEW_REPORTS) | BIT(VIEW_REPORTERS) | \
	    BIT(VIEW_READY) | BIT(VIEW_TLS))
#define HAVE_SENDERS (BIT(VIEW_SENDERS) | BIT(VIEW_DAY))

const char *const route_only_words[] = { "", "unknown", "failing", "new",
	NULL };
const char *const route_by_words[] = { "", "network", "address", NULL };
const char *const route_result_words[] = { "", "fail", "pass", NULL };
const char *const route_format_words[] = { "html", "csv", "json", NULL };

const struct route_row route_table[ROUTE_PARAMETERS] = {
	[ROUTE_SINCE] = { "since", HAVE_DAYS },
	[ROUTE_UNTIL] = { "until", HAVE_DAYS },
	[ROUTE_DOMAIN] = { "domain",
	    BIT(VIEW_OVERVIEW) | BIT(VIEW_REPORTS) | BIT(VIEW_REPORTERS) |
	        BIT(VIEW_READY) | BIT(VIEW_TLS) },
	[ROUTE_WHO] = { "who", BIT(VIEW_SENDER) },
	[ROUTE_REPORTER] = { "reporter",
	    BIT(VIEW_REPORTS) | BIT(VIEW_FAILURES) },
	[ROUTE_ID] = { "id", BIT(VIEW_REPORTS) },
	[ROUTE_FIND] = { "find", HAVE_SENDERS },
	[ROUTE_ONLY] = { "only", HAVE_SENDERS },
	[ROUTE_CLASS] = { "class", HAVE_SENDERS },
	[ROUTE_BY] = { "by", HAVE_SENDERS | BIT(VIEW_SENDER) },
	[ROUTE_SORT] = { "sort", HAVE_SENDERS },
	[ROUTE_RESULT] = { "result", BIT(VIEW_REPORTS) | BIT(VIEW_REPORT) },
	[ROUTE_FROM] = { "from",
	    BIT(VIEW_OVERVIEW) | BIT(VIEW_SENDERS) | BIT(VIEW_SENDER) |
	        BIT(VIEW_ADDRESS) | BIT(VIEW_REPORT) | BIT(VIEW_REPORTERS) |
	        BIT(VIEW_READY) },
	[ROUTE_BEFORE] = { "before", BIT(VIEW_REPORTS) },
	[ROUTE_FORMAT] = { "format", ~BIT(VIEW_HEALTH) },
};

const struct route_single route_single[] = {
	{ "", VIEW_OVERVIEW },
	{ "all", VIEW_ALL },
	{ "reports", VIEW_REPORTS },
	{ "reporters", VIEW_REPORTERS },
	{ "ready", VIEW_READY },
	{ "tls", VIEW_TLS },
	{ "unreadable", VIEW_UNREADABLE },
	{ "collection", VIEW_COLLECTION },
	{ "health", VIEW_HEALTH },
	{ 0 },
};
