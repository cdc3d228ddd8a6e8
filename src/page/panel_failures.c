/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/scope.h"
#include "page/panel.h"

#define SAMPLES 10

const char panel_failures_hidden[] =
    "They contain people's addresses and subjects, so they are not shown here; "
    "ruad-web --show-failures shows them.";

static const char samples_sql[] =
    "SELECT " SCOPE_FAILURE_TS " AS ts, s.ip, s.id AS source_id,"
    " f.reported_domain, f.header_from, f.subject, f.auth_failure,"
    " f.delivery_result,"
    " count(*) OVER () AS n"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id" SCOPE_FAILURES
    " ORDER BY ts DESC, f.id DESC LIMIT ?4";

/* Who sent it, unless its address is all that is known. */
static const char *
who_of(const struct panel *p, struct query *q)
{
	const struct sender *s = query_named_null(q, "source_id")
	    ? NULL
	    : sender_list_find(&p->senders,
	          query_named_text(q, "reported_domain"),
	          query_named_int(q, "source_id"));

	return s != NULL && s->evidence < SENDER_BY_NETWORK ? s->who : NULL;
}

static void
write_sample(struct panel *p, struct query *q)
{
	const char *who = who_of(p, q);
	struct html *h = &p->html;
	char time[HTML_DATE];

	html_printf(h, "<tr><th scope=\"row\" class=\"t\">%s</th><td>",
	    html_time(time, query_named_int(q, "ts")));
	if (query_named_null(q, "ip"))
		html_address(h, "-");
	else
		html_link(h, HTML_ADDRESS, NULL, query_named_text(q, "ip"));
	if (who != NULL) {
		html_printf(h, "<span class=\"note\">");
		html_link(h, HTML_SENDER, p->counts.domain, who);
		html_printf(h, "</span>");
	}
	html_printf(h, "</td><td class=\"w\">");
	html_name(h, panel_text(q, "header_from"));
	html_printf(h,
	    "</td><td>%.80s</td><td class=\"w\">%s</td><td class=\"w\">%s"
	    "</td></tr>\n",
	    panel_text(q, "subject"), panel_text(q, "auth_failure"),
	    panel_text(q, "delivery_result"));
}

int
panel_failures(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "When", "Source", "-From",
		"Subject", "-What failed", "-Delivery", NULL };
	struct html *h = &p->html;
	char count[HTML_COUNT];
	struct query *q;
	int64_t n = 0, rows = 0;
	int rc;

	if (!p->has_failures) {
		html_lead(h, "%s", panel_failures_hidden);
		return 0;
	}
	if (scope_query(&q, p->db, samples_sql, &p->counts.period,
	        p->counts.domain, err) == -1)
		return -1;
	query_bind_int(q, 4, SAMPLES);
	while ((rc = query_step(q, err)) == 1) {
		if (rows++ == 0) {
			n = query_named_int(q, "n");
			html_lead(h, "%s about single messages, newest first.",
			    html_count(
			        count, n, "failure report", "failure reports"));
			html_table(h, "Failure reports", heads);
		}
		write_sample(p, q);
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
