/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answer/ready.h"
#include "base/io.h"
#include "base/text.h"
#include "page/panel.h"

#define DAYS 90

static const struct {
	const char *id, *title;
	int (*write)(struct page *, struct err *); /* NULL: the one before */
} panels[] = {
	{ "verdict", "Verdict", panel_verdict },
	{ "compliance", "Compliance", panel_compliance },
	{ "classes", "Kinds of mail", panel_classes },
	{ "sources", "Sources", panel_sources },
	{ "new", "New", NULL },
	{ "causes", "Causes", panel_causes },
	{ "readiness", "Readiness", panel_readiness },
	{ "dispositions", "Dispositions", panel_dispositions },
	{ "keys", "DKIM keys", panel_keys },
	{ "reporters", "Reporters", panel_reporters },
	{ "subdomains", "Subdomains", panel_subdomains },
	{ "policy", "Policy", panel_policy },
	{ "tls", "TLS", panel_tls },
	{ "failures", "Failures", panel_failures },
	{ "health", "Collection", panel_health },
};
#define NPANELS (sizeof(panels) / sizeof(panels[0]))

const char *
page_keep(struct page *page, const char *text)
{
	return text == NULL ? NULL
	                    : arena_strndup(&page->text, text, strlen(text));
}

const char *
page_text(struct query *q, int column)
{
	const char *text = query_text(q, column);

	return text != NULL ? text : "-";
}

const char *
page_shell_domain(const struct page *page)
{
	const char *domain = page->facts.domain;

	if (domain == NULL || domain[0] == '-' ||
	    domain[strspn(domain, "abcdefghijklmnopqrstuvwxyz0123456789-_.")] !=
	        '\0')
		return "DOMAIN";
	return domain;
}

/* What is not as usual: a domain may be given, and the days of the page. */
static const struct {
	const char *command;
	bool needs_domain;
	bool no_domain;
	bool no_days;
	int days; /* up to the last one; 0: all */
} pointers[] = {
	{ "sources", true, false, false, 0 },
	{ "sources --failing", true, false, false, 0 },
	{ "sources --new", true, false, false, FACTS_WEEK },
	{ "failures", true, false, false, 0 },
	{ "ready", false, false, false, RULE_READY_DAYS },
	{ "reporters", false, true, false, 0 },
	{ "status", false, true, true, 0 },
	{ "query overrides", false, true, false, 0 },
	{ "query policies", true, false, true, 0 },
	{ "query selectors", true, false, false, 0 },
	{ "query subdomains", true, false, false, 0 },
};

void
page_see(struct page *page, const char *what, const char *command)
{
	const size_t n = sizeof(pointers) / sizeof(pointers[0]);
	const struct facts *f = &page->facts;
	int64_t first = f->period.first, days;
	struct html *h = &page->html;
	char date[HTML_DATE];
	size_t i = 0;

	while (i < n && strcmp(pointers[i].command, command) != 0)
		i++;
	html_printf(h, "<p class=\"more\">%s: <code>ruactl %s", what, command);
	if (i < n ? pointers[i].needs_domain ||
	            (f->domain != NULL && !pointers[i].no_domain)
	          : f->domain != NULL)
		html_printf(h, " %.253s", page_shell_domain(page));
	days = i < n ? pointers[i].days : 0;
	if (days > 0 && first < f->period.last - (days - 1) * PERIOD_DAY)
		first = f->period.last - (days - 1) * PERIOD_DAY;
	if (i == n || !pointers[i].no_days) {
		html_printf(h, " --since=%s", html_date(date, first));
		html_printf(h, " --until=%s", html_date(date, f->period.last));
	}
	html_printf(h, "</code></p>\n");
}

void
page_more(struct page *page, int64_t n, const char *command)
{
	char what[HTML_COUNT], digits[TEXT_DIGITS];

	if (n <= 0)
		return;
	snprintf(
	    what, sizeof(what), "and %s more", text_group_digits(n, digits));
	page_see(page, what, command);
}

