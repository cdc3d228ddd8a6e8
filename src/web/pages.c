/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/pages.h"

const struct ask_page *
pages_find(enum view_page page)
{
	static const struct ask_page *const pages[VIEW_PAGES] = {
		[VIEW_OVERVIEW] = &page_overview,
		[VIEW_ALL] = &page_all,
		[VIEW_DOMAIN] = &page_domain,
		[VIEW_SENDERS] = &page_senders,
		[VIEW_SENDER] = &page_sender,
		[VIEW_DAY] = &page_day,
		[VIEW_DNS] = &page_dns,
		[VIEW_FAILURES] = &page_failures,
		[VIEW_ADDRESS] = &page_address,
		[VIEW_REPORT] = &page_report,
		[VIEW_REPORTS] = &page_reports,
		[VIEW_REPORTERS] = &page_reporters,
		[VIEW_READY] = &page_ready,
		[VIEW_TLS] = &page_tls,
		[VIEW_UNREADABLE] = &page_unreadable,
		[VIEW_COLLECTION] = &page_collection,
	};

	return pages[page];
}
