/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/page.h"

#include <stdio.h>
#include <stdlib.h>

#include "answer/ready.h"
#include "base/io.h"
#include "page/banner.h"
#include "page/panel.h"

/* The panels, in the order of the page. */
static const struct {
	const char *id, *link, *title;
	int (*write)(struct panel *, struct err *);
} panels[] = {
	{ "verdict", "Verdict", "Verdict", panel_verdict },
	{ "compliance", "Compliance", "Compliance over time",
	    panel_compliance },
	{ "classes", "Kinds of mail", "Kinds of mail", panel_classes },
	{ "sources", "Sources", "Sources", panel_sources },
	{ "new", "New", "New this week", panel_new_sources },
	{ "causes", "Causes", "Causes", panel_causes },
	{ "readiness", "Readiness", "Readiness for p=reject", panel_readiness },
	{ "dispositions", "Dispositions", "Dispositions and overrides",
	    panel_dispositions },
	{ "keys", "DKIM keys", "DKIM keys", panel_keys },
	{ "reporters", "Reporters", "Reporters", panel_reporters },
	{ "subdomains", "Subdomains", "Subdomains", panel_subdomains },
	{ "policy", "Policy", "Published policy and changes", panel_policy },
	{ "tls", "TLS", "TLS over time", panel_tls },
	{ "failures", "Failures", "Failure samples", panel_failures },
	{ "health", "Collection", "Collection health", panel_collection },
};
#define NPANELS (sizeof(panels) / sizeof(panels[0]))

/*
 * Write the panels.  Where nobody has reported only those that have something
 * to show appear.
 */
static int
write_panels(struct panel *p, bool shown[NPANELS], struct err *err)
{
	struct html *h = &p->html;
	size_t i, start;
	int rc;

	for (i = 0; i < NPANELS; i++) {
		start = h->out.len;
		html_section(h, panels[i].id, panels[i].title);
		if ((rc = panels[i].write(p, err)) == -1)
			return -1;
		html_section_end(h);
		shown[i] = rc == 1 || p->counts.reports > 0;
		if (!shown[i])
			h->out.len = start;
	}
	return 0;
}

static void
write_links(struct html *h, const bool shown[NPANELS])
{
	size_t i;

	html_printf(h, "<nav aria-label=\"Panels\"><ul>\n");
	for (i = 0; i < NPANELS; i++)
		if (shown[i])
			html_printf(h, "<li><a href=\"#%s\">%s</a></li>\n",
			    panels[i].id, panels[i].link);
	html_printf(h, "</ul></nav>\n");
}

static void
write_head(struct html *h, const struct panel *p)
{
	const struct counts *c = &p->counts;
	const struct period *period = &c->period;
	char title[320], first[HTML_DATE], last[HTML_DATE], now[HTML_DATE];

	snprintf(title, sizeof(title), "DMARC report: %s",
	    c->domain != NULL ? c->domain : "all domains");
	html_begin(h, title);
	html_printf(h,
	    "<a class=\"skip\" href=\"#main\">To the report</a>\n<header>\n"
	    "<p class=\"kicker\">DMARC report</p>\n<h1>%.253s</h1>\n<p>",
	    c->domain != NULL ? c->domain : "All domains");
	if (period->text[0] != '\0')
		html_printf(h, "%s%s%s. ", html_day(first, period->first),
		    period->first < period->last ? " to " : "",
		    period->first < period->last ? html_day(last, period->last)
		                                 : "");
	if (c->reports > 0 && c->time.first > period->first)
		html_printf(
		    h, "Reports begin on %s. ", html_day(first, c->time.first));
	html_printf(h, "Made on %s.</p>\n</header>\n", html_day(now, p->now));
}

/* Find the newest report about a domain, if any: else period->text is "". */
static int
find_newest(
    struct panel *p, const char *domain, struct period *period, struct err *err)
{
	const struct period_choice none = { 0 };

	return period_find(
	    period, &none, 1, PERIOD_OF_REPORTS, p->db, domain, err);
}

/* Say what to do where there are no reports. */
static int
write_empty(struct html *h, struct panel *p, struct err *err)
{
	const char *domain = p->counts.domain;
	const struct period *period = &p->counts.period;
	const bool one_day = period->first == period->last;
	struct period newest, any;
	char first[HTML_DATE], last[HTML_DATE], date[HTML_DATE];

	if (find_newest(p, domain, &newest, err) == -1 ||
	    find_newest(p, NULL, &any, err) == -1)
		return -1;
	html_printf(h, "<p class=\"lead empty\">There are no DMARC reports");
	if (any.text[0] == '\0')
		html_printf(h,
		    " in the database yet: poll the mailboxes of ruad.conf(5) "
		    "with <code>ruad -1</code>, or read files with "
		    "<code>ruactl import PATH</code>.");
	else if (newest.text[0] == '\0')
		html_printf(h,
		    " about %.253s: ask receivers for them with "
		    "<code>rua=mailto:ADDRESS</code> in its DMARC record, or "
		    "see which domains have some with <code>ruactl "
		    "summary</code>.",
		    domain);
	else
		html_printf(h,
		    "%s%.253s %s %s%s%s: choose other days with "
		    "<code>--since</code> and <code>--until</code>; the newest "
		    "report is of %s.",
		    domain != NULL ? " about " : "", domain,
		    one_day ? "on" : "from", html_date(first, period->first),
		    one_day ? "" : " to ",
		    one_day ? "" : html_date(last, period->last),
		    html_date(date, newest.last));
	html_printf(h, "</p>\n");
	return 0;
}

