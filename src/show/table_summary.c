/* SPDX-License-Identifier: BSD-2-Clause */
/* Domains and reporters. */
#include "answer/record_reader.h"
#include "answer/scope.h"
#include "show/table.h"
#include "store/rules.h"

#define PASS_PCT RULE_PERCENT(m.pass, m.messages)

static const char summary_sql[] =
    "WITH RECURSIVE " SCOPE_DOM
    /* From one day to the next in the index. */
    ", days(name, shown, day) AS (SELECT name, shown,"
    "    (SELECT min(x.day) FROM report x WHERE x.domain = dom.name"
    "      AND x.day BETWEEN ?1 AND ?2) FROM dom"
    "  UNION ALL SELECT name, shown,"
    "    (SELECT min(x.day) FROM report x WHERE x.domain = days.name"
    "      AND x.day > days.day AND x.day <= ?2)"
    "  FROM days WHERE day IS NOT NULL),"
    /* First of each day: a sum of all reports by day would sort them. */
    " e AS MATERIALIZED (SELECT shown, day,"
    "    (SELECT json_array(sum(" RECORD_MESSAGES "), sum(" RECORD_PASS "))"
    "      FROM report rep" RECORD_PACK_JOIN
    "      WHERE rep.domain = days.name AND rep.day = days.day) AS sums"
    "  FROM days WHERE day IS NOT NULL),"
    " d AS (SELECT shown AS domain, day, sum(sums ->> 0) AS messages,"
    "    coalesce(sum(sums ->> 1), 0) AS pass"
    "  FROM e WHERE sums ->> 0 IS NOT NULL GROUP BY shown, day),"
    " m AS (SELECT domain, sum(messages) AS messages, sum(pass) AS pass,"
    "    printf('%d ', (?2 - ?1) / 86400 + 1)"
    "      || group_concat(((day - ?1) / 86400) || ':' || messages, ' ')"
    "      AS trend"
    "  FROM d GROUP BY domain),"
    " r AS (SELECT dom.shown AS domain, count(*) AS reports,"
    "    count(DISTINCT org_name COLLATE NOCASE) AS reporters,"
    "    max(day) AS last_day,"
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
    "  " PASS_PCT " AS pass_pct,"
    "  " PASS_PCT " AS bar,"
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

const struct table table_summary = { summary_sql, summary_columns };

#define DELAY RULE_DELAY(msg, rep)
#define IN_DOMAIN \
	"(?3 IS NULL OR domain IN (SELECT value ->> 0 FROM json_each(?9)))"

static const char reporters_sql[] =
    "WITH a AS (SELECT max(org_name) AS org_name, count(DISTINCT domain) AS "
    "domains,"
    "    count(*) AS reports, sum(messages) AS messages,"
    "    min(day) AS first_day, max(day) AS last_day,"
    "    avg(delay) AS delay"
    "  FROM (SELECT rep.org_name, rep.domain, rep.day, " DELAY " AS delay,"
    "    coalesce(" RECORD_MESSAGES ", 0) AS messages"
    "    FROM report rep LEFT JOIN message msg"
    "      ON msg.id = rep.message_id" RECORD_PACK_JOIN
    "    WHERE rep.counted = 1"
    "    AND rep.day BETWEEN ?1 AND ?2 AND " IN_DOMAIN ")"
    "  GROUP BY org_name COLLATE NOCASE),"
    " t AS (SELECT max(org_name) AS org_name, printf('%d ', (?2 - ?1) / 86400 "
    "+ 1)"
    "    || group_concat(((day - ?1) / 86400) || ':' || reports, ' ') AS trend"
    "  FROM (SELECT max(org_name) AS org_name, day,"
    "    count(*) AS reports FROM report"
    "    WHERE counted = 1 AND day BETWEEN ?1 AND ?2 AND " IN_DOMAIN
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

const struct table table_reporters = { reporters_sql, reporters_columns };
