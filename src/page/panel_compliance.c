/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "page/chart.h"
#include "page/panel.h"

static const struct chart_series results[COUNTS_RESULTS] = {
	[COUNTS_BOTH] = { "c-both", "DKIM and SPF" },
	[COUNTS_DKIM] = { "c-dkim", "DKIM only" },
	[COUNTS_SPF] = { "c-spf", "SPF only" },
	[COUNTS_FAIL] = { "c-fail", "failing" },
};

static int64_t
column_sum(const struct counts *c, int column)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < COUNTS_RESULTS; i++)
		sum_add(&sum, c->results[column][i]);
	return sum;
}

/* Say how the share changed, if there are enough days to say it. */
static const char *
format_trend(char *out, size_t size, const struct counts *c)
{
	const struct timeline *t = &c->time;
	const int width = t->unit == 1 ? 28 : t->unit == 7 ? 4 : 1;
	const int first = timeline_column_days(t, 0) < t->unit ? 1 : 0;
	char then[HTML_SHARE], now[HTML_SHARE], from[HTML_DATE];
	int64_t sum[2] = { 0 }, fail[2] = { 0 };
	int i, last;

	*out = '\0';
	if (t->ncolumns < first + 2 * width)
		return out;
	for (i = 0; i < width; i++) {
		last = t->ncolumns - 1 - i;
		sum_add(&sum[0], column_sum(c, first + i));
		sum_add(&fail[0], c->results[first + i][COUNTS_FAIL]);
		sum_add(&sum[1], column_sum(c, last));
		sum_add(&fail[1], c->results[last][COUNTS_FAIL]);
	}
	if (sum[0] > 0 && sum[1] > 0)
		snprintf(out, size,
		    " It was %s in the %d days from %s and %s in the last %d "
		    "days.",
		    html_share(then, sum[0] - fail[0], sum[0]), width * t->unit,
		    html_date(from, timeline_column_first(t, first)),
		    html_share(now, sum[1] - fail[1], sum[1]), width * t->unit);
	return out;
}

static void
write_results(struct html *h, const struct counts *c)
{
	static const char *const heads[] = { "From", "#Messages",
		"#DKIM and SPF", "#DKIM only", "#SPF only", "#Failing",
		"#Compliant", NULL };
	char date[HTML_DATE], share[HTML_SHARE];
	int64_t sum;
	int i, k;

	html_table_hidden(h, "The figures as a table",
	    c->time.unit == 1 ? "Messages by day" : "Messages by time", heads);
	for (i = 0; i < c->time.ncolumns; i++) {
		sum = column_sum(c, i);
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%'" PRId64
		    "</td>",
		    html_date(date, timeline_column_first(&c->time, i)), sum);
		for (k = 0; k < COUNTS_RESULTS; k++)
			html_printf(h, "<td class=\"n\">%'" PRId64 "</td>",
			    c->results[i][k]);
		html_printf(h, "<td class=\"n\">%s</td></tr>\n",
		    html_share(share, sum - c->results[i][COUNTS_FAIL], sum));
	}
	html_table_hidden_end(h);
}

static void
draw_results(struct html *h, const struct counts *c)
{
	double *values = xcalloc(
	    (size_t)c->time.ncolumns * COUNTS_RESULTS, sizeof(*values));
	double *shares = xcalloc((size_t)c->time.ncolumns, sizeof(*shares));
	struct chart chart = {
		.id = "volume",
		.title = "Messages a day, by how they passed",
		.desc = "Stacked columns: messages that passed both DKIM and "
		        "SPF, DKIM only, SPF only, and those that failed.",
		.time = &c->time,
		.series = results,
		.nseries = COUNTS_RESULTS,
		.values = values,
	};
	int64_t sum;
	int i, k;

	for (i = 0; i < c->time.ncolumns; i++) {
		sum = column_sum(c, i);
		for (k = 0; k < COUNTS_RESULTS; k++)
			values[i * COUNTS_RESULTS + k] = (double)
			                                     c->results[i][k] /
			    timeline_column_days(&c->time, i);
		shares[i] = sum == 0
		    ? 0
		    : 100 * (double)c->results[i][COUNTS_FAIL] / (double)sum;
	}
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_legend(h, results, COUNTS_RESULTS);
	chart_columns(h, &chart);
	chart.id = "share";
	chart.title = "Share that failed";
	chart.desc = "Columns: the share of messages that failed, in percent.";
	chart.series = &results[COUNTS_FAIL];
	chart.nseries = 1;
	chart.values = shares;
	chart.percent = chart.small = true;
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_columns(h, &chart);
	free(values);
	free(shares);
}

int
panel_compliance(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char share[HTML_SHARE], count[HTML_COUNT], trend[160];

	(void)err;
	if (c->messages == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	html_lead(h, "%s of %s passed.%s",
	    html_share(share, c->messages - c->fail, c->messages),
	    html_count(count, c->messages, "message", "messages"),
	    format_trend(trend, sizeof(trend), c));
	draw_results(h, c);
	write_results(h, c);
	return 1;
}
