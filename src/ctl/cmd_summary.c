/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/scope.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

static const char summary_sql[] = SCOPE_WITH
    ", d AS (SELECT dom.shown AS domain, rep.day, sum(rec.messages) AS "
    "messages,"
    "    coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'pass'), 0)"
    "      AS pass"
    "  FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "    AND rep.day BETWEEN ?1 AND ?2"
    "  CROSS JOIN record rec ON rec.report_id = rep.id"
    "  GROUP BY dom.shown, rep.day),"
    " m AS (SELECT domain, sum(messages) AS messages, sum(pass) AS pass,"
    "    printf('%d ', (?2 - ?1) / 86400 + 1)"
    "      || group_concat(((day - ?1) / 86400) || ':' || messages, ' ')"
    "      AS trend"
    "  FROM d GROUP BY domain),"
    " r AS (SELECT dom.shown AS domain, count(*) AS reports,"
    "    count(DISTINCT lower(org_name)) AS reporters, max(day) AS last_day,"
    "    count(DISTINCT nullif(dom.name, dom.shown)) AS subdomains"
    "  FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "    AND day BETWEEN ?1 AND ?2 AND counted = 1"
    "  GROUP BY dom.shown)"
    " SELECT r.domain,"
    "  coalesce((SELECT x.p FROM report x WHERE x.domain = r.domain"
    "      AND x.day <= ?2 AND x.counted = 1"
    "    ORDER BY x.day DESC, x.id DESC LIMIT 1),"
    "    (SELECT x.p FROM dom CROSS JOIN report x ON x.domain = dom.name"
    "      AND x.day <= ?2 WHERE dom.shown = r.domain AND x.counted = 1"
    "    ORDER BY x.day DESC, x.id DESC LIMIT 1)) AS policy,"
    "  coalesce(m.messages, 0) AS messages,"
    "  10000 * m.pass / nullif(m.messages, 0) / 100.0 AS pass_pct,"
    "  10000 * m.pass / nullif(m.messages, 0) / 100.0 AS bar,"
    "  coalesce(m.messages - m.pass, 0) AS fail, r.reports, r.reporters,"
    "  r.last_day, date(r.last_day, 'unixepoch') AS last_date,"
    "  r.subdomains, m.trend"
    " FROM r LEFT JOIN m ON m.domain = r.domain"
    " ORDER BY coalesce(m.messages, 0) DESC, r.domain";

static const struct output_column summary_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 6 },
	{ "policy", "policy", OUTPUT_TEXT, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", "compliant", OUTPUT_PERCENT, 0 },
	{ "bar", "", OUTPUT_BAR, OUTPUT_LEAVE_OUT(4) },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ "reports", "reports", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(2) },
	{ "reporters", "reporters", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(1) },
	{ "last_day", NULL, OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ "subdomains", "subs", OUTPUT_NUMBER, OUTPUT_IF_ANY },
	{ "trend", "by day", OUTPUT_SPARK, OUTPUT_LEAVE_OUT(3) },
	{ 0 },
};

/* Failed mails that nobody can have missed for more than a month count. */
static const char failed_sql[] =
    "SELECT count(*) FROM message WHERE status = 'failed'"
    " AND fetched_ts >= unixepoch() - 30 * 86400";

static const char mailboxes_sql[] =
    "SELECT count(*) FROM mailbox WHERE active AND last_error IS NOT NULL";

static const char conflicts_sql[] = SCOPE_WITH
    "SELECT (SELECT count(*) FROM dom CROSS JOIN report ON domain = dom.name"
    "  AND day BETWEEN ?1 AND ?2 WHERE counted = 0)"
    " + (SELECT count(*) FROM tls_report WHERE counted = 0"
    "  AND day BETWEEN ?1 AND ?2 AND ?3 IS NULL)";

/* What came twice in two ways, in the days that are shown. */
static int
say_conflicts(struct output *o, struct query_db *db,
    const struct period *period, const char *domain, struct err *err)
{
	struct query *q;
	int64_t n = 0;
	int step;

	if (scope_query(&q, db, conflicts_sql, period, domain, err) == -1)
		return -1;
	if ((step = query_step(q, err)) == 1)
		n = query_value(q, 0).num;
	query_free(q);
	if (step == -1)
		return -1;
	if (n > 0)
		output_say(o, "! %" PRId64 " %s: ruactl query conflicts", n,
		    n == 1
		        ? "report contradicts another of the same id and is "
		          "not counted"
		        : "reports contradict another of the same id and are "
		          "not counted");
	return 0;
}

static int
say_attention(struct output *o, struct query_db *db, struct err *err)
{
	int64_t failed = 0, mailboxes = 0;

	if (query_one_int(db, failed_sql, &failed, err) == -1 ||
	    query_one_int(db, mailboxes_sql, &mailboxes, err) == -1)
		return -1;
	if (failed > 0 && mailboxes > 0)
		output_say(o,
		    "! %" PRId64 " %s could not be read, %" PRId64
		    " %s: ruactl status",
		    failed, failed == 1 ? "mail" : "mails", mailboxes,
		    mailboxes == 1 ? "mailbox has an error"
		                   : "mailboxes have errors");
	else if (failed > 0)
		output_say(o,
		    "! %" PRId64 " %s could not be read: ruactl status", failed,
		    failed == 1 ? "mail" : "mails");
	else if (mailboxes > 0)
		output_say(o, "! %" PRId64 " %s: ruactl status", mailboxes,
		    mailboxes == 1 ? "mailbox has an error"
		                   : "mailboxes have errors");
	return 0;
}

static int
say_more(const struct listing_run *r, struct err *err)
{
	if (say_attention(r->out, r->db, err) == -1)
		return -1;
	return say_conflicts(r->out, r->db, &r->period, r->domain, err);
}

int
cmd_summary(const struct options *options, struct err *err)
{
	static const struct listing summary = {
		.title = "DMARC",
		.sql = summary_sql,
		.columns = summary_columns,
		.days = 30,
		.of = PERIOD_OF_REPORTS,
		.say_more = say_more,
	};

	return listing_run(&summary, options, err);
}
