/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_words.h"
#include "base/sum.h"
#include "page/chart.h"
#include "page/panel.h"

#define DOMAINS 20

static const struct chart_series lost[] = {
	{ "c-known", "lost: from senders you named" },
	{ "c-forwarded", "suffers: forwarded" },
	{ "c-hostile", "stopped: hostile" },
	{ "c-unknown", "unknown" },
};

static void
write_first(
    struct html *h, const struct ready_list *list, const struct ready *r)
{
	const struct ready_task *t = ready_tasks(list, r);
	struct buf task = { 0 };

	if (r->tasks == 0) {
		html_printf(h, "%s",
		    r->fail == 0 ? "Nothing failed." : "Nothing to do.");
		return;
	}
	html_printf(h, "%s",
	    t->kind == READY_TASK_FIX ? "First fix: "
	                              : "First find out whether it is yours: ");
	ready_add_task(&task, t);
	html_text(h, buf_str(&task));
	html_printf(h, ".");
	buf_done(&task);
}

static void
write_ready(
    struct html *h, const struct ready_list *list, const struct ready *r)
{
	const int64_t parts[] = { r->lost, r->suffers, r->stopped, r->unknown };
	int i;

	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_DOMAIN, r->domain, NULL);
	html_printf(h,
	    "<span class=\"note narrow\">%'" PRId64 " lost, %'" PRId64
	    " suffers, %'" PRId64 " stopped, %'" PRId64
	    " unknown</span><span class=\"note narrow\">",
	    parts[0], parts[1], parts[2], parts[3]);
	write_first(h, list, r);
	html_printf(
	    h, "</span></th><td class=\"n\">%'" PRId64 "</td>", r->fail);
	for (i = 0; i < 4; i++)
		html_printf(h, "<td class=\"n w\">%'" PRId64 "</td>", parts[i]);
	html_printf(h, "<td class=\"m wide\">");
	if (r->fail > 0)
		chart_bar(h, lost, parts, 4);
	html_printf(h, "</td><td class=\"prose w\">");
	write_first(h, list, r);
	html_printf(h, "</td></tr>\n");
}

static void
write_domains(struct panel *p)
{
	static const char *const heads[] = { "Domain", "#Failing", "#-Lost",
		"#-Suffers", "#-Stopped", "#-Unknown", "=Shares",
		"-First thing to do", NULL };
	const struct ready *r = p->ready.rows.at;
	struct html *h = &p->html;
	size_t i;

	html_table(h, "What p=reject would stop, in messages", heads);
	for (i = 0; i < p->ready.rows.n && i < DOMAINS; i++)
		write_ready(h, &p->ready, &r[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)p->ready.rows.n - DOMAINS, "ready");
}

int
panel_readiness(struct panel *p, struct err *err)
{
	const struct ready *r = p->ready.rows.at;
	struct html *h = &p->html;
	int64_t sums[6] = { 0 };
	size_t i;

	(void)err;
	if (p->ready.rows.n == 0) {
		html_lead(h,
		    "No reports in the last %d days, so there is no verdict.",
		    RULE_READY_DAYS);
		return 0;
	}
	for (i = 0; i < p->ready.rows.n; i++) {
		sum_add(&sums[0], r[i].messages);
		sum_add(&sums[1], r[i].fail);
		sum_add(&sums[2], r[i].lost);
		sum_add(&sums[3], r[i].suffers);
		sum_add(&sums[4], r[i].stopped);
		sum_add(&sums[5], r[i].unknown);
	}
	html_lead(h,
	    "Of %'" PRId64 " messages in the last %d days %'" PRId64
	    " failed, which p=reject would stop: %'" PRId64
	    " from senders you named, %'" PRId64 " forwarded, %'" PRId64
	    " from hostile and %'" PRId64 " from unknown senders.",
	    sums[0], RULE_READY_DAYS, sums[1], sums[2], sums[3], sums[4],
	    sums[5]);
	chart_legend(h, lost, 4);
	if (p->counts.domain == NULL)
		write_domains(p);
	else if (sums[1] > 0) /* the verdict has the rest */
		chart_bar(h, lost, &sums[2], 4);
	return 1;
}
