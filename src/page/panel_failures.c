/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/scope.h"
#include "page/panel.h"

#define SAMPLES 10

/* A failure report names the domain that failed, which may be a subdomain. */
static const char samples_sql[] =
    "SELECT coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts) AS ts, s.ip,"
    " f.header_from, f.subject, f.auth_failure, f.delivery_result,"
    " f.reported_domain, count(*) OVER () AS n"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id"
    " WHERE ts >= ?1 AND ts < ?2 + 86400 AND (?3 IS NULL"
    "   OR f.reported_domain = ?3"
    "   OR substr(f.reported_domain, -length(?3) - 1) = '.' || ?3)"
    " ORDER BY ts DESC, f.id DESC LIMIT ?4";

int
panel_failures(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "When", "Source", "From",
		"Subject", "-What failed", "-Delivery", NULL };
	struct html *h = &p->html;
	char time[HTML_DATE], count[HTML_COUNT];
	struct query *q;
	int64_t n = 0, rows = 0;
	int rc;

	if (scope_query(&q, p->db, samples_sql, &p->counts.period,
	        p->counts.domain, err) == -1)
		return -1;
	query_bind_int(q, 4, SAMPLES);
	while ((rc = query_step(q, err)) == 1) {
		if (rows++ == 0) {
			n = query_int(q, 7);
			html_lead(h, "%s about single messages, newest first.",
			    html_count(
			        count, n, "failure report", "failure reports"));
			html_table(h, "Failure reports", heads);
		}
		html_printf(h,
		    "<tr><th scope=\"row\" "
		    "class=\"t\">%s</th><td>%s</td><td>%.80s</td>"
		    "<td>%.80s</td><td class=\"w\">%s</td><td class=\"w\">%s"
		    "</td></tr>\n",
		    html_time(time, query_int(q, 0)), panel_text(q, 1),
		    panel_text(q, 2), panel_text(q, 3), panel_text(q, 4),
		    panel_text(q, 5));
	}
	query_free(q);
	if (rc == -1)
		return -1;
	if (rows == 0) {
		html_lead(h,
		    "No failure reports. Few receivers send them, and only if "
		    "the DMARC record asks for them with ruf=.");
		return 0;
	}
	html_table_end(h);
	panel_write_more(p, n - rows, "failures");
	return 1;
}
