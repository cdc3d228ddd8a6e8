/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is looked at: a page with its filters, as a URL says it.  The whole
 * state is in it; what is not chosen is 0 or "".  Strings are foreign: they are
 * valid UTF-8 without control characters, and nothing else is known of them.
 */
#ifndef RUAD_WEB_VIEW_H
#define RUAD_WEB_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/sender_choice.h"
#include "answer/subject.h"

enum view_page {
	VIEW_OVERVIEW,   /* / */
	VIEW_ALL,        /* /all */
	VIEW_DOMAIN,     /* /d/DOMAIN */
	VIEW_SENDERS,    /* /d/DOMAIN/senders */
	VIEW_SENDER,     /* /d/DOMAIN/sender?who=NAME */
	VIEW_DAY,        /* /d/DOMAIN/day/2026-11-01 */
	VIEW_DNS,        /* /d/DOMAIN/dns */
	VIEW_FAILURES,   /* /d/DOMAIN/failures */
	VIEW_ADDRESS,    /* /a/ADDRESS */
	VIEW_REPORT,     /* /r/DOMAIN/2026-11-01/KEY */
	VIEW_REPORTS,    /* /reports */
	VIEW_REPORTERS,  /* /reporters */
	VIEW_READY,      /* /ready */
	VIEW_TLS,        /* /tls */
	VIEW_UNREADABLE, /* /unreadable */
	VIEW_COLLECTION, /* /collection */
	VIEW_HEALTH,     /* /health */
	VIEW_PAGES,
};

enum view_format {
	VIEW_HTML,
	VIEW_CSV,
	VIEW_JSON,
};

enum view_result {
	VIEW_ANY_RESULT,
	VIEW_FAIL,
	VIEW_PASS,
};

#define VIEW_NAME 256 /* bytes of a domain, with its NUL */
#define VIEW_TEXT 512 /* of any other word */
#define VIEW_KEY 17   /* the first 16 hexadecimal digits of a report's digest */
#define VIEW_MAX_FROM 1000000

struct view {
	enum view_page page;
	enum view_format format;
	struct period_choice period;
	char domain[VIEW_NAME]; /* as the database has domains */
	char ip[SUBJECT_ADDRESS];
	int64_t day; /* of VIEW_DAY and VIEW_REPORT */
	char key[VIEW_KEY];
	char who[VIEW_TEXT];      /* a sender */
	char reporter[VIEW_TEXT]; /* as its reports have it */
	char id[VIEW_TEXT];       /* of a report, by its reporter */
	char find[VIEW_TEXT];     /* part of a name, an address, a network */
	enum sender_which only;
	int class; /* enum source_class + 1; 0: any */
	enum sender_by by;
	enum sender_sort sort;
	enum view_result result;
	int64_t from; /* rows of a table before this one are left out */
	/* Of reports only those that are listed after this one, by day and id;
	 * id 0: all. */
	int64_t before_day, before_id;
};

#endif
