/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/cause.h"
#include "page/chart.h"
#include "page/panel.h"

static void
write_cause(struct html *h, const struct cause *cause, const char *class,
    int64_t n, int64_t all)
{
	char share[HTML_SHARE], count[HTML_COUNT];

	html_printf(h,
	    "<div class=\"cause\"><h4>%s</h4><p class=\"count\">%s, %s</p>",
	    cause->what, html_count(count, n, "message", "messages"),
	    html_share(share, n, all));
	chart_meter(h, class, n, all);
	html_printf(h, "<p>");
	html_text(h, cause->todo);
	html_printf(h, "</p></div>\n");
}

/* Write those that have messages, most messages first. */
static void
write_causes(
    struct html *h, const int64_t counts[], const char *class, int64_t all)
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
		write_cause(
		    h, &cause_list[largest], class, counts[largest], all);
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
		counts_add(&sum, weak[i]);
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
		write_causes(h, c->cause, "c-fail", c->fail);
		panel_write_command(p, "By source", "failures");
	}
	if (sum > 0) {
		html_printf(h, "<h3>What passed by DKIM or SPF alone</h3>\n");
		write_causes(h, weak, "c-dkim", c->messages - c->fail);
	}
	return c->messages > 0;
}
