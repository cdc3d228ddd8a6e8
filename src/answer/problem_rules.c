/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/problem_rules.h"

#include <stddef.h>

#include "answer/problem.h"
#include "answer/record_reader.h"
#include "answer/scope.h"
#include "store/rules.h"

/* An error that a person must end. */
#define IS_LASTING \
	"(last_error_class IN ('permission', 'configuration', 'bug'))"

#define NOTHING_BEFORE " 0 AS n_before, 0 AS of_before"

/* A clock that was wrong once must not hide that nothing is polled. */
static const char mailbox_sql[] =
    "SELECT CASE WHEN last_ok_ts IS NULL"
    "   OR abs(unixepoch() - last_ok_ts) > ?5 THEN 'critical'"
    "  WHEN " IS_LASTING " OR last_error = unfiled_error THEN 'warning'"
    "  ELSE 'passing' END AS class, name AS subject, last_error AS detail,"
    " coalesce(unixepoch() - last_ok_ts, 0) AS n,"
    " last_ok_ts IS NOT NULL AS of," NOTHING_BEFORE
    " FROM mailbox WHERE active AND (last_error IS NOT NULL"
    "  OR last_ok_ts IS NULL OR abs(unixepoch() - last_ok_ts) > ?5)"
    " ORDER BY name";

/* What ended the poll, too, is told once. */
static const char unfiled_sql[] =
    "SELECT 'warning' AS class, name AS subject, unfiled_error AS detail,"
    " 0 AS n, 0 AS of," NOTHING_BEFORE
    " FROM mailbox WHERE active AND unfiled_error IS NOT NULL"
    "  AND unfiled_error IS NOT last_error ORDER BY name";

static const char undelivered_sql[] =
    "SELECT 'warning' AS class, box.name AS subject, NULL AS detail,"
    " count(*) AS n, 0 AS of," NOTHING_BEFORE
    " FROM undelivered u JOIN mailbox box ON box.id = u.mailbox_id"
    " WHERE box.active GROUP BY box.id ORDER BY box.name";

static const char unreadable_sql[] =
    "SELECT 'warning' AS class, NULL AS subject, NULL AS detail,"
    " count(*) AS n, 0 AS of," NOTHING_BEFORE
    " FROM message WHERE status = 'failed' AND fetched_ts >= ?6"
    "  AND fetched_ts < ?7 HAVING count(*) > 0";

/* Of TLS reports only where no domain is asked for: they may be of many. */
static const char conflict_sql[] =
    "SELECT 'warning' AS class, NULL AS subject, NULL AS detail, n, 0 AS "
    "of," NOTHING_BEFORE
    " FROM (SELECT (SELECT count(*) FROM report WHERE counted = 0"
    "   AND day BETWEEN ?1 AND ?2 AND imported_ts >= ?8 AND (?3 IS NULL"
    "    OR domain IN (SELECT value ->> 0 FROM json_each(?9))))"
    "  + (SELECT count(*) FROM tls_report WHERE counted = 0"
    "   AND day BETWEEN ?1 AND ?2 AND imported_ts >= ?8 AND ?3 IS NULL) AS n)"
    " WHERE n > 0";

/*
 * 10 messages or more, and 2 points or more below the days before.  For each
 * domain by itself: a sum of all reports by domain would sort them.
 */
#define OF_DOMAINS \
	" FROM (WITH RECURSIVE " SCOPE_EVERY \
	" e AS MATERIALIZED (SELECT name, (SELECT json_array(" \
	"     sum(iif(rep.day >= ?1, " RECORD_MESSAGES ", 0))," \
	"     sum(iif(rep.day >= ?1, " RECORD_PASS ", 0))," \
	"     sum(iif(rep.day < ?1, " RECORD_MESSAGES ", 0))," \
	"     sum(iif(rep.day < ?1, " RECORD_PASS ", 0)))" \
	"    FROM report rep" RECORD_PACK_JOIN \
	"    WHERE rep.domain = every.name AND rep.day BETWEEN ?4 AND ?2)" \
	"    AS sums FROM every WHERE name IS NOT NULL)" \
	"  SELECT name AS domain, sums ->> 0 AS messages, sums ->> 1 AS pass," \
	"   sums ->> 2 AS before, sums ->> 3 AS pass_before FROM e)"

static const char compliance_sql[] =
    "SELECT 'warning' AS class, domain AS subject, NULL AS detail, pass AS n,"
    " messages AS of, pass_before AS n_before, before AS of_before" OF_DOMAINS
    " WHERE messages - pass >= 10 AND before > 0"
    "  AND 100.0 * pass / messages <= 100.0 * pass_before / before - 2"
    " ORDER BY pass - messages, domain";

const char problem_shares_sql[] = "SELECT domain, pass, messages" OF_DOMAINS
                                  " WHERE messages > 0";

/* One connection of a hundred or more. */
static const char tls_sql[] =
    "SELECT 'warning' AS class, domain AS subject, type AS detail,"
    " failed AS n, ok + failed AS of," NOTHING_BEFORE
    " FROM (SELECT p.domain, p.type, sum(p.ok) AS ok, sum(p.failed) AS failed"
    "  FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    "  WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2"
    "  GROUP BY p.domain, p.type)"
    " WHERE failed > 0 AND 100 * failed >= ok + failed"
    " ORDER BY failed DESC, domain, type";

static const char silent_sql[] =
    "SELECT 'warning' AS class, org_name AS subject, NULL AS detail,"
    " days_silent AS n, 0 AS of," NOTHING_BEFORE
    " FROM v_silent_reporter ORDER BY days_silent, org_name";

static const char reports_sql[] =
    "SELECT 'warning' AS class, NULL AS subject, NULL AS detail, 0 AS n,"
    " 0 AS of," NOTHING_BEFORE
    " WHERE NOT EXISTS (SELECT 1 FROM report WHERE day BETWEEN ?1 AND ?2)";

const char *const problem_rules[PROBLEM_KINDS] = {
	[PROBLEM_MAILBOX] = mailbox_sql,
	[PROBLEM_UNFILED] = unfiled_sql,
	[PROBLEM_UNDELIVERED] = undelivered_sql,
	[PROBLEM_UNREADABLE] = unreadable_sql,
	[PROBLEM_CONFLICT] = conflict_sql,
	[PROBLEM_COMPLIANCE] = compliance_sql,
	[PROBLEM_TLS] = tls_sql,
	[PROBLEM_SILENT] = silent_sql,
	[PROBLEM_REPORTS] = reports_sql,
};
