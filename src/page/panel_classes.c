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
	{ SOURCE_HOSTILE,
	    "Failed, and came from a sender that you named as hostile: "
	    "p=reject "
	    "is there to stop it." },
	{ SOURCE_UNKNOWN,
	    "Failed, and nobody judged the sender yet: forged, or yours and "
	    "not "
	    "named." },
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct chart_series series[NKINDS] = {
	{ "c-both", "Compliant" },
	{ "c-known", "Known" },
	{ "c-forwarded", "Forwarded" },
	{ "c-hostile", "Hostile" },
	{ "c-unknown", "Unknown" },
};

/* "Of 120 failing messages, 100 are known, 20 ...": the parts that there are.
 */
static void
write_lead(struct html *h, const struct counts *c)
{
	static const char *const words[SOURCE_CLASSES] = {
		[SOURCE_KNOWN] = "from senders you named",
		[SOURCE_FORWARDED] = "forwarded",
		[SOURCE_HOSTILE] = "hostile",
		[SOURCE_UNKNOWN] = "from unknown senders",
	};
	char count[HTML_COUNT];
	size_t i, left = 0, n = 0;

	for (i = 1; i < NKINDS; i++)
		left += c->sums.failed[kinds[i].class] > 0;
	html_printf(h, "<p class=\"lead\">%s:",
	    html_count(count, c->fail, "message failed", "messages failed"));
	for (i = 1; i < NKINDS; i++) {
		if (c->sums.failed[kinds[i].class] == 0)
			continue;
		left--;
		html_printf(h, "%s %'" PRId64 " %s",
		    n++ == 0        ? ""
		        : left == 0 ? " and"
		                    : ",",
		    c->sums.failed[kinds[i].class], words[kinds[i].class]);
	}
	html_printf(h, ".</p>\n");
}

int
panel_classes(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Kind", "#Messages", "#Share",
		"-What it is", NULL };
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char share[HTML_SHARE];
	int64_t n[NKINDS];
	bool is_link;
	size_t i;

	(void)err;
	if (c->messages == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	if (c->fail == 0)
		html_lead(h, "Nothing failed.");
	else
		write_lead(h, c);
	for (i = 0; i < NKINDS; i++)
		n[i] = kinds[i].class == SOURCE_COMPLIANT
		    ? c->sums.pass
		    : c->sums.failed[kinds[i].class];
	chart_bar(h, series, n, NKINDS);
	html_table(h, "Messages by kind", heads);
	for (i = 0; i < NKINDS; i++) {
		html_printf(h, "<tr><th scope=\"row\">");
		chart_swatch(h, series[i].class);
		html_printf(h, " ");
		is_link = i > 0 && n[i] > 0 &&
		    html_begin_target(h, HTML_CLASS, c->domain,
		        source_class_words[kinds[i].class]);
		html_printf(h, "%s", series[i].name);
		html_end_link(h, is_link);
		html_printf(h,
		    "<span class=\"note narrow\">%s</span></th><td "
		    "class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td><td class=\"prose w\">%s</td>"
		    "</tr>\n",
		    kinds[i].meaning, n[i],
		    html_share(share, n[i], c->messages), kinds[i].meaning);
	}
	html_table_end(h);
	return 1;
}
