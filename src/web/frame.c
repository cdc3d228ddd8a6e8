/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/frame.h"

#include <stdio.h>
#include <string.h>

#include "answer/subject.h"
#include "web/pages.h"
#include "web/route.h"

static const enum view_page site[] = { VIEW_OVERVIEW, VIEW_ALL, VIEW_REPORTS,
	VIEW_REPORTERS, VIEW_READY, VIEW_TLS, VIEW_UNREADABLE,
	VIEW_COLLECTION };
static const enum view_page of_domain[] = { VIEW_DOMAIN, VIEW_SENDERS,
	VIEW_REPORTS, VIEW_READY, VIEW_DNS, VIEW_TLS, VIEW_FAILURES };
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* --- where one is, and can go --------------------------------------------- */

static void
write_link(struct ask *a, const struct view *v, const char *words)
{
	struct html *h = &a->html;
	struct buf url = { 0 };
	const bool is_here = v->page == a->view->page &&
	    strcmp(v->domain, a->view->domain) == 0;

	route_add_url(&url, a->view, v);
	html_printf(h, "<li>");
	html_begin_link(h, buf_str(&url), is_here);
	html_printf(h, "%s</a></li>\n", words);
	buf_done(&url);
}

static void
write_site(struct ask *a)
{
	struct html *h = &a->html;
	struct view v;
	size_t i;

	html_printf(h, "<nav class=\"site\" aria-label=\"Site\"><ul>\n");
	for (i = 0; i < COUNT(site); i++) {
		v = ask_view(a, site[i]);
		v.domain[0] = '\0';
		write_link(a, &v, pages_find(site[i])->title);
	}
	html_printf(h, "</ul></nav>\n");
}

static void
write_of_domain(struct ask *a)
{
	struct html *h = &a->html;
	struct view v;
	size_t i;

	if (a->domain == NULL)
		return;
	html_printf(h, "<nav class=\"of\" aria-label=\"Domain\"><ul>\n");
	for (i = 0; i < COUNT(of_domain); i++) {
		v = ask_view(a, of_domain[i]);
		write_link(a, &v, pages_find(of_domain[i])->title);
	}
	html_printf(h, "</ul></nav>\n");
}

/* What the page is about: a sender, an address, a day, else the domain. */
static const char *
subject_of(const struct ask *a, char date[static PERIOD_DATE])
{
	const struct view *v = a->view;

	switch (v->page) {
	case VIEW_SENDER:
		return v->who;
	case VIEW_ADDRESS:
		return v->ip;
	case VIEW_REPORT:
		return a->from;
	case VIEW_DAY:
		period_write_date(date, v->day);
		return date;
	default:
		return a->domain;
	}
}

static void
write_days(struct ask *a)
{
	const struct period *p = &a->period;
	char first[HTML_DATE], last[HTML_DATE];

	if (p->text[0] == '\0' || p->first == INT64_MIN ||
	    a->view->page == VIEW_DAY) /* it is the title */
		return;
	html_printf(&a->html, "<p>%s%s%s</p>\n", html_day(first, p->first),
	    p->first < p->last ? " to " : "",
	    p->first < p->last ? html_day(last, p->last) : "");
}

static void
write_title(struct ask *a, const struct ask_page *page)
{
	char date[PERIOD_DATE];
	const char *subject = subject_of(a, date);
	struct html *h = &a->html;

	html_printf(h, "<header>\n<p class=\"kicker\">%s",
	    subject != NULL ? page->title : "DMARC reports");
	if (a->domain != NULL && subject != a->domain) {
		struct view v = ask_view(a, VIEW_DOMAIN);

		html_printf(
		    h, a->view->page == VIEW_REPORT ? " about " : " of ");
		ask_link(a, &v, a->domain);
	}
	html_printf(h, "</p>\n<h1>");
	html_name(h, subject != NULL ? subject : page->title);
	html_printf(h, "</h1>\n");
	write_days(a);
	html_printf(h, "</header>\n");
}

/* --- the form ------------------------------------------------------------- */

static void
write_date_field(
    struct ask *a, const char *name, const char *label, int64_t day)
{
	char date[HTML_DATE];

	html_printf(&a->html,
	    "<label>%s <input type=\"date\" name=\"%s\" value=\"%s\"></label>"
	    "\n",
	    label, name, html_date(date, day));
}

/* What the form does not ask for, but the page is about. */
static void
write_hidden(struct ask *a)
{
	struct html *h = &a->html;

	if (a->view->page == VIEW_SENDER) {
		html_printf(h, "<input type=\"hidden\" name=\"who\" value=\"");
		html_text(h, a->view->who);
		html_printf(h, "\">\n");
		if (a->view->by == SENDER_NETWORKS)
			html_printf(h,
			    "<input type=\"hidden\" name=\"by\" "
			    "value=\"network\">\n");
	}
}

/* The same page for days that were chosen otherwise. */
static void
write_other_days(
    struct ask *a, const char *words, int64_t days, int64_t first, int64_t last)
{
	struct view v = *a->view;

	v.period = (struct period_choice) { .days = days };
	if (days == 0)
		v.period = (struct period_choice) { .has_since = true,
			.has_until = true,
			.since = first,
			.until = last };
	v.from = v.before_day = v.before_id = 0;
	html_printf(&a->html, "<li>");
	ask_link(a, &v, words);
	html_printf(&a->html, "</li>\n");
}

