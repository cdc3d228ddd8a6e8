/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/cause.h"
#include "page/chart.h"
#include "page/panel.h"

#define DOMAINS 20

static const struct chart_series lost[] = {
	{ "c-known", "from senders you named" },
	{ "c-forwarded", "forwarded" },
	{ "c-unknown", "from unknown sources" },
};

static void
write_first(struct html *h, const struct ready *r)
{
	char count[HTML_COUNT];

	html_printf(h, "%s", ready_first_task(r));
	if (r->first_class != SOURCE_COMPLIANT) {
		html_printf(h, " <b>%s</b>",
		    r->first_who != NULL      ? r->first_who
		        : r->first_ip != NULL ? r->first_ip
		                              : "no address");
		if (r->first_who != NULL && r->first_ip != NULL)
			html_printf(h, " (%s)", r->first_ip);
		html_printf(h, ", %s: %s.",
		    html_count(count, r->first_messages, "message", "messages"),
		    cause_what(r->first_cause));
	}
	if (ready_standing(r) == READY_TO_REJECT)
		html_printf(h, " Then publish p=reject.");
}

static void
write_ready(struct html *h, const struct ready *r)
{
	const int64_t parts[] = { r->lose_known, r->lose_forwarded,
		r->stop_unknown };
	int64_t all = 0;
	int i;

	for (i = 0; i < 3; i++)
		counts_add(&all, parts[i]);
	html_printf(h,
	    "<tr><th scope=\"row\">%.253s<span class=\"note narrow\">",
	    r->domain);
	write_first(h, r);
	html_printf(h, "</span></th>");
	for (i = 0; i < 3; i++)
		html_printf(h, "<td class=\"n\">%'" PRId64 "</td>", parts[i]);
	html_printf(h, "<td class=\"w wide\">");
	if (all > 0)
		chart_bar(h, lost, parts, 3);
	html_printf(h, "</td><td class=\"prose w\">");
	write_first(h, r);
	html_printf(h, "</td></tr>\n");
}

int
panel_readiness(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Domain", "#Named", "#Forwarded",
		"#Unknown", "-Shares", "-First thing to do", NULL };
	const struct ready *r = p->ready.rows.at;
	struct html *h = &p->html;
	int64_t sums[4] = { 0 };
	size_t i;

	(void)err;
	if (p->ready.rows.n == 0) {
		html_lead(h,
		    "No reports in the last %d days, so there is no verdict.",
		    RULE_READY_DAYS);
		return 0;
	}
	for (i = 0; i < p->ready.rows.n; i++) {
		counts_add(&sums[0], r[i].messages);
		counts_add(&sums[1], r[i].lose_known);
		counts_add(&sums[2], r[i].lose_forwarded);
		counts_add(&sums[3], r[i].stop_unknown);
	}
	html_lead(h,
	    "Of %'" PRId64 " messages in the last %d days, p=reject would have "
	    "stopped %'" PRId64 " from senders you named, %'" PRId64
	    " forwarded ones and %'" PRId64 " from unknown sources.",
	    sums[0], RULE_READY_DAYS, sums[1], sums[2], sums[3]);
	chart_legend(h, lost, 3);
	html_table(h, "What p=reject would have stopped, in messages", heads);
	for (i = 0; i < p->ready.rows.n && i < DOMAINS; i++)
		write_ready(h, &r[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)p->ready.rows.n - DOMAINS, "ready");
	return 1;
}
