/* SPDX-License-Identifier: BSD-2-Clause */
/* What leads to a report, and lists of reports within other pages. */
#ifndef RUAD_WEB_PAGE_REPORT_H
#define RUAD_WEB_PAGE_REPORT_H

#include "web/ask.h"

/*
 * Add the URL of a report, by its id of now: what is in the URL is the report's
 * own, so that it never means another one.  false: there is none.
 */
bool page_report_add_url(struct ask *, struct buf *, int64_t id);

/* Add the option of ruactl that chooses by the result, if one is chosen. */
void page_report_add_result(const struct ask *, struct buf *);

/* Write the section of reports of the domain, the days and the reporter. */
int page_reports_write(struct ask *, struct err *);

#endif
