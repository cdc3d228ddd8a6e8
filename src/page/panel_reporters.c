/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "page/chart.h"
#include "page/panel.h"

#define REPORTERS 20
#define SILENT 3        /* days; less is usual */
#define SILENT_AFTER 14 /* days with reports */

static int
compare_reporters(const void *a, const void *b)
{
	const struct facts_reporter *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static int
silent_days(const struct facts *f, const struct facts_reporter *r)
{
	const int days = f->ndays - 1 - r->last;

	return r->days >= SILENT_AFTER && days >= SILENT ? days : 0;
}

/* From the end of what a report is about to its arrival, on average. */
static char *
write_delay(char buf[static HTML_COUNT], const struct facts_reporter *r)
{
	const int64_t hours = r->reports > 0 ? r->delay / r->reports : 0;

	return hours < 72 ? html_count(buf, hours, "hour", "hours")
	                  : html_count(buf, hours / 24, "day", "days");
}

static void
write_reporter(struct page *page, const struct facts_reporter *r)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	const int silent = silent_days(f, r);
	char share[HTML_SHARE], last[HTML_DATE], delay[HTML_COUNT];

	html_printf(h, "<tr><th scope=\"row\">%s", r->name);
	if (silent > 0)
		html_printf(h,
		    "<span class=\"note warn\">silent for %d days"
		    "</span>",
		    silent);
	html_printf(h,
	    "</th><td class=\"n\">%'" PRId64 "</td><td class=\"n m\">%'" PRId64
	    "</td><td class=\"n w\">%s</td><td class=\"w days\">",
	    r->messages, r->reports,
	    html_share(share, r->messages - r->fail, r->messages));
	chart_days(h, f, r->seen);
	html_printf(h,
	    "</td><td class=\"n\">%d of %d</td><td class=\"n w\">%s</td>"
	    "<td class=\"n m\">%s</td></tr>\n",
	    (int)r->days, f->ndays,
	    html_date(last, f->first + r->last * (int64_t)PERIOD_DAY),
	    write_delay(delay, r));
}

int
panel_reporters(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Reporter", "#Messages",
		"#=Reports", "#-Compliant", "-Calendar", "#Days", "#-Last day",
		"#=Delay", NULL };
	const struct facts *f = &page->facts;
	const size_t n = f->reporters.n;
	struct facts_reporter *all = f->reporters.at;
	struct html *h = &page->html;
	char reports[HTML_COUNT], reporters[HTML_COUNT];
	char first[HTML_DATE], last[HTML_DATE];
	int silent = 0;
	size_t i;

	(void)err;
	for (i = 0; i < n; i++)
		silent += silent_days(f, &all[i]) > 0;
	html_section(h, "reporters", "Reporters");
	if (n == 0) {
		html_printf(h, "<p class=\"lead\">Nobody has reported.</p>\n");
	} else {
		qsort(all, n, sizeof(*all), compare_reporters);
		html_printf(h, "<p class=\"lead\">%s by %s; %d silent.</p>\n",
		    html_count(reports, f->reports, "report", "reports"),
		    html_count(reporters, (int64_t)n, "reporter", "reporters"),
		    silent);
		html_printf(h,
		    "<p class=\"note\">The calendar goes from %s to %s: a gap "
		    "is a day without a report. Silent: no report for %d days "
		    "or more, after %d days with reports.</p>\n",
		    html_date(first, f->first), html_date(last, f->period.last),
		    SILENT, SILENT_AFTER);
		html_table(h, "Reporters, the most messages first", heads);
		for (i = 0; i < n && i < REPORTERS; i++)
			write_reporter(page, &all[i]);
		html_table_end(h);
		if (n > REPORTERS)
			page_more(page, (int64_t)(n - REPORTERS), "reporters");
	}
	html_section_end(h);
	return 0;
}
