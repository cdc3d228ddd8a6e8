/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/scope.h"
#include "ctl/ctl.h"

#define DAYS 90

static const char reporters_sql[] =
    "WITH a AS (SELECT max(org_name) AS org_name, count(DISTINCT domain) AS "
    "domains,"
    "    count(*) AS reports, sum(messages) AS messages,"
    "    min(day) AS first_day, max(day) AS last_day,"
    "    avg(imported_ts - end_ts) AS delay"
    "  FROM (SELECT rep.*, (SELECT coalesce(sum(rec.messages), 0)"
    "      FROM record rec WHERE rec.report_id = rep.id) AS messages"
    "    FROM report rep WHERE rep.counted = 1"
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
	{ "reporter", OUTPUT_TEXT, 12 },
	{ "domains", OUTPUT_NUMBER, 0 },
	{ "reports", OUTPUT_NUMBER, 0 },
	{ "messages", OUTPUT_NUMBER, 0 },
	{ "first day", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "last day", OUTPUT_TEXT, 0 },
	{ "silent", OUTPUT_NUMBER, 0 },
	{ NULL, OUTPUT_NUMBER, 0 }, /* avg_delay_hours */
	{ "by day", OUTPUT_SPARK, OUTPUT_LEAVE_OUT(2) },
};

int
reporters_run(const struct ctl *ctl, struct err *err)
{
	struct output *o = ctl_output(ctl);
	struct query_db *db = NULL;
	struct query *q = NULL;
	struct period period;
	int64_t rows = 0;
	int rc = -1;

	if (ctl_open(ctl, &db, err) == -1 ||
	    period_find(&period, &ctl->period, DAYS, PERIOD_OF_REPORTS, db,
	        NULL, err) == -1 ||
	    scope_query(&q, db, reporters_sql, &period, NULL, err) == -1)
		goto out;
	if (period.text[0] != '\0')
		output_say(o, "Reporters, %s", period.text);
	if (output_rows(o, NULL, NULL, q, reporters_columns, &rows, err) == -1)
		goto out;
	if (rows == 0 && ctl_say_empty(ctl, o, db, NULL, err) == -1)
		goto out;
	rc = output_end(o, err);
out:
	query_free(q);
	query_close(db);
	output_free(o);
	return rc;
}
