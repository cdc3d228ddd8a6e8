/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "page/chart.h"
#include "page/panel.h"

#define OVERRIDES 12

static void
write_cause(struct html *h, const struct cause *advice, const char *class,
    int64_t n, int64_t all)
{
	char share[HTML_SHARE], count[HTML_COUNT];

	html_printf(h,
	    "<div class=\"cause\"><h4>%s</h4><p class=\"count\">%s, %s</p>",
	    advice->what, html_count(count, n, "message", "messages"),
	    html_share(share, n, all));
	chart_meter(h, class, n, all);
	html_printf(h, "<p>");
	html_text(h, advice->todo);
	html_printf(h, "</p></div>\n");
}

/* The most first. */
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
panel_causes(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	int64_t weak[CAUSE_COUNT];
	int64_t sum = 0;
	char count[HTML_COUNT];
	int i, largest = 0;

	(void)err;
	html_section(h, "causes", "Causes");
	for (i = 0; i < CAUSE_COUNT; i++) {
		weak[i] = strcmp(cause_list[i].word, "aligned") != 0
		    ? f->weak[i]
		    : 0;
		facts_add(&sum, weak[i]);
		if (f->cause[i] > f->cause[largest])
			largest = i;
	}
	if (f->fail == 0)
		html_printf(h, "<p class=\"lead\">Nothing failed.</p>\n");
	else {
		html_printf(h,
		    "<p class=\"lead\">%s failed, the largest part because "
		    "%s.</p>\n",
		    html_count(count, f->fail, "message", "messages"),
		    cause_list[largest].what);
		html_printf(h, "<h3>Why mail failed</h3>\n");
		write_causes(h, f->cause, "c-fail", f->fail);
		page_see(page, "Which sources", "failures");
	}
	if (sum > 0) {
		html_printf(h, "<h3>What passed on one leg only</h3>\n");
		write_causes(h, weak, "c-dkim", f->messages - f->fail);
	}
	html_section_end(h);
	return 0;
}

/* --- dispositions and overrides ------------------------------------------- */

static const struct chart_series dispositions[FACTS_DISPOSITIONS] = {
	[FACTS_NONE] = { "c-none", "delivered as usual" },
	[FACTS_QUARANTINE] = { "c-quarantine", "quarantined" },
	[FACTS_REJECT] = { "c-reject", "rejected" },
	[FACTS_OTHER] = { "c-unsaid", "not said" },
};

static const char *
override_meaning(const char *type)
{
	static const char *const meanings[][2] = {
		{ "forwarded", "forwarded, as far as the receiver can tell" },
		{ "trusted_forwarder", "from a forwarder the receiver trusts" },
		{ "mailing_list", "through a mailing list" },
		{ "local_policy", "by a rule of the receiver" },
		{ "sampled_out", "spared by pct" },
		{ "policy_test_mode", "the policy was only being tested" },
		{ "other", "for another reason" },
	};
	size_t i;

	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(type, meanings[i][0]) == 0)
			return meanings[i][1];
	return "in the report's own word";
}

static int
compare_overrides(const void *a, const void *b)
{
	const struct facts_override *x = a, *y = b;
	int types;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	types = strcmp(x->type, y->type);
	return types != 0 ? types : strcmp(x->org, y->org);
}

static void
write_overrides(struct page *page, struct facts_override *o, size_t n)
{
	struct html *h = &page->html;
	static const char *const heads[] = { "Reason", "-Meaning", "Reporter",
		"-A comment", "#Messages", NULL };
	size_t i;

	html_printf(h, "<h3>Why receivers did not apply the policy</h3>\n");
	if (n == 0) {
		html_printf(h, "<p>No receiver gave a reason.</p>\n");
		return;
	}
	qsort(o, n, sizeof(*o), compare_overrides);
	html_table(h, "Overrides, the most first", heads);
	for (i = 0; i < n && i < OVERRIDES; i++)
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"w\">%s</td>"
		    "<td>%s</td><td class=\"w\">%s</td><td "
		    "class=\"n\">%'" PRId64 "</td></tr>\n",
		    o[i].type, override_meaning(o[i].type), o[i].org,
		    o[i].comment[0] != '\0' ? o[i].comment : "-",
		    o[i].messages);
	html_table_end(h);
	if (n > OVERRIDES)
		page_more(page, (int64_t)(n - OVERRIDES), "query overrides");
}

static void
write_dispositions(struct html *h, const struct facts *f)
{
	static const char *const heads[] = { "What receivers did",
		"#Failing mail", "#Share", "#-Compliant mail", NULL };
	int64_t failed[FACTS_DISPOSITIONS];
	char share[HTML_SHARE];
	int i;

	for (i = 0; i < FACTS_DISPOSITIONS; i++)
		failed[i] = f->disposition[i][1];
	if (f->fail > 0)
		chart_bar(h, dispositions, failed, FACTS_DISPOSITIONS);
	html_table(h, "Dispositions, in messages", heads);
	for (i = 0; i < FACTS_DISPOSITIONS; i++)
		html_printf(h,
		    "<tr><th scope=\"row\"><svg width=\"12\" height=\"12\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"12\" "
		    "height=\"12\"/></svg> %s</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td><td class=\"n w\">%'" PRId64
		    "</td></tr>\n",
		    dispositions[i].class, dispositions[i].name, failed[i],
		    html_share(share, failed[i], f->fail),
		    f->disposition[i][0]);
	html_table_end(h);
}

int
panel_dispositions(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	char reject[HTML_SHARE], quarantine[HTML_SHARE], none[HTML_SHARE];

	(void)err;
	html_section(h, "dispositions", "Dispositions and overrides");
	if (f->messages == 0) {
		html_printf(h,
		    "<p class=\"lead\">No messages were reported."
		    "</p>\n");
	} else {
		if (f->fail == 0)
			html_printf(h,
			    "<p class=\"lead\">Nothing failed.</p>"
			    "\n");
		else
			html_printf(h,
			    "<p class=\"lead\">Of the mail that failed, "
			    "receivers rejected %s, quarantined %s and "
			    "delivered %s.</p>\n",
			    html_share(reject, f->disposition[FACTS_REJECT][1],
			        f->fail),
			    html_share(quarantine,
			        f->disposition[FACTS_QUARANTINE][1], f->fail),
			    html_share(
			        none, f->disposition[FACTS_NONE][1], f->fail));
		write_dispositions(h, f);
		write_overrides(page, f->overrides.at, f->overrides.n);
	}
	html_section_end(h);
	return 0;
}
