/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/ask.h"

#include <stdio.h>
#include <string.h>

#include "web/route.h"

int
ask_query(struct query **q, const struct ask *a, const char *sql, int64_t limit,
    struct err *err)
{
	const struct view *v = a->view;
	const bool failing = v->result == VIEW_FAIL;
	const struct table_question question = { .period = a->period,
		.domain = a->domain,
		.limit = limit,
		.reporter = a->reporter,
		.external_id = v->id[0] != '\0' ? v->id : NULL,
		.has_failing = v->result != VIEW_ANY_RESULT ? &failing : NULL,
		.before_day = v->before_day,
		.before_id = a->out == NULL ? v->before_id : 0 };

	return table_query(q, a->db, sql, &question, err);
}

struct view
ask_view(const struct ask *a, enum view_page page)
{
	struct view v = { .page = page, .period = a->view->period };

	memcpy(v.domain, a->view->domain, sizeof(v.domain));
	if (a->view->page == VIEW_DAY) {
		v.period.has_since = v.period.has_until = true;
		v.period.since = v.period.until = a->view->day;
	}
	return v;
}

void
ask_link(struct ask *a, const struct view *v, const char *words)
{
	struct buf url = { 0 };

	route_add_url(&url, a->view, v);
	html_begin_link(&a->html, buf_str(&url), false);
	html_text(&a->html, words);
	html_printf(&a->html, "</a>");
	buf_done(&url);
}
