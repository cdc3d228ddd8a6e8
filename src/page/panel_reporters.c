/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "page/chart.h"
#include "page/panel.h"
#include "store/rules.h"

#define REPORTERS 20

static int
compare_reporters(const void *a, const void *b)
{
	const struct counts_reporter *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* Return whether a daily reporter stopped, as v_silent_reporter does. */
static bool
is_silent(const struct counts *c, const struct counts_reporter *r)
{
	const int days = c->time.ndays - 1 - r->last;
	int i;

	if (days < RULE_SILENT_DAYS || r->last + 1 < RULE_DAILY_DAYS)
		return false;
	for (i = 0; i < RULE_DAILY_DAYS; i++)
		if (r->seen[r->last - i] == 0)
			return false;
	return true;
}

/* From the end of a report's period until it was sent, on average. */
static char *
format_delay(char buf[static HTML_COUNT], const struct counts_reporter *r)
{
	const int64_t hours = r->reports > 0 ? r->delay / r->reports / 3600 : 0;

	return hours < 72 ? html_count(buf, hours, "hour", "hours")
	                  : html_count(buf, hours / 24, "day", "days");
}

static void
write_reporter(struct panel *p, const struct counts_reporter *r)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char share[HTML_SHARE], last[HTML_DATE], delay[HTML_COUNT];

	html_date(last, timeline_day(&c->time, r->last));
	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_REPORTER, c->domain, r->name);
	if (is_silent(c, r))
		html_printf(h,
		    "<span class=\"note warn\">silent since %s</span>", last);
	html_printf(h,
	    "</th><td class=\"n\">%'" PRId64 "</td><td class=\"n m\">%'" PRId64
	    "</td><td class=\"n w\">%s</td><td class=\"w days\">",
	    r->messages, r->reports,
	    html_share(share, r->messages - r->fail, r->messages));
	chart_days(h, &c->time, r->seen);
	html_printf(h, "</td><td class=\"n\">%d of %d</td><td class=\"n w\">",
	    (int)r->days, c->time.ndays);
	html_link_day(h, c->domain, timeline_day(&c->time, r->last));
	html_printf(
	    h, "</td><td class=\"n m\">%s</td></tr>\n", format_delay(delay, r));
}

int
panel_reporters(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Reporter", "#Messages",
		"#=Reports", "#-Compliant", "-Calendar", "#Days", "#-Last day",
		"#=Delay", NULL };
	const struct counts *c = &p->counts;
	const size_t n = c->reporters.items.n;
	struct counts_reporter *all = c->reporters.items.at;
	struct html *h = &p->html;
	char reports[HTML_COUNT], reporters[HTML_COUNT];
	char first[HTML_DATE], last[HTML_DATE];
	int silent = 0;
	size_t i;

	(void)err;
	if (n == 0) {
		html_lead(h, "Nobody has reported.");
		return 0;
	}
	for (i = 0; i < n; i++)
		silent += is_silent(c, &all[i]);
	qsort(all, n, sizeof(*all), compare_reporters);
	html_lead(h, "%s from %s; %d silent.",
	    html_count(reports, c->reports, "report", "reports"),
	    html_count(reporters, (int64_t)n, "reporter", "reporters"), silent);
	html_printf(h,
	    "<p class=\"note\">The calendar runs from %s to %s: a gap is a "
	    "day without a report. A reporter of %d days in a row is silent "
	    "after %d days without a report.</p>\n",
	    html_date(first, c->time.first), html_date(last, c->period.last),
	    RULE_DAILY_DAYS, RULE_SILENT_DAYS);
	html_table(h, "Reporters, most messages first", heads);
	for (i = 0; i < n && i < REPORTERS; i++)
		write_reporter(p, &all[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)n - REPORTERS, "reporters");
	return 1;
}
