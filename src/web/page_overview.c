/* SPDX-License-Identifier: BSD-2-Clause */
/* What needs attention, and all domains. */
#include <string.h>

#include "answer/problem.h"
#include "answer/subject.h"
#include "page/banner.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"
#include "web/route.h"

#define LATE PERIOD_DAY /* without a good poll: as ruactl digest */
#define DAYS 7          /* the same */

static void
add_summary(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "summary");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
}

static void
write_fields(struct ask *a)
{
	field_write(a, "domain", "Domain", a->view->domain);
}

static const char *mark_of(enum problem_class class)
{
	return class == PROBLEM_CRITICAL ? "fix"
	    : class == PROBLEM_WARNING   ? "fix"
	                                 : "wait";
}

static const char *word_of(enum problem_class class)
{
	return class == PROBLEM_CRITICAL ? "urgent"
	    : class == PROBLEM_WARNING   ? "check"
	                                 : "temporary";
}

/* Begin a link to the page that says more.  false: there is none. */
static bool
begin_link(struct ask *a, const struct problem *p)
{
	struct html *h = &a->html;
	struct buf url = { 0 };
	struct view v = ask_view(a, VIEW_COLLECTION);

	switch (p->kind) {
	case PROBLEM_STOPPED:
		if (p->ip != NULL)
			return html_begin_target(
			    h, HTML_SENDER, p->subject, p->ip);
		return html_begin_target(h, HTML_DOMAIN, p->subject, NULL);
	case PROBLEM_COMPLIANCE:
	case PROBLEM_AT_RISK:
	case PROBLEM_TLS:
		return html_begin_target(h, HTML_DOMAIN, p->subject, NULL);
	case PROBLEM_SENDER:
		return html_begin_target(h, HTML_SENDER, p->subject, p->detail);
	case PROBLEM_SILENT:
		return html_begin_target(h, HTML_REPORTER, NULL, p->subject);
	case PROBLEM_CONFLICT:
	case PROBLEM_REPORTS:
		v.page = VIEW_REPORTS;
		break;
	case PROBLEM_UNREADABLE:
		v.page = VIEW_UNREADABLE;
		break;
	case PROBLEM_MAILBOX:
	case PROBLEM_UNFILED:
	case PROBLEM_UNDELIVERED:
	case PROBLEM_LOG:
	case PROBLEM_KINDS:
		break;
	}
	route_add_url(&url, a->view, &v);
	html_begin_link(h, buf_str(&url), false);
	buf_done(&url);
	return true;
}

static void
write_problems(struct ask *a, const struct problem_list *list)
{
	const struct problem *p = list->problems.at;
	struct html *h = &a->html;
	bool is_link;
	size_t i;

	html_section(h, "attention", "What needs attention");
	if (list->problems.n == 0)
		html_lead(h, "Nothing in this period.");
	else
		html_printf(h, "<ul class=\"todo\">\n");
	for (i = 0; i < list->problems.n; i++) {
		html_printf(h, "<li><span class=\"badge %s\">%s</span> ",
		    mark_of(p[i].class), word_of(p[i].class));
		is_link = begin_link(a, &p[i]);
		html_printf(h, "%.600s", p[i].text);
		html_end_link(h, is_link);
		html_code(h, p[i].command);
		html_printf(h, "</li>\n");
	}
	if (list->problems.n > 0)
		html_printf(h, "</ul>\n");
	html_printf(h,
	    "<p class=\"note\">As in ruactl digest: mailboxes as they are now, "
	    "and reports of the last %d days of this period.</p>\n",
	    DAYS);
	html_section_end(h);
}

/* That of the last days: what was before is over. */
static int
write_attention(struct ask *a, struct err *err)
{
	struct problem_question question = {
		.kinds = ~PROBLEM_BIT(PROBLEM_LOG),
		.period = a->period,
		.domain = a->domain,
		.late_seconds = LATE,
	};
	const int64_t first = a->period.last - (DAYS - 1) * PERIOD_DAY;
	struct problem_list list;
	int rc;

	if (a->period.text[0] != '\0' && question.period.first < first)
		question.period.first = first;
	rc = problem_load(&list, a->db, &question, err);
	if (rc == 0)
		write_problems(a, &list);
	problem_done(&list);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	const bool is_new = a->domain == NULL && a->period.text[0] == '\0';
	const struct grid domains = { .caption = "Domains",
		.empty = is_new
		    ? "No reports yet: ruad collects them from a mailbox, "
		      "see ruad-quickstart(7), and ruactl import takes those "
		      "that you have."
		    : "No reports for this period.",
		.wide = " policy last_date",
		.is_paged = true };
	int64_t n;
	int rc;

	if (a->out != NULL)
		return grid_ask(a, &table_summary, &domains, -1, NULL, err);
	if (banner_write(&a->html, a->db, a->domain, a->period.text[0] != '\0',
	        err) == -1 ||
	    write_attention(a, err) == -1)
		return -1;
	html_section(&a->html, "domains", "Domains");
	rc = grid_ask(a, &table_summary, &domains, -1, &n, err);
	if (rc == 0)
		grid_write_pages(a, VIEW_OVERVIEW, n);
	html_section_end(&a->html);
	return rc;
}

const struct ask_page page_overview = {
	.title = "Overview",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_summary,
	.write_fields = write_fields,
};
