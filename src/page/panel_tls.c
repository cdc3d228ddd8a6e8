/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "base/mem.h"
#include "base/sum.h"
#include "page/chart.h"
#include "page/panel.h"

#define FAILURES 10

static const struct chart_series sessions[] = {
	{ "c-dkim", "encrypted as required" },
	{ "c-fail", "failed" },
};

static const char days_sql[] =
    "SELECT r.day, sum(min(p.ok, 1000000000000)) AS ok,"
    " sum(min(p.failed, 1000000000000)) AS failed"
    " FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    " WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2";

static const char failures_sql[] =
    "SELECT p.domain, f.result, f.mx, r.org_name,"
    " sum(min(f.failed, 1000000000000)) AS failed, max(r.day) AS last"
    " FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    " JOIN tls_failure f ON f.tls_policy_id = p.id"
    " WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2";

static const char failures_rest[] =
    " GROUP BY p.domain, f.result, f.mx, r.org_name"
    " ORDER BY failed DESC, p.domain, f.result, f.mx, r.org_name";

struct tls_days {
	int64_t ok[TIMELINE_COLUMNS], failed[TIMELINE_COLUMNS];
	int64_t all_ok, all_failed;
};

static int
load_days(struct panel *p, struct tls_days *days, struct err *err)
{
	struct query *q;
	int column, rc;

	if (counts_query(&q, p->db, &p->counts, days_sql, "p.domain",
	        " GROUP BY r.day", err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		column = timeline_column(
		    &p->counts.time, query_named_int(q, "day"));
		sum_add(&days->ok[column], query_named_int(q, "ok"));
		sum_add(&days->failed[column], query_named_int(q, "failed"));
		sum_add(&days->all_ok, query_named_int(q, "ok"));
		sum_add(&days->all_failed, query_named_int(q, "failed"));
	}
	query_free(q);
	return rc;
}

static void
draw_days(struct html *h, const struct counts *c, const struct tls_days *days)
{
	double *values = xcalloc((size_t)c->time.ncolumns * 2, sizeof(*values));
	const struct chart chart = {
		.id = "tls-days",
		.title = "Connections a day",
		.desc = "Stacked columns: connections that were encrypted as "
		        "the domain requires, and those that failed.",
		.time = &c->time,
		.series = sessions,
		.nseries = 2,
		.values = values,
		.days = HTML_TLS_DAYS,
		.domain = c->domain,
		.small = true,
	};
	int i;

	for (i = 0; i < c->time.ncolumns; i++) {
		values[2 * i] = (double)days->ok[i] /
		    timeline_column_days(&c->time, i);
		values[2 * i + 1] = (double)days->failed[i] /
		    timeline_column_days(&c->time, i);
	}
	html_printf(h, "<h3>%s</h3>\n", chart.title);
	chart_legend(h, sessions, 2);
	chart_columns(h, &chart);
	free(values);
}

static void
write_days(struct html *h, const struct counts *c, const struct tls_days *days)
{
	static const char *const heads[] = { "From", "#Good", "#Failed", NULL };
	int i;

	html_table_hidden(
	    h, "The figures as a table", "TLS connections by time", heads);
	for (i = 0; i < c->time.ncolumns; i++) {
		html_printf(h, "<tr><th scope=\"row\">");
		chart_link_column(h, &c->time, i, HTML_TLS_DAYS, c->domain);
		html_printf(h,
		    "</th><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%'" PRId64 "</td></tr>\n",
		    days->ok[i], days->failed[i]);
	}
	html_table_hidden_end(h);
}

static int
write_failures(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Failure", "Mail server",
		"=Domain", "-Reporter", "#Failed", "#Last day", NULL };
	struct html *h = &p->html;
	char date[HTML_DATE];
	bool is_link;
	struct query *q;
	int64_t day, n = 0;
	int rc;

	if (counts_query(&q, p->db, &p->counts, failures_sql, "p.domain",
	        failures_rest, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0) {
			html_printf(h, "<h3>What failed</h3>\n");
			html_table(
			    h, "TLS failures, most connections first", heads);
		}
		if (n > FAILURES)
			continue;
		html_printf(h, "<tr><th scope=\"row\">%s</th><td>",
		    query_named_text(q, "result"));
		html_name(h, panel_text(q, "mx"));
		html_printf(h, "</td><td class=\"m\">");
		html_link(h, HTML_DOMAIN, query_named_text(q, "domain"), NULL);
		html_printf(h,
		    "</td><td class=\"w\">%s</td><td "
		    "class=\"n\">%'" PRId64 "</td><td class=\"n\">",
		    query_named_text(q, "org_name"),
		    query_named_int(q, "failed"));
		day = query_named_int(q, "last");
		is_link = html_begin_days(
		    h, HTML_TLS_DAYS, query_named_text(q, "domain"), day, day);
		html_printf(h, "%s", html_date(date, day));
		html_end_link(h, is_link);
		html_printf(h, "</td></tr>\n");
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	panel_write_more(p, n - FAILURES, "tls");
	return rc;
}

int
panel_tls(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	struct tls_days *days = xcalloc(1, sizeof(*days));
	char share[HTML_SHARE];
	int64_t all;
	int rc = 0;

	if (c->time.ncolumns > 0)
		rc = load_days(p, days, err);
	all = days->all_ok;
	sum_add(&all, days->all_failed);
	if (rc == 0 && all == 0) {
		html_lead(h,
		    "No TLS reports. Receivers send them if you ask for them "
		    "in DNS: <code>_smtp._tls.%s TXT \"v=TLSRPTv1; "
		    "rua=mailto:ADDRESS\"</code>",
		    panel_shell_domain(p));
	} else if (rc == 0) {
		html_lead(h,
		    "%s of %'" PRId64 " %s to your mail servers %s encrypted "
		    "as required; %'" PRId64 " failed.",
		    html_share(share, days->all_ok, all), all,
		    all == 1 ? "connection" : "connections",
		    all == 1 ? "was" : "were", days->all_failed);
		draw_days(h, c, days);
		write_days(h, c, days);
		rc = write_failures(p, err) == -1 ? -1 : 1;
	}
	free(days);
	return rc;
}
