/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The published policy, as most reports of a day saw it: reporters look at
 * different hours, and leave out what is the default.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "page/panel.h"
#include "page/policies.h"

#define CHANGES 24

/* Days in a row with one policy. */
struct policy_span {
	const char *domain;
	const struct policy *policy;
	int64_t first, last;
	bool change; /* another one came before */
};

/* --- spans ---------------------------------------------------------------- */

static void
find_spans(struct array *spans, const struct policies *all)
{
	const struct policy *policy = all->all.items.at;
	const struct policy_day *s = all->days.items.at;
	struct policy_span *last = NULL;
	bool is_same_domain;
	size_t i;

	for (i = 0; i < all->days.items.n; i++) {
		is_same_domain = last != NULL && last->domain == s[i].domain;
		if (is_same_domain && last->last == s[i].day)
			continue; /* what fewer reports saw that day */
		if (!is_same_domain || last->policy != policy + s[i].policy) {
			last = array_add(spans, sizeof(*last));
			*last = (struct policy_span) { .domain = s[i].domain,
				.policy = policy + s[i].policy,
				.first = s[i].day,
				.change = is_same_domain };
		}
		last->last = s[i].day;
	}
}

/* Newest first. */
static int
compare_spans(const void *a, const void *b)
{
	const struct policy_span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? 1 : -1;
	return strcmp(x->domain, y->domain);
}

static const char *
mode(const char *word)
{
	return strcmp(word, "s") == 0 ? "strict" : "relaxed";
}

static void
write_span(struct html *h, const struct policy_span *s)
{
	const char *const *text = s->policy->text;

	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_DOMAIN, s->domain, NULL);
	html_printf(h,
	    "</th><td class=\"s\">%s%s</td>"
	    "<td class=\"s w\">%s</td><td class=\"n w\">%s%%</td>"
	    "<td class=\"s m\">%s</td><td class=\"s m\">%s</td>"
	    "<td class=\"n\">%s",
	    text[POLICY_P],
	    strcmp(text[POLICY_TESTING], "y") == 0 ? " (testing)" : "",
	    text[POLICY_SP], text[POLICY_PCT], mode(text[POLICY_ADKIM]),
	    mode(text[POLICY_ASPF]), s->change ? "" : "\u2264 ");
	html_link_day(h, s->domain, s->first);
	html_printf(h, "</td><td class=\"n w\">");
	html_link_day(h, s->domain, s->last);
	html_printf(h, "</td></tr>\n");
}

static void
write_policies(struct panel *p, struct policy_span *s, size_t n)
{
	static const char *const heads[] = { "Domain", "Policy (p)",
		"-Subdomains (sp)", "#-Applied to (pct)", "=DKIM", "=SPF",
		"#From", "#-To", NULL };
	struct html *h = &p->html;
	char count[HTML_COUNT], date[HTML_DATE];
	int64_t changes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		changes += s[i].change;
	qsort(s, n, sizeof(*s), compare_spans);
	html_count(count, changes, "change", "changes");
	if (p->counts.domain != NULL)
		html_lead(h, "p=%s since %s%s; %s in this period.",
		    s[0].policy->text[POLICY_P], html_date(date, s[0].first),
		    s[0].change ? "" : " or before", count);
	else
		html_lead(h, "%s in this period.", count);
	html_table(h, "Policies that receivers saw, newest first", heads);
	for (i = 0; i < n && i < CHANGES; i++)
		write_span(h, &s[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)n - CHANGES, "query policies");
}

int
panel_policy(struct panel *p, struct err *err)
{
	struct array spans = { NULL, 0, 0 };
	const int rc = p->counts.policies.days.items.n > 0;

	(void)err;
	policies_sort(&p->counts.policies);
	find_spans(&spans, &p->counts.policies);
	if (rc == 1)
		write_policies(p, spans.at, spans.n);
	else
		html_lead(&p->html, "No report contains a policy.");
	array_done(&spans);
	return rc;
}
