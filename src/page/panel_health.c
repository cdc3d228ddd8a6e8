/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/scope.h"
#include "page/panel.h"

#define SAMPLES 10
#define MAILBOXES 20
#define FAILED 8

/* As in failures.c, of all domains too. */
static const char samples_sql[] =
    "SELECT coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts) AS ts, s.ip,"
    " f.header_from, f.subject, f.auth_failure, f.delivery_result,"
    " f.reported_domain, count(*) OVER () AS n"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id"
    " WHERE ts >= ?1 AND ts < ?2 + 86400 AND (?3 IS NULL"
    "   OR f.reported_domain = ?3"
    "   OR substr(f.reported_domain, -length(?3) - 1) = '.' || ?3)"
    " ORDER BY ts DESC, f.id DESC LIMIT 10";

int
panel_failures(struct page *page, struct err *err)
{
	static const char *const heads[] = { "When", "Source", "From",
		"Subject", "-What failed", "-Delivery", NULL };
	struct html *h = &page->html;
	char time[HTML_DATE], count[HTML_COUNT];
	struct query *q;
	int64_t n = 0, rows = 0;
	int rc;

	html_section(h, "failures", "Failure samples");
	if (scope_query(&q, page->db, samples_sql, &page->facts.period,
	        page->facts.domain, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		if (rows++ == 0) {
			n = query_int(q, 7);
			html_printf(h,
			    "<p class=\"lead\">%s of single "
			    "messages, the newest first.</p>\n",
			    html_count(
			        count, n, "failure report", "failure reports"));
			html_table(h, "Failure reports", heads);
		}
		html_printf(h,
		    "<tr><th scope=\"row\" "
		    "class=\"t\">%s</th><td>%s</td><td>%.80s</td>"
		    "<td>%.80s</td><td class=\"w\">%s</td><td class=\"w\">%s"
		    "</td></tr>\n",
		    html_time(time, query_int(q, 0)), page_text(q, 1),
		    page_text(q, 2), page_text(q, 3), page_text(q, 4),
		    page_text(q, 5));
	}
	query_free(q);
	if (rows > 0)
		html_table_end(h);
	else
		html_printf(h,
		    "<p class=\"lead\">No failure reports. Few receivers send "
		    "them, and only to who asks for them with ruf= in the "
		    "DMARC record.</p>\n");
	page_more(page, n > SAMPLES ? n - SAMPLES : 0, "failures");
	html_section_end(h);
	return rc;
}

/* --- collection health ---------------------------------------------------- */

static const char mailboxes_sql[] =
    "SELECT box.name, box.last_poll_ts, box.last_ok_ts,"
    " (SELECT count(*) FROM message x WHERE x.mailbox_id = box.id),"
    " (SELECT count(*) FROM message x WHERE x.mailbox_id = box.id"
    "   AND x.status = 'failed'),"
    " box.last_error FROM mailbox box WHERE box.active ORDER BY box.name";

static const char failed_sql[] =
    "SELECT msg.fetched_ts, coalesce(box.name || ' uid ' || msg.uid,"
    "   replace(msg.path, rtrim(msg.path, replace(msg.path, '/', '')), ''),"
    "   '-'), coalesce(msg.reason, '-')"
    " FROM message msg LEFT JOIN mailbox box ON box.id = msg.mailbox_id"
    " WHERE msg.status = 'failed' AND msg.fetched_ts >= ?1"
    " ORDER BY msg.fetched_ts DESC, msg.id DESC";

static int
write_mailboxes(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Mailbox", "#Last poll",
		"#-Last good poll", "#Mails", "#Unreadable", "Error", NULL };
	struct html *h = &page->html;
	char poll[HTML_DATE], good[HTML_DATE];
	const char *error;
	struct query *q;
	int64_t n = 0;
	int rc;

	if (query_new(&q, page->db, mailboxes_sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0)
			html_table(h, "Mailboxes", heads);
		error = query_text(q, 5);
		if (n > MAILBOXES)
			continue;
		html_time(poll, query_int(q, 1));
		html_time(good, query_int(q, 2));
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td>"
		    "<td class=\"n w\">%s</td><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%'" PRId64 "</td><td class=\"%s\">%s"
		    "</td></tr>\n",
		    query_text(q, 0), query_value(q, 1).null ? "never" : poll,
		    query_value(q, 2).null ? "never" : good, query_int(q, 3),
		    query_int(q, 4), error == NULL ? "" : "bad",
		    page_text(q, 5));
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	page_more(page, n > MAILBOXES ? n - MAILBOXES : 0, "status");
	return rc;
}

