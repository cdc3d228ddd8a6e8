/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "page/chart.h"
#include "page/panel.h"

static const struct chart_series results[FACTS_RESULTS] = {
	[FACTS_BOTH] = { "c-both", "DKIM and SPF" },
	[FACTS_DKIM] = { "c-dkim", "DKIM only" },
	[FACTS_SPF] = { "c-spf", "SPF only" },
	[FACTS_FAIL] = { "c-fail", "failing" },
};

static const struct chart_series classes[FACTS_CLASSES] = {
	[FACTS_COMPLIANT] = { "c-both", "Compliant" },
	[FACTS_KNOWN] = { "c-known", "Known, not compliant" },
	[FACTS_FORWARDED] = { "c-forwarded", "Forwarded" },
	[FACTS_UNKNOWN] = { "c-unknown", "Unknown" },
};

static const char *const class_meanings[FACTS_CLASSES] = {
	[FACTS_COMPLIANT] = "DKIM or SPF passed for the domain.",
	[FACTS_KNOWN] = "Failed, and comes from a sender that you named as "
	                "your own or a service: to be fixed.",
	[FACTS_FORWARDED] = "Failed, and the receiver or you say that it was "
	                    "forwarded.",
	[FACTS_UNKNOWN] = "Failed, and nobody vouches for the source: forged, "
	                  "or a sender you have not named yet.",
};

static int64_t
bucket_sum(const struct facts *f, int bucket)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < FACTS_RESULTS; i++)
		facts_add(&sum, f->results[bucket][i]);
	return sum;
}

/* How the share went, if there is enough of it to say. */
static void
write_trend(struct html *h, const struct facts *f)
{
	const int width = f->unit == 1 ? 28 : f->unit == 7 ? 4 : 1;
	const int first = facts_bucket_days(f, 0) < f->unit ? 1 : 0;
	char then[HTML_SHARE], now[HTML_SHARE], from[HTML_DATE];
	int64_t sum[2] = { 0 }, fail[2] = { 0 };
	int i;

	if (f->nbuckets < first + 2 * width)
		return;
	for (i = 0; i < width; i++) {
		facts_add(&sum[0], bucket_sum(f, first + i));
		facts_add(&fail[0], f->results[first + i][FACTS_FAIL]);
		facts_add(&sum[1], bucket_sum(f, f->nbuckets - 1 - i));
		facts_add(
		    &fail[1], f->results[f->nbuckets - 1 - i][FACTS_FAIL]);
	}
	if (sum[0] > 0 && sum[1] > 0)
		html_printf(h,
		    " In the %d days from %s it was %s, in the last %d days "
		    "%s.",
		    width * f->unit,
		    html_date(from, facts_bucket_first(f, first)),
		    html_share(then, sum[0] - fail[0], sum[0]), width * f->unit,
		    html_share(now, sum[1] - fail[1], sum[1]));
}

static void
write_results(struct html *h, const struct facts *f)
{
	static const char *const heads[] = { "From", "#Messages",
		"#DKIM and SPF", "#DKIM only", "#SPF only", "#Failing",
		"#Compliant", NULL };
	char date[HTML_DATE], share[HTML_SHARE];
	int64_t sum;
	int i, k;

	html_table_hidden(h, "The figures as a table",
	    f->unit == 1 ? "Messages by day" : "Messages by time", heads);
	for (i = 0; i < f->nbuckets; i++) {
		sum = bucket_sum(f, i);
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%'" PRId64
		    "</td>",
		    html_date(date, facts_bucket_first(f, i)), sum);
		for (k = 0; k < FACTS_RESULTS; k++)
			html_printf(h, "<td class=\"n\">%'" PRId64 "</td>",
			    f->results[i][k]);
		html_printf(h, "<td class=\"n\">%s</td></tr>\n",
		    html_share(share, sum - f->results[i][FACTS_FAIL], sum));
	}
	html_table_hidden_end(h);
}

