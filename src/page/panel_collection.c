/* SPDX-License-Identifier: BSD-2-Clause */
/* How the collection of reports fares, whatever the page is about. */
#include <stdio.h>

#include "page/panel.h"

#define MAILBOXES 20
#define FAILED 8
#define FAILED_DAYS 30

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

static const char sums_sql[] =
    "SELECT (SELECT count(*) FROM mailbox WHERE active),"
    " (SELECT count(*) FROM mailbox WHERE active"
    "   AND last_error IS NOT NULL),"
    " (SELECT count(*) FROM message WHERE status = 'failed'"
    "   AND fetched_ts >= ?1)";

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
		    panel_text(q, 5));
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
			    html_time(time, query_int(q, 0)), query_text(q, 1),
			    query_text(q, 2));
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

/* Count mailboxes, those with errors, and what could not be read. */
static int
load_sums(struct panel *p, int64_t sums[3], struct err *err)
{
	struct query *q;
	int i, rc;

	if (query_new(&q, p->db, sums_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, failed_since(p));
	if ((rc = query_step(q, err)) == 1)
		for (i = 0; i < 3; i++)
			sums[i] = query_int(q, i);
	query_free(q);
	return rc == -1 ? -1 : 0;
}

int
panel_collection(struct panel *p, struct err *err)
{
	struct html *h = &p->html;
	int64_t sums[3] = { 0 };
	char polled[160], count[HTML_COUNT], failed[HTML_COUNT];

	if (load_sums(p, sums, err) == -1)
		return -1;
	if (sums[0] == 0)
		snprintf(polled, sizeof(polled),
		    "No mailbox is polled: see ruad.conf(5).");
	else if (sums[1] == 0)
		snprintf(polled, sizeof(polled), "%s polled without errors.",
		    html_count(count, sums[0], "mailbox is", "mailboxes are"));
	else
		snprintf(polled, sizeof(polled),
		    "The last poll of %" PRId64 " of %s ended with an error.",
		    sums[1],
		    html_count(count, sums[0], "mailbox", "mailboxes"));
	html_lead(h, "%s %s of the last %d days could %sbe read.", polled,
	    sums[2] == 0 ? "All mail"
	                 : html_count(failed, sums[2], "message or file",
	                       "messages and files"),
	    FAILED_DAYS, sums[2] == 0 ? "" : "not ");
	if (write_mailboxes(p, err) == -1 || write_failed(p, err) == -1)
		return -1;
	if (p->counts.reports > 0)
		write_trust(h, &p->counts);
	return 1;
}
