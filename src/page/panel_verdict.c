/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "answer/advice.h"
#include "answer/ready.h"
#include "answer/scope.h"
#include "base/text.h"
#include "page/chart.h"
#include "page/panel.h"

#define DOMAINS 50
#define READY_ROWS 20

static const struct chart_series lost[] = {
	{ "c-known", "of senders you named" },
	{ "c-forwarded", "forwarded" },
	{ "c-unknown", "of unknown sources" },
};

static int
load_rows(struct page *page, const struct period *period, struct err *err)
{
	struct page_verdict *v;
	struct query *q;
	int rc;

	if (scope_query(
	        &q, page->db, ready_sql, period, page->facts.domain, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		v = array_add(&page->verdicts, sizeof(*v));
		v->domain = page_keep(page, query_text(q, READY_DOMAIN));
		map_number(&page->verdict_names, v->domain, strlen(v->domain));
		v->policy = page_keep(page, query_text(q, READY_POLICY));
		v->verdict = page_keep(page, query_text(q, READY_VERDICT));
		v->days = query_int(q, READY_DAYS_SEEN);
		v->reporters = query_int(q, READY_REPORTERS);
		v->messages = query_int(q, READY_MESSAGES);
		v->known = query_int(q, READY_KNOWN);
		v->forwarded = query_int(q, READY_FORWARDED);
		v->unknown = query_int(q, READY_UNKNOWN);
		v->first_class = page_keep(
		    page, query_text(q, READY_FIRST_CLASS));
		v->first_ip = page_keep(page, query_text(q, READY_FIRST_IP));
		v->first_who = page_keep(page, query_text(q, READY_FIRST_WHO));
		v->first_cause = page_keep(
		    page, query_text(q, READY_FIRST_CAUSE));
		v->first_messages = query_int(q, READY_FIRST_MESSAGES);
	}
	query_free(q);
	return rc;
}

int
page_load_verdicts(struct page *page, struct err *err)
{
	struct period period = page->facts.period;
	int64_t first = period.last - (READY_DAYS - 1) * (int64_t)PERIOD_DAY;
	int64_t named = 0;

	if (period.first < first)
		period.first = first;
	if (query_one_int(page->db,
	        "SELECT count(*) FROM sender WHERE kind IN ('own', 'service')",
	        &named, err) == -1 ||
	    load_rows(page, &period, err) == -1)
		return -1;
	page->named = named > 0;
	return 0;
}

static const struct page_verdict *
verdict_of(struct page *page, const char *domain)
{
	const size_t len = strlen(domain);

	if (!map_has(&page->verdict_names, domain, len))
		return NULL;
	return (const struct page_verdict *)page->verdicts.at +
	    map_number(&page->verdict_names, domain, len);
}

static bool
is_reject(const struct page_verdict *v)
{
	return v->policy != NULL && strcmp(v->policy, "reject") == 0;
}

enum standing {
	NO_DATA,
	FIX,
	READY,
	PROTECTED,
};

static enum standing
standing_of(const struct page_verdict *v)
{
	if (v == NULL || strncmp(v->verdict, "too", 3) == 0)
		return NO_DATA;
	if (v->known > 0)
		return FIX;
	return is_reject(v) ? PROTECTED : READY;
}

static bool
forwarding_suffers(const struct page_verdict *v)
{
	return v != NULL && strstr(v->verdict, "forwarded") != NULL;
}

static void
write_badge(struct html *h, const struct page_verdict *v)
{
	switch (standing_of(v)) {
	case NO_DATA:
		html_printf(h, "<span class=\"badge wait\">\u2026 %s</span>",
		    v == NULL ? "no recent reports" : "too little data");
		break;
	case FIX:
		html_printf(h, "<span class=\"badge fix\">! %s</span>",
		    is_reject(v) ? "losing own mail"
		                 : "fix known senders first");
		break;
	case READY:
		html_printf(h,
		    "<span class=\"badge good\">\u2713 ready for p=reject"
		    "</span>");
		break;
	case PROTECTED:
		html_printf(
		    h, "<span class=\"badge good\">\u2713 protected</span>");
		break;
	}
}

static void
write_reason(struct html *h, const struct page_verdict *v)
{
	char count[HTML_COUNT], reporters[HTML_COUNT];

	switch (standing_of(v)) {
	case NO_DATA:
		if (v == NULL)
			html_printf(
			    h, "No reports in the last %d days.", READY_DAYS);
		else
			html_printf(h,
			    "%s by %s; a verdict needs 14 days by 3.",
			    html_count(count, v->days, "day", "days"),
			    html_count(reporters, v->reporters, "reporter",
			        "reporters"));
		break;
	case FIX:
		html_printf(h, "%s of senders you named failed.",
		    html_count(count, v->known, "message", "messages"));
		break;
	case READY:
	case PROTECTED:
		html_printf(h, "Nothing of the senders you named failed.");
		break;
	}
	if (forwarding_suffers(v))
		html_printf(h, " Forwarded mail suffers.");
}

struct listed {
	const struct facts_domain *domain;
	const char *name;
	const struct page_verdict *verdict;
};

/* What is to be fixed, then the most messages. */
static int
compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	const bool fix_x = standing_of(x->verdict) == FIX;
	const bool fix_y = standing_of(y->verdict) == FIX;

	if (fix_x != fix_y)
		return fix_x ? -1 : 1;
	if (x->domain->messages != y->domain->messages)
		return x->domain->messages < y->domain->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
write_domain(struct page *page, const struct listed *one)
{
	const struct facts_domain *d = one->domain;
	const struct page_verdict *v = one->verdict;
	struct html *h = &page->html;
	char share[HTML_SHARE];

	html_printf(h,
	    "<tr><th scope=\"row\">%.253s</th><td class=\"s\">%s</td><td>",
	    one->name, v == NULL || v->policy == NULL ? "-" : v->policy);
	write_badge(h, v);
	if (standing_of(v) < READY || forwarding_suffers(v)) {
		html_printf(h, "<span class=\"note\">");
		write_reason(h, v);
		html_printf(h, "</span>");
	}
	html_printf(h,
	    "</td><td class=\"n\">%'" PRId64 "</td><td class=\"n\">%s</td>"
	    "<td class=\"n\">%'" PRId64 "</td><td>",
	    d->messages, html_share(share, d->messages - d->fail, d->messages),
	    d->fail);
	chart_spark(h, &page->facts, d->bucket, d->bucket_fail);
	html_printf(h, "</td></tr>\n");
}

static void
write_domains(struct page *page)
{
	static const char *const heads[] = { "Domain", "Policy", "Verdict",
		"#Messages", "#Compliant", "#Failing", "Over time", NULL };
	const struct facts *f = &page->facts;
	const size_t n = f->domains.n;
	struct listed *list = xcalloc(n + 1, sizeof(*list));
	size_t i;

	for (i = 0; i < n; i++) {
		list[i].domain = (const struct facts_domain *)f->domains.at + i;
		list[i].name = map_key(&f->domain_names, i);
		list[i].verdict = verdict_of(page, list[i].name);
	}
	qsort(list, n, sizeof(*list), compare_listed);
	html_table(&page->html, "Verdict for each domain", heads);
	for (i = 0; i < n && i < DOMAINS; i++)
		write_domain(page, &list[i]);
	html_table_end(&page->html);
	free(list);
	if (n > DOMAINS)
		page_more(page, (int64_t)n - DOMAINS, "summary");
}

static void
write_figure(struct html *h, const char *what, const char *value)
{
	html_printf(h, "<div><dt>%s</dt><dd>%s</dd></div>\n", what, value);
}

static void
write_figures(struct page *page)
{
	const struct facts *f = &page->facts;
	const struct page_verdict *v = page->verdicts.at;
	struct html *h = &page->html;
	char share[HTML_SHARE], digits[TEXT_DIGITS];
	int64_t sources = 0;
	size_t i;

	for (i = 0; i < f->sources.n; i++)
		sources += ((struct facts_source *)f->sources.at)[i].messages >
		    0;
	html_printf(h, "<dl class=\"figures\">\n");
	write_figure(h, "Compliant",
	    html_share(share, f->messages - f->fail, f->messages));
	write_figure(h, "Messages", text_group_digits(f->messages, digits));
	write_figure(h, "Failing", text_group_digits(f->fail, digits));
	write_figure(h, "Sources", text_group_digits(sources, digits));
	write_figure(
	    h, "Reporters", text_group_digits((int64_t)f->reporters.n, digits));
	if (f->domain != NULL && page->verdicts.n == 1)
		write_figure(
		    h, "Policy", v->policy != NULL ? v->policy : "not said");
	else
		write_figure(
		    h, "Reports", text_group_digits(f->reports, digits));
	html_printf(h, "</dl>\n");
}

static void
write_answer(struct page *page)
{
	const struct page_verdict *v = page->verdicts.at;
	struct html *h = &page->html;
	int count[PROTECTED + 1] = { 0 };
	size_t i;

	if (page->facts.domain != NULL && page->facts.domains.n == 1) {
		v = verdict_of(page, page->facts.domain);
		html_printf(h, "<p class=\"lead\">");
		write_badge(h, v);
		html_printf(h, " ");
		write_reason(h, v);
		html_printf(h, "</p>\n");
		return;
	}
	for (i = 0; i < page->verdicts.n; i++)
		count[standing_of(&v[i])]++;
	count[NO_DATA] += (int)(page->facts.domains.n - page->verdicts.n);
	html_printf(h,
	    "<p class=\"lead\">Of %d %s, %d protected by p=reject, %d ready "
	    "for it, %d to be fixed first, %d with too little data.</p>\n",
	    (int)page->facts.domains.n,
	    page->facts.domains.n == 1 ? "domain" : "domains", count[PROTECTED],
	    count[READY], count[FIX], count[NO_DATA]);
}

int
panel_verdict(struct page *page, struct err *err)
{
	struct html *h = &page->html;

	(void)err;
	html_section(h, "verdict", "Verdict");
	if (page->facts.domains.n == 0) {
		html_printf(h,
		    "<p class=\"lead\">There are no reports%s%s to judge by."
		    "</p>\n",
		    page->facts.domain != NULL ? " about " : "",
		    page->facts.domain);
		html_section_end(h);
		return 0;
	}
	write_answer(page);
	write_figures(page);
	if (page->facts.domain == NULL)
		write_domains(page);
	html_printf(h,
	    "<p class=\"note\">Verdicts look at the last %d days, figures at "
	    "all days of this page. Compliant: DKIM or SPF passed for the "
	    "domain in From:.</p>\n",
	    READY_DAYS);
	if (!page->named)
		html_printf(h,
		    "<p class=\"note\">No sender has a name yet, so a verdict "
		    "cannot tell your mail from forged mail. Name yours: "
		    "<code>ruactl sender add</code></p>\n");
	html_section_end(h);
	return 0;
}

/* --- readiness ------------------------------------------------------------ */

static void
write_first(struct html *h, const struct page_verdict *v)
{
	char count[HTML_COUNT];

	if (v->first_class == NULL) {
		html_printf(h, "Nothing failed.");
	} else {
		if (strcmp(v->first_class, "known") == 0)
			html_printf(h, "Fix ");
		else if (strcmp(v->first_class, "forwarded") == 0)
			html_printf(h, "Look at the forwarder ");
		else
			html_printf(h, "See whether this is yours: ");
		html_printf(h, "<b>%s</b>",
		    v->first_who != NULL      ? v->first_who
		        : v->first_ip != NULL ? v->first_ip
		                              : "no address");
		if (v->first_who != NULL && v->first_ip != NULL)
			html_printf(h, " (%s)", v->first_ip);
		html_printf(h, ", %s: %s.",
		    html_count(count, v->first_messages, "message", "messages"),
		    advice_what(v->first_cause));
	}
	if (standing_of(v) == READY)
		html_printf(h, " Then publish p=reject.");
}

static void
write_ready(struct html *h, const struct page_verdict *v)
{
	const int64_t parts[] = { v->known, v->forwarded, v->unknown };
	int64_t all = 0;
	int i;

	for (i = 0; i < 3; i++)
		facts_add(&all, parts[i]);
	html_printf(h,
	    "<tr><th scope=\"row\">%.253s<span class=\"note narrow\">",
	    v->domain);
	write_first(h, v);
	html_printf(h, "</span></th>");
	for (i = 0; i < 3; i++)
		html_printf(h, "<td class=\"n\">%'" PRId64 "</td>", parts[i]);
	html_printf(h, "<td class=\"w wide\">");
	if (all > 0)
		chart_bar(h, lost, parts, 3);
	html_printf(h, "</td><td class=\"prose w\">");
	write_first(h, v);
	html_printf(h, "</td></tr>\n");
}

int
panel_readiness(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Domain", "#Named", "#Forwarded",
		"#Unknown", "-Shares", "-First thing to do", NULL };
	const struct page_verdict *v = page->verdicts.at;
	struct html *h = &page->html;
	int64_t sums[4] = { 0 };
	size_t i;

	(void)err;
	html_section(h, "readiness", "Readiness for p=reject");
	for (i = 0; i < page->verdicts.n; i++) {
		facts_add(&sums[0], v[i].messages);
		facts_add(&sums[1], v[i].known);
		facts_add(&sums[2], v[i].forwarded);
		facts_add(&sums[3], v[i].unknown);
	}
	if (page->verdicts.n == 0) {
		html_printf(h,
		    "<p class=\"lead\">No reports in the last %d days: nothing "
		    "can be said.</p>\n",
		    READY_DAYS);
		html_section_end(h);
		return 0;
	}
	html_printf(h,
	    "<p class=\"lead\">Of %'" PRId64 " messages in the last %d days, "
	    "p=reject would have stopped %'" PRId64
	    " of senders you named, %'" PRId64 " forwarded ones and %'" PRId64
	    " of unknown sources.</p>\n",
	    sums[0], READY_DAYS, sums[1], sums[2], sums[3]);
	chart_legend(h, lost, 3);
	html_table(h, "What p=reject would have stopped, in messages", heads);
	for (i = 0; i < page->verdicts.n && i < READY_ROWS; i++)
		write_ready(h, &v[i]);
	html_table_end(h);
	if (page->verdicts.n > READY_ROWS)
		page_more(
		    page, (int64_t)page->verdicts.n - READY_ROWS, "ready");
	html_section_end(h);
	return 0;
}
