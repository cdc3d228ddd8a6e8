/* SPDX-License-Identifier: BSD-2-Clause */
/* How the collection of reports fares, whatever the page is about. */
#include <stdio.h>

#include "page/panel.h"

#define MAILBOXES 20
#define FAILED 8
#define FAILED_DAYS 30

static const char mailboxes_sql[] =
    "SELECT box.name, box.last_poll_ts, box.last_ok_ts,"
    " (SELECT count(*) FROM message x WHERE x.mailbox_id = box.id)"
    "   AS messages,"
    " (SELECT count(*) FROM message x WHERE x.mailbox_id = box.id"
    "   AND x.status = 'failed') AS unreadable,"
    " box.last_error FROM mailbox box WHERE box.active ORDER BY box.name";

static const char failed_sql[] =
    "SELECT msg.fetched_ts, coalesce(box.name || ' uid ' || msg.uid,"
    "   replace(msg.path, rtrim(msg.path, replace(msg.path, '/', '')), ''),"
    "   '-') AS what, coalesce(msg.reason, '-') AS reason"
    " FROM message msg LEFT JOIN mailbox box ON box.id = msg.mailbox_id"
    " WHERE msg.status = 'failed' AND msg.fetched_ts >= ?1"
    " ORDER BY msg.fetched_ts DESC, msg.id DESC";

static const char sums_sql[] =
    "SELECT (SELECT count(*) FROM mailbox WHERE active) AS polled,"
    " (SELECT count(*) FROM mailbox WHERE active"
    "   AND last_error IS NOT NULL) AS in_error,"
    " (SELECT count(*) FROM message WHERE status = 'failed'"
    "   AND fetched_ts >= ?1) AS unreadable";

static int64_t
failed_since(const struct panel *p)
{
	return p->now - FAILED_DAYS * (int64_t)PERIOD_DAY;
}

static int
write_mailboxes(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Mailbox", "#Last poll",
		"#-Last good poll", "#Messages", "#Unreadable", "Error", NULL };
	struct html *h = &p->html;
	char poll[HTML_DATE], good[HTML_DATE];
	const char *error;
	struct query *q;
	int64_t n = 0;
	int rc;

	if (query_new(&q, p->db, mailboxes_sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0)
			html_table(h, "Mailboxes", heads);
		error = query_named_text(q, "last_error");
		if (n > MAILBOXES)
			continue;
		html_time(poll, query_named_int(q, "last_poll_ts"));
		html_time(good, query_named_int(q, "last_ok_ts"));
		html_printf(h,
		    "<tr><th scope=\"row\">%s</th><td class=\"n\">%s</td>"
		    "<td class=\"n w\">%s</td><td class=\"n\">%'" PRId64
		    "</td><td class=\"n\">%'" PRId64 "</td><td class=\"%s\">%s"
		    "</td></tr>\n",
		    query_named_text(q, "name"),
		    query_named_null(q, "last_poll_ts") ? "never" : poll,
		    query_named_null(q, "last_ok_ts") ? "never" : good,
		    query_named_int(q, "messages"),
		    query_named_int(q, "unreadable"),
		    error == NULL ? "" : "bad", panel_text(q, "last_error"));
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	panel_write_more(p, n - MAILBOXES, "status");
	return rc;
}

static int
write_failed(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "When", "Message or file", "Why",
		NULL };
	struct html *h = &p->html;
	char time[HTML_DATE];
	struct query *q;
	int64_t n = 0;
	int rc;

	if (query_new(&q, p->db, failed_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, failed_since(p));
	while ((rc = query_step(q, err)) == 1) {
		if (n++ == 0) {
			html_printf(h,
			    "<h3>Messages and files of the last %d days that "
			    "could not be read</h3>\n",
			    FAILED_DAYS);
			html_table(h, "Unreadable messages and files", heads);
		}
		if (n <= FAILED)
			html_printf(h,
			    "<tr><th scope=\"row\" "
			    "class=\"t\">%s</th><td>%.80s</td>"
			    "<td class=\"prose\">%.300s</td></tr>\n",
			    html_time(time, query_named_int(q, "fetched_ts")),
			    query_named_text(q, "what"),
			    query_named_text(q, "reason"));
	}
	query_free(q);
	if (n > 0)
		html_table_end(h);
	panel_write_more(p, n - FAILED, "status");
	return rc;
}

static void
write_trust(struct html *h, const struct counts *c)
{
	html_printf(h,
	    "<h3>How far these reports can be trusted</h3>\n<ul><li>From "
	    "files, or from messages that your own server did not "
	    "authenticate: %'" PRId64 " of %'" PRId64 "</li><li>Damaged, so "
	    "that only what is certain is counted: %'" PRId64
	    "</li><li>In conflict with another report of the same id, one of "
	    "which is counted: %'" PRId64 "</li></ul>\n",
	    c->unverified, c->reports, c->partial, c->conflict);
}

struct sums {
	int64_t polled, in_error; /* mailboxes */
	int64_t unreadable;       /* messages and files */
};

static int
load_sums(struct panel *p, struct sums *sums, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, p->db, sums_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, failed_since(p));
	if ((rc = query_step(q, err)) == 1) {
		sums->polled = query_named_int(q, "polled");
		sums->in_error = query_named_int(q, "in_error");
		sums->unreadable = query_named_int(q, "unreadable");
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

int
panel_collection(struct panel *p, struct err *err)
{
	struct html *h = &p->html;
	struct sums sums = { 0 };
	char polled[160], count[HTML_COUNT], failed[HTML_COUNT];

	if (load_sums(p, &sums, err) == -1)
		return -1;
	if (sums.polled == 0)
		snprintf(polled, sizeof(polled),
		    "No mailbox is polled: see ruad.conf(5).");
	else if (sums.in_error == 0)
		snprintf(polled, sizeof(polled), "%s polled without errors.",
		    html_count(
		        count, sums.polled, "mailbox is", "mailboxes are"));
	else
		snprintf(polled, sizeof(polled),
		    "The last poll of %" PRId64 " of %s ended with an error.",
		    sums.in_error,
		    html_count(count, sums.polled, "mailbox", "mailboxes"));
	html_lead(h, "%s %s of the last %d days could %sbe read.", polled,
	    sums.unreadable == 0 ? "All mail"
	                         : html_count(failed, sums.unreadable,
	                               "message or file", "messages and files"),
	    FAILED_DAYS, sums.unreadable == 0 ? "" : "not ");
	if (write_mailboxes(p, err) == -1 || write_failed(p, err) == -1)
		return -1;
	if (p->counts.reports > 0)
		write_trust(h, &p->counts);
	return sums.polled > 0 || sums.unreadable > 0;
}