static int
write_failed(struct page *page, struct err *err)
{
	static const char *const heads[] = { "When", "Mail or file", "Why",
		NULL };
	struct html *h = &page->html;
	char time[HTML_DATE];
	struct query *q;
	int64_t n = 0;
	int rc;

	if (query_new(&q, page->db, failed_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, page->now - 30 * (int64_t)PERIOD_DAY);
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0) {
			html_printf(h,
			    "<h3>Mails and files of the last 30 "
			    "days that could not be read</h3>\n");
			html_table(h, "Unreadable mails and files", heads);
		}
		if (n <= FAILED)
			html_printf(h,
			    "<tr><th scope=\"row\" "
			    "class=\"t\">%s</th><td>%.80s</td>"
			    "<td class=\"prose\">%.300s</td></tr>\n",
			    html_time(time, query_int(q, 0)), query_text(q, 1),
			    query_text(q, 2));
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	page_more(page, n > FAILED ? n - FAILED : 0, "status");
	return rc;
}

static void
write_trust(struct html *h, const struct facts *f)
{
	html_printf(h,
	    "<h3>What the reports of these days are worth</h3>\n<ul>"
	    "<li>In mail that your own server did not authenticate, or from "
	    "files: %'" PRId64 " of %'" PRId64 "</li>"
	    "<li>Damaged, so that only what was certain is counted: %'" PRId64
	    "</li><li>Contradicting another report of the same id, one of "
	    "them counted: %'" PRId64 "</li></ul>\n",
	    f->unverified, f->reports, f->partial, f->conflict);
}

int
panel_health(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	int64_t mailboxes = 0, errors = 0, failed = 0;
	char boxes[HTML_COUNT], unreadable[HTML_COUNT];

	html_section(h, "health", "Collection health");
	if (query_one_int(page->db, "SELECT count(*) FROM mailbox WHERE active",
	        &mailboxes, err) == -1 ||
	    query_one_int(page->db,
	        "SELECT count(*) FROM mailbox WHERE active"
	        " AND last_error IS NOT NULL",
	        &errors, err) == -1 ||
	    query_one_int(page->db,
	        "SELECT count(*) FROM message WHERE status = 'failed'"
	        " AND fetched_ts >= unixepoch() - 30 * 86400",
	        &failed, err) == -1)
		return -1;
	html_printf(h, "<p class=\"lead\">");
	if (mailboxes == 0)
		html_printf(h, "No mailbox is polled: see ruad.conf(5). ");
	else if (errors == 0)
		html_printf(h, "%s polled without an error. ",
		    html_count(
		        boxes, mailboxes, "mailbox is", "mailboxes are"));
	else
		html_printf(h,
		    "The last poll of %'" PRId64 " of %s ended with an error. ",
		    errors,
		    html_count(boxes, mailboxes, "mailbox", "mailboxes"));
	if (failed == 0)
		html_printf(h,
		    "All mail of the last 30 days could be read."
		    "</p>\n");
	else
		html_printf(h,
		    "%s of the last 30 days could not be read.</p>\n",
		    html_count(
		        unreadable, failed, "mail or file", "mails and files"));
	if (write_mailboxes(page, err) == -1 || write_failed(page, err) == -1)
		return -1;
	if (f->reports > 0)
		write_trust(h, f);
	html_section_end(h);
	return 0;
}