/* Everything from the links to the panels on. */
static int
write_body(
    struct html *h, struct panel *p, const bool shown[NPANELS], struct err *err)
{
	if (p->counts.reports > 0)
		write_links(h, shown);
	html_printf(h, "<main id=\"main\">\n");
	if (banner_write(
	        h, p->db, p->counts.domain, p->counts.reports > 0, err) == -1)
		return -1;
	if (p->counts.reports == 0 && write_empty(h, p, err) == -1)
		return -1;
	buf_add(&h->out, p->html.out.at, p->html.out.len);
	html_printf(h, "</main>\n");
	return 0;
}

static void
write_foot(struct html *h)
{
	html_printf(h,
	    "<footer><p>Made by ruad %s from what receivers reported. "
	    "Days are in UTC; shares are rounded down.</p></footer>\n",
	    RUAD_VERSION);
	html_end(h);
}

static int
load_senders(struct panel *p, const struct period *period, const char *domain,
    struct err *err)
{
	const struct sender_question question = { .period = *period,
		.domain = domain,
		.by = SENDER_GROUPED,
		.keep = domain != NULL };

	p->senders.period = *period;
	if (period->text[0] == '\0')
		return 0; /* there is nothing */
	if (sender_list_load(&p->senders, p->db, &question, err) == -1)
		return -1;
	panel_choose_senders(p);
	return 0;
}

static int
load(struct panel *p, const struct period_choice *choice, const char *domain,
    struct err *err)
{
	struct period period;
	int64_t first;

	if (period_find(&period, choice, PAGE_DAYS, PERIOD_OF_REPORTS, p->db,
	        domain, err) == -1)
		return -1;
	if (period.text[0] == '\0' &&
	    period_find(&period, choice, PAGE_DAYS, PERIOD_OF_TLS, p->db,
	        domain, err) == -1)
		return -1;
	p->now = io_time();
	if (load_senders(p, &period, domain, err) == -1 ||
	    counts_load(
	        &p->counts, p->db, &p->senders, &p->wanted, domain, err) == -1)
		return -1;
	first = period.last - (RULE_READY_DAYS - 1) * (int64_t)PERIOD_DAY;
	if (period.first >= first && period.text[0] != '\0')
		return ready_load_from(
		    &p->ready, p->db, &p->senders, domain, err);
	if (period.first < first)
		period.first = first;
	return ready_load(&p->ready, p->db, &period, domain, err);
}

static void
done(struct panel *p)
{
	counts_done(&p->counts);
	sender_list_done(&p->senders);
	array_done(&p->failing.numbers);
	array_done(&p->clean.numbers);
	array_done(&p->new.numbers);
	array_done(&p->wanted);
	map_done(&p->detailed);
	ready_done(&p->ready);
	arena_done(&p->text);
	buf_done(&p->html.out);
}

int
page_write_body(struct html *h, struct query_db *db,
    const struct period_choice *choice, const char *domain, bool has_failures,
    struct err *err)
{
	struct panel p = {
		.db = db, .html.links = h->links, .has_failures = has_failures
	};
	bool shown[NPANELS];
	int rc = -1;

	if (load(&p, choice, domain, err) == 0 &&
	    write_panels(&p, shown, err) == 0)
		rc = write_body(h, &p, shown, err);
	done(&p);
	return rc;
}

int
page_write(struct buf *out, struct query_db *db,
    const struct period_choice *choice, const char *domain, struct err *err)
{
	struct panel p = { .db = db, .has_failures = true };
	struct html page = { 0 };
	bool shown[NPANELS];
	int64_t nothing;
	int rc = -1;

	/* Everything is of one moment, whatever ruad stores meanwhile. */
	if (query_one_int(db, "BEGIN", &nothing, err) == -1 ||
	    load(&p, choice, domain, err) == -1 ||
	    write_panels(&p, shown, err) == -1)
		goto out;
	write_head(&page, &p);
	if (write_body(&page, &p, shown, err) == -1)
		goto out;
	write_foot(&page);
	buf_add(out, page.out.at, page.out.len);
	rc = 0;
out:
	buf_done(&page.out);
	done(&p);
	return rc;
}
