/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
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

int
page_load_verdicts(struct page *page, struct err *err)
{
	struct period period = page->facts.period;
	int64_t first = period.last -
	    (RULE_READY_DAYS - 1) * (int64_t)PERIOD_DAY;

	if (period.first < first)
		period.first = first;
	if (ready_has_senders(page->db, &page->named, err) == -1)
		return -1;
	return ready_load(
	    &page->ready, page->db, &period, page->facts.domain, NULL, err);
}

static void
write_badge(struct html *h, const struct ready *r)
{
	static const char *const badges[READY_STANDINGS][2] = {
		[READY_NO_VERDICT] = { "wait", "\u2026" },
		[READY_LOSING] = { "fix", "!" },
		[READY_FIX] = { "fix", "!" },
		[READY_TO_REJECT] = { "good", "\u2713" },
		[READY_PROTECTED] = { "good", "\u2713" },
	};
	const char *const *badge = badges[ready_standing(r)];

	html_printf(h, "<span class=\"badge %s\">%s %s</span>", badge[0],
	    badge[1], ready_standing_title(r));
}

static void
write_reason(struct html *h, const struct ready *r)
{
	struct buf reason = { 0 };

	ready_add_reason(&reason, r);
	html_text(h, buf_str(&reason));
	buf_done(&reason);
}

struct listed {
	const struct facts_domain *domain;
	const char *name;
	const struct ready *verdict;
};

static bool
is_to_fix(const struct ready *r)
{
	return r != NULL && r->verdict == READY_FIX_SENDERS;
}

/* What is to be fixed, then the most messages. */
static int
compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	const bool fix_x = is_to_fix(x->verdict), fix_y = is_to_fix(y->verdict);

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
	const struct ready *v = one->verdict;
	struct html *h = &page->html;
	char share[HTML_SHARE];

	html_printf(h,
	    "<tr><th scope=\"row\">%.253s</th><td class=\"s\">%s</td><td>",
	    one->name, v == NULL || v->policy == NULL ? "-" : v->policy);
	write_badge(h, v);
	if (v == NULL || v->verdict != READY_YES ||
	    ready_is_hard_on_forwarding(v)) {
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
		list[i].verdict = ready_find(&page->ready, list[i].name);
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
	const struct ready *v = page->ready.rows.at;
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
	if (f->domain != NULL && page->ready.rows.n == 1)
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
	const struct ready *v = page->ready.rows.at;
	struct html *h = &page->html;
	int count[READY_STANDINGS] = { 0 };
	size_t i;

	if (page->facts.domain != NULL && page->facts.domains.n == 1) {
		v = ready_find(&page->ready, page->facts.domain);
		html_printf(h, "<p class=\"lead\">");
		write_badge(h, v);
		html_printf(h, " ");
		write_reason(h, v);
		html_printf(h, "</p>\n");
		return;
	}
	for (i = 0; i < page->ready.rows.n; i++)
		count[ready_standing(&v[i])]++;
	count[READY_NO_VERDICT] += (int)(page->facts.domains.n -
	    page->ready.rows.n);
	html_printf(h,
	    "<p class=\"lead\">Of %d %s, %d protected by p=reject, %d ready "
	    "for it, %d to be fixed first, %d with too little data.</p>\n",
	    (int)page->facts.domains.n,
	    page->facts.domains.n == 1 ? "domain" : "domains",
	    count[READY_PROTECTED], count[READY_TO_REJECT],
	    count[READY_FIX] + count[READY_LOSING], count[READY_NO_VERDICT]);
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
	    RULE_READY_DAYS);
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
write_first(struct html *h, const struct ready *v)
{
	char count[HTML_COUNT];

	if (v->first_class == SOURCE_COMPLIANT) {
		html_printf(h, "Nothing failed.");
	} else {
		if (v->first_class == SOURCE_KNOWN)
			html_printf(h, "Fix ");
		else if (v->first_class == SOURCE_FORWARDED)
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
		    cause_what(v->first_cause));
	}
	if (ready_standing(v) == READY_TO_REJECT)
		html_printf(h, " Then publish p=reject.");
}

static void
write_ready(struct html *h, const struct ready *v)
{
	const int64_t parts[] = { v->lose_known, v->lose_forwarded,
		v->stop_unknown };
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
	const struct ready *v = page->ready.rows.at;
	struct html *h = &page->html;
	int64_t sums[4] = { 0 };
	size_t i;

	(void)err;
	html_section(h, "readiness", "Readiness for p=reject");
	for (i = 0; i < page->ready.rows.n; i++) {
		facts_add(&sums[0], v[i].messages);
		facts_add(&sums[1], v[i].lose_known);
		facts_add(&sums[2], v[i].lose_forwarded);
		facts_add(&sums[3], v[i].stop_unknown);
	}
	if (page->ready.rows.n == 0) {
		html_printf(h,
		    "<p class=\"lead\">No reports in the last %d days: nothing "
		    "can be said.</p>\n",
		    RULE_READY_DAYS);
		html_section_end(h);
		return 0;
	}
	html_printf(h,
	    "<p class=\"lead\">Of %'" PRId64 " messages in the last %d days, "
	    "p=reject would have stopped %'" PRId64
	    " of senders you named, %'" PRId64 " forwarded ones and %'" PRId64
	    " of unknown sources.</p>\n",
	    sums[0], RULE_READY_DAYS, sums[1], sums[2], sums[3]);
	chart_legend(h, lost, 3);
	html_table(h, "What p=reject would have stopped, in messages", heads);
	for (i = 0; i < page->ready.rows.n && i < READY_ROWS; i++)
		write_ready(h, &v[i]);
	html_table_end(h);
	if (page->ready.rows.n > READY_ROWS)
		page_more(
		    page, (int64_t)page->ready.rows.n - READY_ROWS, "ready");
	html_section_end(h);
	return 0;
}
