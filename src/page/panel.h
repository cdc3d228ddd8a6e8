/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The panels of the HTML report, in the order of the page.  Each writes its
 * section, with a sentence that answers before any figure; without data the
 * sentence says what to do.
 */
#ifndef RUAD_PAGE_PANEL_H
#define RUAD_PAGE_PANEL_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/ready.h"
#include "base/err.h"
#include "page/facts.h"
#include "page/html.h"
#include "store/query.h"

struct page {
	struct html html;
	struct query_db *db;
	struct facts facts;
	struct ready_list ready;
	bool named; /* an own server or a service has a name */
	struct arena text;
	int64_t now;
};

int page_load_verdicts(struct page *, struct err *);

int panel_verdict(struct page *, struct err *);
int panel_compliance(struct page *, struct err *);
int panel_classes(struct page *, struct err *);
int panel_sources(struct page *, struct err *); /* and what is new */
int panel_causes(struct page *, struct err *);
int panel_readiness(struct page *, struct err *);
int panel_dispositions(struct page *, struct err *);
int panel_keys(struct page *, struct err *);
int panel_reporters(struct page *, struct err *);
int panel_subdomains(struct page *, struct err *);
int panel_policy(struct page *, struct err *);
int panel_tls(struct page *, struct err *);
int panel_failures(struct page *, struct err *);
int panel_health(struct page *, struct err *);

/* A copy that lasts as long as the page; NULL stays NULL. */
const char *page_keep(struct page *, const char *);

/* The text of a column, "-" if there is none. */
const char *page_text(struct query *, int column);

/* "WHAT: ruactl COMMAND ..." for the same domain and days. */
void page_see(struct page *, const char *what, const char *command);

/* "and 12 more: ..."; nothing if n is 0. */
void page_more(struct page *, int64_t n, const char *command);

/* A domain that can be typed into a shell; "DOMAIN" for all others. */
const char *page_shell_domain(const struct page *);

#endif