static void
write_periods(struct ask *a)
{
	const struct period *p = &a->period;
	const int64_t length = p->last - p->first + PERIOD_DAY;
	struct html *h = &a->html;

	html_printf(
	    h, "<nav aria-label=\"Other days\"><ul class=\"periods\">\n");
	if (p->text[0] != '\0') {
		write_other_days(
		    a, "previous", 0, p->first - length, p->first - PERIOD_DAY);
		if (p->last + 2 * PERIOD_DAY <= a->now)
			write_other_days(a, "next", 0, p->last + PERIOD_DAY,
			    p->last + length);
	}
	write_other_days(a, "7 days", 7, 0, 0);
	write_other_days(a, "30 days", 30, 0, 0);
	write_other_days(a, "90 days", 90, 0, 0);
	write_other_days(a, "1 year", 365, 0, 0);
	html_printf(h, "</ul></nav>\n");
}

/* A day leads to the ones beside it. */
static void
write_other_day(struct ask *a, const char *words, int64_t day)
{
	struct view v = *a->view;

	v.day = day;
	html_printf(&a->html, "<li>");
	ask_link(a, &v, words);
	html_printf(&a->html, "</li>\n");
}

static void
write_days_beside(struct ask *a)
{
	const int64_t day = a->view->day;
	struct html *h = &a->html;

	html_printf(
	    h, "<nav aria-label=\"Other days\"><ul class=\"periods\">\n");
	write_other_day(a, "previous day", day - PERIOD_DAY);
	if (day + PERIOD_DAY <= a->now)
		write_other_day(a, "next day", day + PERIOD_DAY);
	html_printf(h, "</ul></nav>\n");
}

static void
write_form(struct ask *a, const struct ask_page *page)
{
	struct html *h = &a->html;
	struct buf url = { 0 };

	if (page->write_fields == NULL &&
	    (page->days == 0 || a->period.text[0] == '\0'))
		return;
	route_add_path(&url, a->view, a->view);
	html_printf(h,
	    "<form method=\"get\" class=\"filter\" aria-label=\"Filter\" "
	    "action=\"");
	buf_add_str(&h->out, buf_str(&url));
	html_printf(h, "\">\n");
	buf_done(&url);
	write_hidden(a);
	if (page->days > 0 && a->period.text[0] != '\0') {
		write_date_field(a, "since", "From", a->period.first);
		write_date_field(a, "until", "to", a->period.last);
	}
	if (page->write_fields != NULL)
		page->write_fields(a);
	html_printf(h, "<button>Show</button>\n</form>\n");
	if (page->days > 0)
		write_periods(a);
	else if (a->view->page == VIEW_DAY)
		write_days_beside(a);
}

/* --- the whole ------------------------------------------------------------ */

void
frame_begin(struct ask *a, const struct ask_page *page)
{
	char date[PERIOD_DATE], title[700];
	const char *subject = subject_of(a, date);
	struct html *h = &a->html;

	snprintf(title, sizeof(title), "%s%s%s", page->title,
	    subject != NULL ? ": " : "", subject != NULL ? subject : "");
	html_begin(h, title);
	html_printf(
	    h, "<a class=\"skip\" href=\"#main\">Skip to content</a>\n");
	write_site(a);
	write_title(a, page);
	write_of_domain(a);
	write_form(a, page);
	if (!page->writes_main)
		html_printf(h, "<main id=\"main\">\n");
}

static void
write_format(struct ask *a, enum view_format format, const char *words)
{
	struct view v = *a->view;

	v.format = format;
	ask_link(a, &v, words);
}

void
frame_add_command(
    struct buf *out, const struct ask *a, const struct ask_page *page)
{
	char date[PERIOD_DATE];

	buf_add_str(out, "ruactl ");
	page->add_command(a, out);
	if (page->days == 0 || a->period.text[0] == '\0')
		return;
	period_write_date(date, a->period.first);
	subject_add_option(out, "--since=", date);
	period_write_date(date, a->period.last);
	subject_add_option(out, "--until=", date);
}

void
frame_end(struct ask *a, const struct ask_page *page)
{
	struct html *h = &a->html;
	struct buf command = { 0 };

	if (!page->writes_main)
		html_printf(h, "</main>\n");
	frame_add_command(&command, a, page);
	html_printf(
	    h, "<footer>\n<p>On the command line: <code id=\"command\">");
	html_text(h, buf_str(&command));
	html_printf(h, "</code>");
	if (!a->is_empty) {
		html_printf(h, "; the rows as ");
		write_format(a, VIEW_CSV, "CSV");
		html_printf(h, " or ");
		write_format(a, VIEW_JSON, "JSON");
	}
	html_printf(h,
	    "</p>\n<p>Made by ruad %s from what receivers reported. Days are "
	    "in UTC; shares are rounded down.</p>\n</footer>\n",
	    RUAD_VERSION);
	html_end(h);
	buf_done(&command);
}

/* To the first page, from wherever this address is below it. */
static void
write_home(struct html *h, const char *target)
{
	size_t path = strcspn(target, "?");

	html_printf(h, "<p><a href=\"./");
	while (path-- > 1)
		if (target[path] == '/')
			html_printf(h, "../");
	html_printf(h, "\">Overview</a></p>\n");
}

void
frame_write_refusal(
    struct html *h, const char *title, const char *text, const char *target)
{
	html_begin(h, title);
	html_printf(h,
	    "<header><p class=\"kicker\">ruad</p>\n<h1>%s</h1></header>\n"
	    "<main id=\"main\">\n",
	    title);
	html_empty(h, "%.600s.", text);
	if (target != NULL)
		write_home(h, target);
	html_printf(h, "</main>\n");
	html_end(h);
}