static void
write_head(struct page *page)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	char title[320], first[HTML_DATE], last[HTML_DATE], now[HTML_DATE];
	size_t i;

	snprintf(title, sizeof(title), "DMARC report: %s",
	    f->domain != NULL ? f->domain : "all domains");
	html_begin(h, title);
	html_printf(h,
	    "<a class=\"skip\" href=\"#main\">To the report</a>\n<header>\n"
	    "<p class=\"kicker\">DMARC report</p>\n<h1>%.253s</h1>\n<p>",
	    f->domain != NULL ? f->domain : "All domains");
	if (f->period.text[0] != '\0')
		html_printf(h, "%s%s%s. ", html_day(first, f->period.first),
		    f->period.first < f->period.last ? " to " : "",
		    f->period.first < f->period.last
		        ? html_day(last, f->period.last)
		        : "");
	if (f->reports > 0 && f->first > f->period.first)
		html_printf(
		    h, "Reports begin on %s. ", html_day(first, f->first));
	html_printf(h, "Made %s.</p>\n</header>\n", html_day(now, page->now));
	html_printf(h, "<nav aria-label=\"Panels\"><ul>\n");
	for (i = 0; i < NPANELS; i++)
		html_printf(h, "<li><a href=\"#%s\">%s</a></li>\n",
		    panels[i].id, panels[i].title);
	html_printf(h, "</ul></nav>\n<main id=\"main\">\n");
}

/* What to do when there is nothing to show. */
static int
write_empty(struct page *page, struct err *err)
{
	struct html *h = &page->html;
	int64_t reports = 0;

	if (page->facts.reports > 0)
		return 0;
	if (query_one_int(
	        page->db, "SELECT count(*) FROM report", &reports, err) == -1)
		return -1;
	html_printf(h, "<div class=\"empty\">\n");
	if (reports == 0)
		html_printf(h,
		    "<p>There are no reports in the database yet.</p>"
		    "<p>Poll the mailboxes of ruad.conf(5): <code>ruad -1"
		    "</code><br>Read files: <code>ruactl import PATH</code>"
		    "</p>\n");
	else
		html_printf(h,
		    "<p>There are no reports%s%.253s in these days.</p><p>All "
		    "domains: <code>ruactl summary</code><br>Other days: "
		    "<code>--since</code>, <code>--until</code></p>\n",
		    page->facts.domain != NULL ? " about " : "",
		    page->facts.domain);
	html_printf(h, "</div>\n");
	return 0;
}

static int
write_page(struct page *page, struct err *err)
{
	size_t i;

	write_head(page);
	if (write_empty(page, err) == -1)
		return -1;
	for (i = 0; i < NPANELS; i++)
		if (panels[i].write != NULL && panels[i].write(page, err) == -1)
			return -1;
	html_printf(&page->html,
	    "</main>\n<footer><p>Made by ruactl %s from what receivers "
	    "reported. Days are of UTC; shares are rounded down.</p></footer>"
	    "\n",
	    RUAD_VERSION);
	html_end(&page->html);
	return 0;
}

/* Everything is of one moment, whatever ruad stores meanwhile. */
static int
make_page(struct page *page, const struct period_choice *choice,
    const char *domain, struct err *err)
{
	struct period period;
	int64_t nothing;

	if (query_one_int(page->db, "BEGIN", &nothing, err) == -1 ||
	    period_find(&period, choice, DAYS, PERIOD_OF_REPORTS, page->db,
	        domain, err) == -1)
		return -1;
	if (period.text[0] == '\0' &&
	    period_find(&period, choice, DAYS, PERIOD_OF_TLS, page->db, domain,
	        err) == -1)
		return -1;
	page->now = io_time();
	if (facts_load(&page->facts, page->db, &period, domain, err) == -1 ||
	    page_load_verdicts(page, err) == -1)
		return -1;
	return write_page(page, err);
}

int
page_write(struct buf *out, struct query_db *db,
    const struct period_choice *choice, const char *domain, struct err *err)
{
	struct page page = { .db = db };
	int rc;

	if ((rc = make_page(&page, choice, domain, err)) == 0)
		buf_add(out, page.html.out.at, page.html.out.len);
	facts_done(&page.facts);
	ready_done(&page.ready);
	arena_done(&page.text);
	buf_done(&page.html.out);
	return rc;
}
