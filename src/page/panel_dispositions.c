/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "page/chart.h"
#include "page/panel.h"

#define OVERRIDES 12

static const struct chart_series dispositions[COUNTS_DISPOSITIONS] = {
	[COUNTS_NONE] = { "c-none", "delivered as usual" },
	[COUNTS_QUARANTINE] = { "c-quarantine", "quarantined" },
	[COUNTS_REJECT] = { "c-reject", "rejected" },
	[COUNTS_OTHER] = { "c-unsaid", "not stated" },
};

static int
compare_overrides(const void *a, const void *b)
{
	const struct counts_override *x = a, *y = b;
	int types;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	types = strcmp(x->type, y->type);
	return types != 0 ? types : strcmp(x->org, y->org);
}

static void
write_overrides(struct panel *p, struct counts_override *o, size_t n)
{
	struct html *h = &p->html;
	static const char *const heads[] = { "Reason", "-Meaning", "Reporter",
		"-Comment", "#Messages", NULL };
	size_t i;

	html_printf(h, "<h3>Why receivers did not apply the policy</h3>\n");
	if (n == 0) {
		html_printf(h, "<p>No receiver gave a reason.</p>\n");
		return;
	}
	qsort(o, n, sizeof(*o), compare_overrides);
	html_table(h, "Overrides, most messages first", heads);
	for (i = 0; i < n && i < OVERRIDES; i++) {
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"w\">%s</td>"
		    "<td>",
		    o[i].type, cause_of_override(o[i].type, false));
		html_link(h, HTML_REPORTER, p->counts.domain, o[i].org);
		html_printf(h,
		    "</td><td class=\"w\">%s</td><td "
		    "class=\"n\">%'" PRId64 "</td></tr>\n",
		    o[i].comment[0] != '\0' ? o[i].comment : "-",
		    o[i].messages);
	}
	html_table_end(h);
	panel_write_more(p, (int64_t)n - OVERRIDES, "query overrides");
}

static void
write_dispositions(struct html *h, const struct counts *c)
{
	static const char *const heads[] = { "What receivers did",
		"#Failing mail", "#Share", "#-Compliant mail", NULL };
	int64_t failed[COUNTS_DISPOSITIONS];
	char share[HTML_SHARE];
	int i;

	for (i = 0; i < COUNTS_DISPOSITIONS; i++)
		failed[i] = c->disposition[i][1];
	if (c->fail > 0)
		chart_bar(h, dispositions, failed, COUNTS_DISPOSITIONS);
	html_table(h, "Dispositions, in messages", heads);
	for (i = 0; i < COUNTS_DISPOSITIONS; i++) {
		html_printf(h, "<tr><th scope=\"row\">");
		chart_swatch(h, dispositions[i].class);
		html_printf(h,
		    " %s</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td><td class=\"n w\">%'" PRId64
		    "</td></tr>\n",
		    dispositions[i].name, failed[i],
		    html_share(share, failed[i], c->fail),
		    c->disposition[i][0]);
	}
	html_table_end(h);
}

int
panel_dispositions(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char reject[HTML_SHARE], quarantine[HTML_SHARE], none[HTML_SHARE];

	(void)err;
	if (c->messages == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	if (c->fail == 0)
		html_lead(h, "Nothing failed.");
	else
		html_lead(h,
		    "Of the mail that failed, receivers rejected %s, "
		    "quarantined %s and delivered %s.",
		    html_share(
		        reject, c->disposition[COUNTS_REJECT][1], c->fail),
		    html_share(quarantine, c->disposition[COUNTS_QUARANTINE][1],
		        c->fail),
		    html_share(none, c->disposition[COUNTS_NONE][1], c->fail));
	write_dispositions(h, c);
	write_overrides(p, c->overrides.items.at, c->overrides.items.n);
	return 1;
}
