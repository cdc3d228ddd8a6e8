/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "store/rules.h"

#define DELAY RULE_DELAY(msg, rep)

static const char reporters_sql[] =
    "WITH a AS (SELECT max(org_name) AS org_name, count(DISTINCT domain) AS "
    "domains,"
    "    count(*) AS reports, sum(messages) AS messages,"
    "    min(day) AS first_day, max(day) AS last_day,"
    "    avg(delay) AS delay"
    "  FROM (SELECT rep.*, " DELAY " AS delay,"
    "    (SELECT coalesce(sum(rec.messages), 0)"
    "      FROM record rec WHERE rec.report_id = rep.id) AS messages"
    "    FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id"
    "    WHERE rep.counted = 1"
    "    AND rep.day BETWEEN ?1 AND ?2)"
    "  GROUP BY org_name COLLATE NOCASE),"
    " t AS (SELECT max(org_name) AS org_name, printf('%d ', (?2 - ?1) / 86400 "
    "+ 1)"
    "    || group_concat(((day - ?1) / 86400) || ':' || reports, ' ') AS trend"
    "  FROM (SELECT max(org_name) AS org_name, day,"
    "    count(*) AS reports FROM report"
    "    WHERE counted = 1 AND day BETWEEN ?1 AND ?2"
    "    GROUP BY org_name COLLATE NOCASE, day)"
    "  GROUP BY org_name COLLATE NOCASE)"
    " SELECT a.org_name, domains, reports, messages,"
    "  date(first_day, 'unixepoch') AS first_date,"
    "  date(last_day, 'unixepoch') AS last_date,"
    "  (?2 - last_day) / 86400 AS days_silent,"
    "  round(delay / 3600.0, 1) AS avg_delay_hours, trend"
    " FROM a JOIN t ON t.org_name = a.org_name COLLATE NOCASE"
    " ORDER BY messages DESC, a.org_name";

static const struct output_column reporters_columns[] = {
	{ "org_name", "reporter", OUTPUT_TEXT, 12 },
	{ "domains", "domains", OUTPUT_NUMBER, 0 },
	{ "reports", "reports", OUTPUT_NUMBER, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "first_date", "first day", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ "days_silent", "silent", OUTPUT_NUMBER, 0 },
	{ "avg_delay_hours", NULL, OUTPUT_NUMBER, 0 },
	{ "trend", "by day", OUTPUT_SPARK, OUTPUT_LEAVE_OUT(2) },
	{ 0 },
};

int
cmd_reporters(const struct options *options, struct err *err)
{
	static const struct listing reporters = {
		.title = "Reporters",
		.sql = reporters_sql,
		.columns = reporters_columns,
		.days = 90,
		.of = PERIOD_OF_REPORTS,
	};

	return listing_run(&reporters, options, err);
}
