/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/results.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "page/chart.h"

static const struct chart_series kinds[COUNTS_RESULTS] = {
	[COUNTS_BOTH] = { "c-both", "DKIM and SPF" },
	[COUNTS_DKIM] = { "c-dkim", "DKIM only" },
	[COUNTS_SPF] = { "c-spf", "SPF only" },
	[COUNTS_FAIL] = { "c-fail", "failing" },
};

int64_t
results_sum(const int64_t column[static COUNTS_RESULTS])
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < COUNTS_RESULTS; i++)
		sum_add(&sum, column[i]);
	return sum;
}

static void
write_table(struct html *h, const struct timeline *t, const char *domain,
    const int64_t (*results)[COUNTS_RESULTS])
{
	static const char *const heads[] = { "From", "#Messages",
		"#DKIM and SPF", "#DKIM only", "#SPF only", "#Failing",
		"#Compliant", NULL };
	char share[HTML_SHARE];
	int64_t sum;
	int i, k;

	html_table_hidden(h, "The figures as a table",
	    t->unit == 1 ? "Messages by day" : "Messages by time", heads);
	for (i = 0; i < t->ncolumns; i++) {
		sum = results_sum(results[i]);
		html_printf(h, "<tr><th scope=\"row\">");
		chart_link_column(h, t, i, HTML_DAYS, domain);
		html_printf(h, "</th><td class=\"n\">%'" PRId64 "</td>", sum);
		for (k = 0; k < COUNTS_RESULTS; k++)
			html_printf(h, "<td class=\"n\">%'" PRId64 "</td>",
			    results[i][k]);
		html_printf(h, "<td class=\"n\">%s</td></tr>\n",
		    html_share(share, sum - results[i][COUNTS_FAIL], sum));
	}
	html_table_hidden_end(h);
}

static void
draw(struct html *h, const struct timeline *t, const char *domain,
    const int64_t (*results)[COUNTS_RESULTS])
{
	double *values = xcalloc(
	    (size_t)t->ncolumns * COUNTS_RESULTS, sizeof(*values));
	double *shares = xcalloc((size_t)t->ncolumns, sizeof(*shares));
	struct chart chart = {
		.id = "volume",
		.title = "Messages a day, by how they passed",
		.desc = "Stacked columns: messages that passed both DKIM and "
		        "SPF, DKIM only, SPF only, and those that failed.",
		.time = t,
		.series = kinds,
		.nseries = COUNTS_RESULTS,
		.values = values,
		.days = HTML_DAYS,
		.domain = domain,
	};
	int64_t sum;
	int i, k;

	for (i = 0; i < t->ncolumns; i++) {
		sum = results_sum(results[i]);
		for (k = 0; k < COUNTS_RESULTS; k++)
			values[i * COUNTS_RESULTS + k] = (double)results[i][k] /
			    timeline_column_days(t, i);
		shares[i] = sum == 0
		    ? 0
		    : 100 * (double)results[i][COUNTS_FAIL] / (double)sum;
	}
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_legend(h, kinds, COUNTS_RESULTS);
	chart_columns(h, &chart);
	chart.id = "share";
	chart.title = "Share that failed";
	chart.desc = "Columns: the share of messages that failed, in percent.";
	chart.series = &kinds[COUNTS_FAIL];
	chart.nseries = 1;
	chart.values = shares;
	chart.percent = chart.small = true;
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_columns(h, &chart);
	free(values);
	free(shares);
}

void
results_write(struct html *h, const struct timeline *t, const char *domain,
    const int64_t (*results)[COUNTS_RESULTS])
{
	draw(h, t, domain, results);
	write_table(h, t, domain, results);
}
