/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/problem.h"
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

/* One line for each kind, with how many there are of mailboxes. */
static void
say_attention(struct output *o, const struct problem_list *list)
{
	const struct problem *p = list->problems.at;
	int mailboxes = 0;
	size_t i;

	for (i = 0; i < list->problems.n; i++)
		if (p[i].kind == PROBLEM_MAILBOX)
			mailboxes++;
		else
			output_line(o, "! %s: %s", p[i].text, p[i].command);
	if (mailboxes > 0)
		output_line(o, "! %d %s attention: ruactl status", mailboxes,
		    mailboxes == 1 ? "mailbox needs" : "mailboxes need");
}

static int
say_problems(const struct listing_run *r,
    const struct problem_question *question, struct err *err)
{
	struct problem_list list;
	int rc = problem_load(&list, r->db, question, err);

	if (rc == 0)
		say_attention(r->out, &list);
	problem_done(&list);
	return rc;
}

static int
print_more(const struct listing_run *r, struct err *err)
{
	/* Nobody can have missed for longer what could not be read. */
	const struct problem_question now = {
		.kinds = PROBLEM_BIT(PROBLEM_MAILBOX) |
		    PROBLEM_BIT(PROBLEM_UNREADABLE),
		.hours = 30 * 24,
		.late_seconds = PERIOD_DAY,
	};
	const struct problem_question then = {
		.kinds = PROBLEM_BIT(PROBLEM_CONFLICT),
		.period = r->period,
		.domain = r->domain,
	};

	if (say_problems(r, &now, err) == -1)
		return -1;
	return say_problems(r, &then, err);
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
		.says_age = true,
		.print_more = print_more,
	};

	return listing_run(&summary, options, err);
}
