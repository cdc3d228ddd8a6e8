/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "page/chart.h"
#include "page/panel.h"

#define FAILURES 10

static const struct chart_series sessions[] = {
	{ "c-dkim", "encrypted as asked" },
	{ "c-fail", "failed" },
};

static const char days_sql[] =
    "SELECT r.day, sum(min(p.ok, 1000000000000)),"
    " sum(min(p.failed, 1000000000000))"
    " FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    " WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2";

static const char failures_sql[] =
    "SELECT p.domain, f.result, f.mx, r.org_name,"
    " sum(min(f.failed, 1000000000000)) AS failed, max(r.day)"
    " FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    " JOIN tls_failure f ON f.tls_policy_id = p.id"
    " WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2";

static const char failures_rest[] =
    " GROUP BY p.domain, f.result, f.mx, r.org_name"
    " ORDER BY failed DESC, p.domain, f.result, f.mx, r.org_name";

struct tls_days {
	int64_t ok[FACTS_BUCKETS], failed[FACTS_BUCKETS];
	int64_t all_ok, all_failed;
};

static int
load_days(struct page *page, struct tls_days *days, struct err *err)
{
	struct query *q;
	int bucket, rc;

	if (facts_query(&q, page->db, &page->facts, days_sql, "p.domain",
	        " GROUP BY r.day", err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		bucket = facts_bucket(&page->facts, query_int(q, 0));
		facts_add(&days->ok[bucket], query_int(q, 1));
		facts_add(&days->failed[bucket], query_int(q, 2));
		facts_add(&days->all_ok, query_int(q, 1));
		facts_add(&days->all_failed, query_int(q, 2));
	}
	query_free(q);
	return rc;
}

static void
draw_days(struct html *h, const struct facts *f, const struct tls_days *days)
{
	double *values = xcalloc((size_t)f->nbuckets * 2, sizeof(*values));
	const struct chart chart = {
		.id = "tls-days",
		.title = "Connections a day",
		.desc = "Stacked columns: connections that were encrypted as "
		        "the domain asks for, and those that failed.",
		.facts = f,
		.series = sessions,
		.nseries = 2,
		.values = values,
		.small = true,
	};
	int i;

	for (i = 0; i < f->nbuckets; i++) {
		values[2 * i] = (double)days->ok[i] / facts_bucket_days(f, i);
		values[2 * i + 1] = (double)days->failed[i] /
		    facts_bucket_days(f, i);
	}
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_legend(h, sessions, 2);
	chart_columns(h, &chart);
	free(values);
}

static void
write_days(struct html *h, const struct facts *f, const struct tls_days *days)
{
	static const char *const heads[] = { "From", "#Good", "#Failed", NULL };
	char date[HTML_DATE];
	int i;

	html_table_hidden(
	    h, "The figures as a table", "TLS connections by time", heads);
	for (i = 0; i < f->nbuckets; i++)
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%'" PRId64 "</td></tr>\n",
		    html_date(date, facts_bucket_first(f, i)), days->ok[i],
		    days->failed[i]);
	html_table_hidden_end(h);
}

static int
write_failures(struct page *page, struct err *err)
{
	static const char *const heads[] = { "What failed", "Mail server",
		"=Domain", "-Reporter", "#Failed", "#Last day", NULL };
	struct html *h = &page->html;
	char date[HTML_DATE];
	struct query *q;
	int64_t n = 0;
	int rc;

	if (facts_query(&q, page->db, &page->facts, failures_sql, "p.domain",
	        failures_rest, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0) {
			html_printf(h, "<h3>What failed</h3>\n");
			html_table(h, "TLS failures, the most first", heads);
		}
		if (n > FAILURES)
			continue;
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"m\">"
		    "%.253s</td><td class=\"w\">%s</td><td "
		    "class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%s</td></tr>\n",
		    query_text(q, 1), page_text(q, 2), query_text(q, 0),
		    query_text(q, 3), query_int(q, 4),
		    html_date(date, query_int(q, 5)));
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	page_more(page, n > FAILURES ? n - FAILURES : 0, "tls");
	return rc;
}

int
panel_tls(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	struct tls_days *days = xcalloc(1, sizeof(*days));
	char share[HTML_SHARE];
	int64_t all;
	int rc = -1;

	html_section(h, "tls", "TLS over time");
	if (f->nbuckets > 0 && load_days(page, days, err) == -1)
		goto out;
	all = days->all_ok;
	facts_add(&all, days->all_failed);
	if (all == 0) {
		html_printf(h,
		    "<p class=\"lead\">No TLS reports. Receivers send them to "
		    "who asks, in DNS: <code>_smtp._tls.%s TXT "
		    "\"v=TLSRPTv1; rua=mailto:ADDRESS\"</code></p>\n",
		    page_shell_domain(page));
	} else {
		html_printf(h,
		    "<p class=\"lead\">%s of %'" PRId64 " connection%s to "
		    "your mail servers %s encrypted as asked; %'" PRId64
		    " failed.</p>\n",
		    html_share(share, days->all_ok, all), all,
		    all == 1 ? "" : "s", all == 1 ? "was" : "were",
		    days->all_failed);
		draw_days(h, f, days);
		write_days(h, f, days);
		if (write_failures(page, err) == -1)
			goto out;
	}
	html_section_end(h);
	rc = 0;
out:
	free(days);
	return rc;
}
