/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/scope.h"
#include "answer/subject.h"
#include "base/io.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30

static const char count_sql[] = SCOPE_WITH
    "SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)"
    "   AS failing,"
    " count(DISTINCT coalesce(rec.source_id, 0))"
    "   FILTER (WHERE rec.dmarc = 'fail') AS sources, count(*) AS records"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id";

static const char failing_sql[] = SCOPE_WITH
    "SELECT s.ip, coalesce(snd.label, s.ptr_domain, s.as_name) AS who,"
    " rep.org_name, rec.cause, rec.disposition,"
    " sum(rec.messages) AS messages,"
    " date(max(rep.day), 'unixepoch') AS last_date"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    " CROSS JOIN record rec ON rec.report_id = rep.id"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE rec.dmarc = 'fail'"
    " GROUP BY rec.source_id, rep.org_name, rec.cause, rec.disposition"
    " ORDER BY sum(rec.messages) DESC, s.ip, rep.org_name, rec.cause,"
    "   rec.disposition LIMIT ?4";

static const struct output_column failing_columns[] = {
	{ "ip", "ip", OUTPUT_TEXT, 26 },
	{ "who", "who", OUTPUT_TEXT, 6 },
	{ "org_name", "reporter", OUTPUT_TEXT, 8 },
	{ "cause", "cause", OUTPUT_TEXT, 7 },
	{ "disposition", "disposition", OUTPUT_TEXT, 4 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ 0 },
};

static const char reports_sql[] =
    "SELECT f.id, f.arrival_ts,"
    " date(" SCOPE_FAILURE_TS ", 'unixepoch') AS date,"
    " f.reported_domain, s.ip, f.auth_failure, f.delivery_result,"
    " f.mail_from, f.rcpt_to, f.header_from, f.subject, f.msgid,"
    " f.dkim_domain, f.dkim_selector, f.incidents"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id" SCOPE_FAILURES
    " ORDER BY " SCOPE_FAILURE_TS " DESC, f.id DESC LIMIT ?4";

static const struct output_column reports_columns[] = {
	{ "id", NULL, OUTPUT_NUMBER, 0 },
	{ "arrival_ts", NULL, OUTPUT_TIME, 0 },
	{ "date", "date", OUTPUT_TABLE_ONLY, 0 },
	{ "reported_domain", NULL, OUTPUT_TEXT, 0 },
	{ "ip", "ip", OUTPUT_TEXT, 15 },
	{ "auth_failure", "failed", OUTPUT_TEXT, 5 },
	{ "delivery_result", "delivery", OUTPUT_TEXT, 0 },
	{ "mail_from", NULL, OUTPUT_TEXT, 0 },
	{ "rcpt_to", NULL, OUTPUT_TEXT, 0 },
	{ "header_from", "from", OUTPUT_TEXT, 8 },
	{ "subject", "subject", OUTPUT_TEXT, 8 },
	{ "msgid", NULL, OUTPUT_TEXT, 0 },
	{ "dkim_domain", NULL, OUTPUT_TEXT, 0 },
	{ "dkim_selector", NULL, OUTPUT_TEXT, 0 },
	{ "incidents", NULL, OUTPUT_NUMBER, 0 },
	{ 0 },
};

/* Say how many failed; *records gets the number of all records. */
static int
print_count(const struct listing_run *r, int64_t *records, struct err *err)
{
	struct query *q;
	int64_t all, failing, sources;
	int rc;

	if (scope_query(&q, r->db, count_sql, &r->period, r->domain, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		all = query_named_int(q, "messages");
		failing = query_named_int(q, "failing");
		sources = query_named_int(q, "sources");
		*records = query_named_int(q, "records");
		if (*records > 0) {
			output_line(
			    r->out, "%s, %s", r->domain, r->period.text);
			output_line(r->out,
			    "%" PRId64 " of %" PRId64 " %s failed, from "
			    "%" PRId64 " %s",
			    failing, all, all == 1 ? "message" : "messages",
			    sources, sources == 1 ? "source" : "sources");
		}
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static int
show_table(const struct listing_run *r, const char *key, const char *title,
    const char *sql, const struct output_column *columns, int64_t *rows,
    struct err *err)
{
	if (listing_show(r, key, title, sql, columns, rows, err) == -1)
		return -1;
	if (*rows == r->limit)
		output_line(r->out,
		    "Only the first %" PRId64 ": -n %" PRId64 " shows more",
		    r->limit, 10 * r->limit);
	return 0;
}

static int
show(struct listing_run *r, struct err *err)
{
	int64_t records = 0, failing = 0, reports = 0;

	if (print_count(r, &records, err) == -1 ||
	    show_table(r, "failing", NULL, failing_sql, failing_columns,
	        &failing, err) == -1)
		return -1;
	if (failing > 0 && subject_is_plain(r->domain))
		output_line(
		    r->out, "Explain an address: ruactl why %s IP", r->domain);
	/* Failure reports come at once, aggregate reports a day later. */
	if (!period_is_chosen(&r->options->period) &&
	    r->period.last < io_time())
		r->period.last = io_time();
	if (show_table(r, "failures", "Failure reports", reports_sql,
	        reports_columns, &reports, err) == -1)
		return -1;
	if (records == 0 && reports == 0)
		return listing_explain_empty(
		    r->options, r->out, r->db, r->domain, err);
	return 0;
}

int
cmd_failures(const struct options *options, struct err *err)
{
	static const struct period_choice last_days = { .days = DAYS };
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == -1)
		goto out;
	/* Without aggregate reports there may still be failure reports. */
	if (r.period.text[0] == '\0' &&
	    period_find(&r.period, &last_days, DAYS, PERIOD_OF_REPORTS, r.db,
	        r.domain, err) == -1)
		goto out;
	rc = show(&r, err);
out:
	return listing_end(&r, rc, err);
}
