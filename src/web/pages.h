/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages, one by one; each is in page_NAME.c. */
#ifndef RUAD_WEB_PAGES_H
#define RUAD_WEB_PAGES_H

#include "web/ask.h"

/* Return what a page is; NULL: it is none to be looked at (/health). */
const struct ask_page *pages_find(enum view_page);

extern const struct ask_page page_overview, page_all, page_domain, page_senders,
    page_sender, page_address, page_day, page_report, page_reports,
    page_reporters, page_ready, page_dns, page_tls, page_failures,
    page_unreadable, page_collection;

#endif
