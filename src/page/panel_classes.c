/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/chart.h"
#include "page/panel.h"

/* In the order of the page. */
static const struct {
	enum source_class class;
	const char *meaning;
} kinds[] = {
	{ SOURCE_COMPLIANT, "DKIM or SPF passed for the domain." },
	{ SOURCE_KNOWN,
	    "Failed, and came from a sender that you named as your own or as a "
	    "service: fix these." },
	{ SOURCE_FORWARDED,
	    "Failed, and the receiver or you say that it was forwarded." },
	{ SOURCE_HOSTILE, "Failed, and you named the sender hostile." },
	{ SOURCE_UNKNOWN,
	    "Failed, and nobody vouches for the source: forged, or a sender "
	    "you have not named yet." },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct chart_series series[NKINDS] = {
	{ "c-both", "Compliant" },
	{ "c-known", "Known, not compliant" },
	{ "c-forwarded", "Forwarded" },
	{ "c-hostile", "Hostile" },
	{ "c-unknown", "Unknown" },
};

int
panel_classes(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Kind", "#Messages", "#Share",
		"-What it is", NULL };
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char share[HTML_SHARE], count[HTML_COUNT];
	int64_t n[NKINDS];
	size_t i;

	(void)err;
	if (c->messages == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	if (c->fail == 0)
		html_lead(h, "Nothing failed.");
	else
		html_lead(h,
		    "Of %s, %'" PRId64 " came from senders you named, %'" PRId64
		    " were forwarded, %'" PRId64
		    " came from hostile and %'" PRId64 " from unknown sources.",
		    html_count(
		        count, c->fail, "failing message", "failing messages"),
		    c->classes[SOURCE_KNOWN], c->classes[SOURCE_FORWARDED],
		    c->classes[SOURCE_HOSTILE], c->classes[SOURCE_UNKNOWN]);
	for (i = 0; i < NKINDS; i++)
		n[i] = c->classes[kinds[i].class];
	chart_bar(h, series, n, NKINDS);
	html_table(h, "Messages by kind", heads);
	for (i = 0; i < NKINDS; i++)
		html_printf(h,
		    "<tr><th scope=\"row\"><svg width=\"12\" height=\"12\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"12\" "
		    "height=\"12\"/></svg> %s<span class=\"note "
		    "narrow\">%s</span>"
		    "</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td><td class=\"prose w\">%s</td>"
		    "</tr>\n",
		    series[i].class, series[i].name, kinds[i].meaning, n[i],
		    html_share(share, n[i], c->messages), kinds[i].meaning);
	html_table_end(h);
	return 1;
}
