/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/cause.h"
#include "base/sum.h"
#include "page/chart.h"
#include "page/panel.h"

#define SENDERS 3

/* Find the senders with the most messages of a cause; return how many. */
static size_t
find_senders(const struct panel *p, int cause, size_t found[static SENDERS])
{
	const struct sender *s = p->senders.senders.at;
	size_t i, k, n = 0;

	for (i = 0; i < p->senders.senders.n; i++) {
		if (s[i].counts.cause[cause] == 0)
			continue;
		for (k = n; k > 0 &&
		     s[i].counts.cause[cause] >
		         s[found[k - 1]].counts.cause[cause];
		     k--)
			if (k < SENDERS)
				found[k] = found[k - 1];
		if (k < SENDERS)
			found[k] = i;
		n += n < SENDERS;
	}
	return n;
}

/* "Most of it from Mailchimp (230) and 198.51.100.0/24 (40)." */
static void
write_senders(struct panel *p, int cause)
{
	const struct sender *s = p->senders.senders.at;
	const struct sender_domain *domains = p->senders.domains.at;
	struct html *h = &p->html;
	size_t found[SENDERS], i, n = find_senders(p, cause, found);
	const char *domain;
	bool is_link;

	html_printf(h, "<p class=\"say\">Most of it from ");
	for (i = 0; i < n; i++) {
		html_printf(h, "%s", i == 0 ? "" : i < n - 1 ? ", " : " and ");
		domain = domains[s[found[i]].domain].name;
		is_link = html_begin_target(
		    h, HTML_SENDER, domain, s[found[i]].who);
		if (!is_link &&
		    map_has(&p->detailed, &found[i], sizeof(found[i]))) {
			html_printf(
			    h, "<a href=\"#sender-%d\">", (int)found[i]);
			is_link = true;
		}
		html_printf(h, "%.253s%s", s[found[i]].who,
		    p->counts.domain == NULL ? " as " : "");
		if (p->counts.domain == NULL)
			html_printf(h, "%.253s", domain);
		html_end_link(h, is_link);
		html_printf(
		    h, " (%'" PRId64 ")", s[found[i]].counts.cause[cause]);
	}
	html_printf(h, ".</p>");
}

/* What to do: forwarded mail is no service's, and nobody's to fix. */
static void
write_todo(
    struct html *h, const struct cause *cause, int64_t forwarded, int64_t n)
{
	char count[HTML_COUNT];

	if (forwarded < n || cause->forwarded == NULL) {
		html_printf(h, "<p class=\"say\">");
		html_text(h, cause->todo);
		html_printf(h, "</p>");
	}
	if (forwarded == 0 || cause->forwarded == NULL)
		return;
	html_printf(h, "<p class=\"say\">");
	if (forwarded < n)
		html_printf(h, "%s of it %s forwarded. ",
		    html_count(count, forwarded, "message", "messages"),
		    forwarded == 1 ? "was" : "were");
	else
		html_printf(h, "All of it was forwarded. ");
	html_text(h, cause->forwarded);
	html_printf(h, "</p>");
}

static void
write_cause(struct panel *p, int i, const char *class, int64_t n, int64_t all)
{
	const struct cause *cause = &cause_list[i];
	struct html *h = &p->html;
	char share[HTML_SHARE], count[HTML_COUNT];

	html_printf(h,
	    "<div class=\"cause\"><h4>%s</h4><p class=\"count\">%s, %s</p>",
	    cause->what, html_count(count, n, "message", "messages"),
	    html_share(share, n, all));
	chart_meter(h, class, n, all);
	write_todo(h, cause, p->counts.sums.forwarded[i], n);
	if (p->counts.cause[i] > 0)
		write_senders(p, i);
	html_printf(h, "</div>\n");
}

/* Write those that have messages, most messages first. */
static void
write_causes(
    struct panel *p, const int64_t counts[], const char *class, int64_t all)
{
	bool done[CAUSE_COUNT] = { false };
	int i, largest;

	for (;;) {
		for (largest = -1, i = 0; i < CAUSE_COUNT; i++)
			if (!done[i] && counts[i] > 0 &&
			    (largest == -1 || counts[i] > counts[largest]))
				largest = i;
		if (largest == -1)
			return;
		done[largest] = true;
		write_cause(p, largest, class, counts[largest], all);
	}
}

int
panel_causes(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	int64_t weak[CAUSE_COUNT];
	int64_t sum = 0;
	char count[HTML_COUNT];
	int i, largest = 0;

	(void)err;
	for (i = 0; i < CAUSE_COUNT; i++) {
		weak[i] = strcmp(cause_list[i].word, "aligned") != 0
		    ? c->weak[i]
		    : 0;
		sum_add(&sum, weak[i]);
		if (c->cause[i] > c->cause[largest])
			largest = i;
	}
	if (c->fail == 0)
		html_lead(h, "Nothing failed.");
	else {
		html_lead(h, "%s failed. The main cause: %s.",
		    html_count(count, c->fail, "message", "messages"),
		    cause_list[largest].what);
		html_printf(h, "<h3>Why mail failed</h3>\n");
		write_causes(p, c->cause, "c-fail", c->fail);
		panel_write_command(p, "By sender", "failures");
	}
	if (sum > 0) {
		html_printf(h, "<h3>What passed by DKIM or SPF alone</h3>\n");
		write_causes(p, weak, "c-dkim", c->messages - c->fail);
	}
	return c->messages > 0;
}