static void
draw_results(struct html *h, const struct facts *f)
{
	double *values = xcalloc(
	    (size_t)f->nbuckets * FACTS_RESULTS, sizeof(*values));
	double *shares = xcalloc((size_t)f->nbuckets, sizeof(*shares));
	struct chart chart = {
		.id = "volume",
		.title = "Messages a day, by how they passed",
		.desc = "Stacked columns: messages that passed both DKIM and "
		        "SPF, DKIM only, SPF only, and those that failed.",
		.facts = f,
		.series = results,
		.nseries = FACTS_RESULTS,
		.values = values,
	};
	int64_t sum;
	int i, k;

	for (i = 0; i < f->nbuckets; i++) {
		sum = bucket_sum(f, i);
		for (k = 0; k < FACTS_RESULTS; k++)
			values[i * FACTS_RESULTS + k] = (double)
			                                    f->results[i][k] /
			    facts_bucket_days(f, i);
		shares[i] = sum == 0
		    ? 0
		    : 100 * (double)f->results[i][FACTS_FAIL] / (double)sum;
	}
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_legend(h, results, FACTS_RESULTS);
	chart_columns(h, &chart);
	chart.id = "share";
	chart.title = "Share that failed";
	chart.desc = "Columns: the share of messages that failed, in percent.";
	chart.series = &results[FACTS_FAIL];
	chart.nseries = 1;
	chart.values = shares;
	chart.percent = chart.small = true;
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_columns(h, &chart);
	free(values);
	free(shares);
}

int
panel_compliance(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	char share[HTML_SHARE], count[HTML_COUNT];

	(void)err;
	html_section(h, "compliance", "Compliance over time");
	if (f->messages == 0) {
		html_printf(h,
		    "<p class=\"lead\">No messages were reported."
		    "</p>\n");
		html_section_end(h);
		return 0;
	}
	html_printf(h, "<p class=\"lead\">%s of %s passed.",
	    html_share(share, f->messages - f->fail, f->messages),
	    html_count(count, f->messages, "message", "messages"));
	write_trend(h, f);
	html_printf(h, "</p>\n");
	draw_results(h, f);
	write_results(h, f);
	html_section_end(h);
	return 0;
}

int
panel_classes(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Kind", "#Messages", "#Share",
		"-What it is", NULL };
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	char share[HTML_SHARE], count[HTML_COUNT];
	int i;

	(void)err;
	html_section(
	    h, "classes", "Compliant, known non-compliant, forwarded, unknown");
	if (f->messages == 0) {
		html_printf(h,
		    "<p class=\"lead\">No messages were reported."
		    "</p>\n");
		html_section_end(h);
		return 0;
	}
	if (f->fail == 0)
		html_printf(h, "<p class=\"lead\">Nothing failed.</p>\n");
	else
		html_printf(h,
		    "<p class=\"lead\">Of %s, %'" PRId64 " of senders you "
		    "named, %'" PRId64 " forwarded and %'" PRId64
		    " of unknown sources.</p>\n",
		    html_count(
		        count, f->fail, "failing message", "failing messages"),
		    f->class[FACTS_KNOWN], f -> class[FACTS_FORWARDED],
		    f -> class[FACTS_UNKNOWN]);
	chart_bar(h, classes, f->class, FACTS_CLASSES);
	html_table(h, "Messages by kind", heads);
	for (i = 0; i < FACTS_CLASSES; i++)
		html_printf(h,
		    "<tr><th scope=\"row\"><svg width=\"12\" height=\"12\" "
		    "aria-hidden=\"true\"><rect class=\"%s\" width=\"12\" "
		    "height=\"12\"/></svg> %s<span class=\"note "
		    "narrow\">%s</span>"
		    "</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td><td class=\"prose w\">%s</td>"
		    "</tr>\n",
		    classes[i].class, classes[i].name, class_meanings[i],
		    f->class[i], html_share(share, f->class[i], f -> messages),
		    class_meanings[i]);
	html_table_end(h);
	html_section_end(h);
	return 0;
}
