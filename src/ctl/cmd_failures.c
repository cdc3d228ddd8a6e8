/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "answer/scope.h"
#include "answer/subject.h"
#include "base/io.h"
#include "ctl/ctl.h"

#define DAYS 30

static const char count_sql[] = SCOPE_WITH
    "SELECT coalesce(sum(rec.messages), 0),"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0),"
    " count(DISTINCT coalesce(rec.source_id, 0))"
    "   FILTER (WHERE rec.dmarc = 'fail'), count(*)"
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
	{ "ip", OUTPUT_TEXT, 26 },
	{ "who", OUTPUT_TEXT, 6 },
	{ "reporter", OUTPUT_TEXT, 8 },
	{ "cause", OUTPUT_TEXT, 7 },
	{ "disposition", OUTPUT_TEXT, 4 },
	{ "messages", OUTPUT_NUMBER, 0 },
	{ "last day", OUTPUT_TEXT, 0 },
};

/* A failure report names the domain that failed, which may be a subdomain. */
static const char reports_sql[] =
    "SELECT f.id, f.arrival_ts,"
    " date(coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts), 'unixepoch') AS "
    "date,"
    " f.reported_domain, s.ip, f.auth_failure, f.delivery_result,"
    " f.mail_from, f.rcpt_to, f.header_from, f.subject, f.msgid,"
    " f.dkim_domain, f.dkim_selector, f.incidents"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id"
    " WHERE coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts) >= ?1"
    "   AND coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts) < ?2 + 86400"
    "   AND (f.reported_domain = ?3"
    "     OR substr(f.reported_domain, -length(?3) - 1) = '.' || ?3)"
    " ORDER BY coalesce(nullif(f.arrival_ts, 0), msg.fetched_ts) DESC, f.id "
    "DESC"
    " LIMIT ?4";

static const struct output_column reports_columns[] = {
	{ NULL, OUTPUT_NUMBER, 0 }, /* id, arrival_ts */
	{ NULL, OUTPUT_TIME, 0 }, { "date", OUTPUT_TABLE_ONLY, 0 },
	{ NULL, OUTPUT_TEXT, 0 }, /* reported_domain */
	{ "ip", OUTPUT_TEXT, 15 }, { "failed", OUTPUT_TEXT, 5 },
	{ "delivery", OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_TEXT, 0 }, /* mail_from, rcpt_to */
	{ NULL, OUTPUT_TEXT, 0 }, { "from", OUTPUT_TEXT, 8 },
	{ "subject", OUTPUT_TEXT, 8 },
	{ NULL, OUTPUT_TEXT, 0 }, /* msgid ... dkim_selector */
	{ NULL, OUTPUT_TEXT, 0 }, { NULL, OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_NUMBER, 0 }, /* incidents */
};

struct answer {
	const struct ctl *ctl;
	struct output *o;
	struct query_db *db;
	const char *domain;
	struct period period;
	int64_t records; /* in aggregate reports, whatever their results */
};

static int
say_count(struct answer *a, struct err *err)
{
	struct query *q;
	int64_t all, failing, sources;
	int rc;

	if (scope_query(&q, a->db, count_sql, &a->period, a->domain, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1) {
		all = query_value(q, 0).num;
		failing = query_value(q, 1).num;
		sources = query_value(q, 2).num;
		a->records = query_value(q, 3).num;
		if (a->records > 0) {
			output_say(a->o, "%s, %s", a->domain, a->period.text);
			output_say(a->o,
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
show_table(const struct answer *a, const char *key, const char *title,
    const char *sql, const struct output_column *columns, int64_t *rows,
    struct err *err)
{
	int64_t limit = ctl_limit(a->ctl);
	struct query *q;
	int rc;

	if (scope_query(&q, a->db, sql, &a->period, a->domain, err) == -1)
		return -1;
	query_bind_int(q, 4, limit);
	rc = output_rows(a->o, key, title, q, columns, rows, err);
	query_free(q);
	if (rc == 0 && *rows == limit)
		output_say(a->o,
		    "The first %" PRId64 ": -n %" PRId64 " shows more", limit,
		    10 * limit);
	return rc;
}

static int
show_failures(struct answer *a, struct err *err)
{
	int64_t failing = 0, reports = 0;

	if (say_count(a, err) == -1 ||
	    show_table(a, "failing", NULL, failing_sql, failing_columns,
	        &failing, err) == -1)
		return -1;
	if (failing > 0 && subject_is_plain(a->domain))
		output_say(a->o, "Each in words: ruactl why %s IP", a->domain);
	/* They come at once, aggregate reports a day later. */
	if (!period_is_chosen(&a->ctl->period) && a->period.last < io_time())
		a->period.last = io_time();
	if (show_table(a, "failures", "Failure reports", reports_sql,
	        reports_columns, &reports, err) == -1)
		return -1;
	if (a->records == 0 && reports == 0)
		return ctl_say_empty(a->ctl, a->o, a->db, a->domain, err);
	return 0;
}

int
failures_run(const struct ctl *ctl, struct err *err)
{
	static const struct period_choice last_days = { .days = DAYS };
	char *domain = ctl_domain(ctl);
	struct answer a = {
		.ctl = ctl,
		.o = ctl_output(ctl),
		.domain = domain,
	};
	int rc = -1;

	if (ctl_open(ctl, &a.db, err) == -1 ||
	    period_find(&a.period, &ctl->period, DAYS, PERIOD_OF_REPORTS, a.db,
	        domain, err) == -1)
		goto out;
	/* There may still be failure reports. */
	if (a.period.text[0] == '\0' &&
	    period_find(&a.period, &last_days, DAYS, PERIOD_OF_REPORTS, a.db,
	        domain, err) == -1)
		goto out;
	if (show_failures(&a, err) == -1)
		goto out;
	rc = output_end(a.o, err);
out:
	query_close(a.db);
	output_free(a.o);
	free(domain);
	return rc;
}
