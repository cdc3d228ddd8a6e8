/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "answer/ready.h"
#include "answer/ready_words.h"
#include "base/mem.h"
#include "base/text.h"
#include "page/chart.h"
#include "page/verdict.h"

#define DOMAINS 50

static void
write_badge(struct html *h, const struct ready *r)
{
	static const char *const badges[READY_VERDICTS][2] = {
		[READY_TOO_LITTLE] = { "wait", "\u2026" },
		[READY_FIX_SENDERS] = { "fix", "!" },
		[READY_NAME_SENDERS] = { "wait", "?" },
		[READY_CHECK_UNKNOWN] = { "fix", "?" },
		[READY_QUARANTINE] = { "good", "\u2713" },
		[READY_YES] = { "good", "\u2713" },
		[READY_AT_RISK] = { "fix", "!" },
		[READY_PROTECTED] = { "good", "\u2713" },
	};
	const char *const
	    *badge = badges[r == NULL ? READY_TOO_LITTLE : r->verdict];

	html_printf(h, "<span class=\"badge %s\">%s %s%s</span>", badge[0],
	    badge[1], ready_headline(r),
	    r != NULL && r->is_thin ? ", on little data" : "");
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
	const struct counts_domain *domain;
	const char *name;
	const struct ready *ready;
};

static bool
is_to_fix(const struct ready *r)
{
	return r != NULL &&
	    (r->verdict == READY_FIX_SENDERS || r->verdict == READY_AT_RISK);
}

/* Domains to be fixed come first, then those with most messages. */
static int
compare_listed(const void *a, const void *b)
{
	const struct listed *x = a, *y = b;
	const bool fix_x = is_to_fix(x->ready), fix_y = is_to_fix(y->ready);

	if (fix_x != fix_y)
		return fix_x ? -1 : 1;
	if (x->domain->messages != y->domain->messages)
		return x->domain->messages < y->domain->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
write_domain(struct panel *p, const struct listed *one)
{
	const struct counts_domain *d = one->domain;
	const struct ready *r = one->ready;
	const char *policy = r != NULL && r->policy != NULL ? r->policy : "-";
	struct html *h = &p->html;
	char share[HTML_SHARE];

	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_DOMAIN, one->name, NULL);
	html_printf(h,
	    "<span class=\"note narrow\">p=%s</span></th><td class=\"s "
	    "w\">%s</td><td>",
	    policy, policy);
	write_badge(h, r);
	if (r == NULL ||
	    (r->verdict != READY_YES && r->verdict != READY_PROTECTED)) {
		html_printf(h, "<span class=\"note\">");
		write_reason(h, r);
		html_printf(h, "</span>");
	}
	html_printf(h,
	    "</td><td class=\"n w\">%'" PRId64 "</td><td class=\"n w\">%s"
	    "</td><td class=\"n\">%'" PRId64 "</td><td class=\"m\">",
	    d->messages, html_share(share, d->messages - d->fail, d->messages),
	    d->fail);
	chart_spark(h, &p->counts.time, d->column, d->column_fail);
	html_printf(h, "</td></tr>\n");
}

static void
write_domains(struct panel *p)
{
	static const char *const heads[] = { "Domain", "-Policy", "Verdict",
		"#-Messages", "#-Compliant", "#Failing", "=Over time", NULL };
	const struct counts *c = &p->counts;
	const struct counts_domain *domains = c->domains.items.at;
	const size_t n = c->domains.items.n;
	struct listed *list = xcalloc(n + 1, sizeof(*list));
	size_t i;

	for (i = 0; i < n; i++) {
		list[i].domain = &domains[i];
		list[i].name = map_key(&c->domains, i);
		list[i].ready = ready_find(&p->ready, list[i].name);
	}
	qsort(list, n, sizeof(*list), compare_listed);
	html_table(&p->html, "Verdict for each domain", heads);
	for (i = 0; i < n && i < DOMAINS; i++)
		write_domain(p, &list[i]);
	html_table_end(&p->html);
	free(list);
	panel_write_more(p, (int64_t)n - DOMAINS, "summary");
}

/* What the figures are of, and what they are compared with. */
static void
write_notes(struct panel *p)
{
	const struct counts *c = &p->counts;
	const struct period *period = &c->period;
	const int64_t days = (period->last - period->first) / PERIOD_DAY + 1;
	char first[HTML_DATE], last[HTML_DATE], count[HTML_COUNT];

	html_printf(&p->html,
	    "<p class=\"note\">Verdicts cover the last %d days, figures all "
	    "days of this page. Compliant means that DKIM or SPF passed for "
	    "the domain in From:.",
	    RULE_READY_DAYS);
	if (c->has_before)
		html_printf(&p->html, " Before: the %s from %s to %s.",
		    html_count(count, days, "day", "days"),
		    html_date(first, period->first - days * PERIOD_DAY),
		    html_date(last, period->first - PERIOD_DAY));
	html_printf(&p->html, "</p>\n");
}

/* Of one domain how it stands and what to do, of all how many stand how. */
static void
write_answer(struct panel *p)
{
	const struct ready *r;
	struct html *h = &p->html;

	if (p->counts.domain == NULL) {
		verdict_write_headline(p);
		return;
	}
	r = ready_find(&p->ready, p->counts.domain);
	html_printf(h, "<p class=\"lead\">");
	write_badge(h, r);
	html_printf(h, " ");
	write_reason(h, r);
	html_printf(h, "</p>\n");
}

int
panel_verdict(struct panel *p, struct err *err)
{
	const struct ready *r;
	struct html *h = &p->html;

	(void)err;
	if (p->counts.domains.items.n == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	write_answer(p);
	verdict_write_figures(p);
	if (p->counts.domain == NULL)
		write_domains(p);
	else if ((r = ready_find(&p->ready, p->counts.domain)) != NULL)
		verdict_write_todo(p, r);
	write_notes(p);
	return 1;
}
