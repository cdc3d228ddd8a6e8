/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One request under way: what is looked at, the database as it was when the
 * request came, and where the answer goes, a page or rows.
 */
#ifndef RUAD_WEB_ASK_H
#define RUAD_WEB_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "base/err.h"
#include "page/html.h"
#include "show/output.h"
#include "show/table.h"
#include "store/query.h"
#include "web/view.h"

struct ask {
	const struct view *view;
	struct query_db *db;
	const char *domain;   /* of the view; NULL: all */
	char *reporter;       /* of the view, as its reports have it; NULL */
	char *from;           /* who sent the report that is shown; NULL */
	struct period period; /* text "": there are no reports */
	bool has_failures;    /* reports of single messages may be shown */
	int64_t now;
	struct html html;   /* the page */
	struct output *out; /* the rows instead; NULL: it is a page */
	int64_t id;         /* of the report that is shown, or how many are
	                     * listed before those of the page */
	bool is_empty;      /* nothing was found that has rows */
};

/* What a page is.  Errors of ERR_INPUT: there is no such thing. */
struct ask_page {
	const char
	    *title; /* in links; of a domain's page: without the domain */
	int days;   /* unless others are chosen; 0: it has no days */
	enum period_of of;
	/* Find what is looked at, before anything is written; NULL: nothing. */
	int (*find)(struct ask *, int64_t *id, struct err *);
	/* Write what is in <main>, or the rows of the command. */
	int (*write)(struct ask *, struct err *);
	/* Add the words after "ruactl" of what says the same, but the days. */
	void (*add_command)(const struct ask *, struct buf *);
	/* Write its own fields of the filter; NULL: it has none. */
	void (*write_fields)(struct ask *);
	bool writes_main; /* <main> and all, by page/page.h */
};

/* Prepare a question about the days and the domain at hand. */
int ask_query(struct query **, const struct ask *, const char *sql,
    int64_t limit, struct err *);

/* Write a link to another view. */
void ask_link(struct ask *, const struct view *, const char *words);

/* A view like the one at hand, with the same days and no other filter. */
struct view ask_view(const struct ask *, enum view_page);

#endif
