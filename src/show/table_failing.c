/* SPDX-License-Identifier: BSD-2-Clause */
/* What failed: connections, messages, and the reports of single ones. */
#include "answer/scope.h"
#include "show/table.h"
#include "store/rules.h"

#define OK_PCT RULE_PERCENT(ok, ok + failed)

static const char policies_sql[] =
    "WITH f AS MATERIALIZED (SELECT p.domain, p.type, p.ok, p.failed, r.id,"
    "    r.org_name, r.day"
    "  FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    "  WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR "
    "p.domain = ?3)),"
    " a AS (SELECT domain, type, sum(ok) AS ok, sum(failed) AS failed,"
    "    count(DISTINCT id) AS reports,"
    "    count(DISTINCT lower(org_name)) AS reporters, max(day) AS last_day"
    "  FROM f GROUP BY domain, type),"
    " t AS (SELECT domain, type, printf('%d ', (?2 - ?1) / 86400 + 1)"
    "    || group_concat(((day - ?1) / 86400) || ':' || failed, ' ') AS trend"
    "  FROM (SELECT domain, type, day, sum(failed) AS failed FROM f"
    "    GROUP BY domain, type, day) GROUP BY domain, type)"
    " SELECT a.domain, a.type, ok, failed,"
    "  " OK_PCT " AS ok_pct,"
    "  " OK_PCT " AS bar,"
    "  reports, reporters, date(last_day, 'unixepoch') AS last_date, trend"
    " FROM a JOIN t ON t.domain = a.domain AND t.type = a.type"
    " ORDER BY failed DESC, ok DESC, a.domain, a.type";

static const struct output_column policies_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "type", "policy", OUTPUT_TEXT, 0 },
	{ "ok", "ok", OUTPUT_NUMBER, 0 },
	{ "failed", "failed", OUTPUT_BAD_NUMBER, 0 },
	{ "ok_pct", "good", OUTPUT_PERCENT, 0 },
	{ "bar", "", OUTPUT_BAR, OUTPUT_LEAVE_OUT(3) },
	{ "reports", "reports", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(2) },
	{ "reporters", "reporters", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(1) },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ "trend", "failed by day", OUTPUT_SPARK, OUTPUT_LEAVE_OUT(4) },
	{ 0 },
};

const struct table table_tls_policies = { policies_sql, policies_columns };

static const char connections_sql[] =
    "SELECT p.domain, p.type, f.result, f.mx, f.receiving_ip,"
    " r.org_name, sum(f.failed) AS failed,"
    " date(max(r.day), 'unixepoch') AS last_date"
    " FROM tls_report r JOIN tls_policy p ON p.tls_report_id = r.id"
    " JOIN tls_failure f ON f.tls_policy_id = p.id"
    " WHERE r.counted = 1 AND r.day BETWEEN ?1 AND ?2 AND (?3 IS NULL OR "
    "p.domain = ?3)"
    " GROUP BY p.domain, p.type, f.result, f.mx, f.receiving_ip, r.org_name"
    " ORDER BY sum(f.failed) DESC, p.domain, f.result, f.mx,"
    "   f.receiving_ip, r.org_name";

static const struct output_column connections_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "type", NULL, OUTPUT_TEXT, 0 },
	{ "result", "result", OUTPUT_TEXT, 12 },
	{ "mx", "mx", OUTPUT_TEXT, 8 },
	{ "receiving_ip", NULL, OUTPUT_TEXT, 0 },
	{ "org_name", "reporter", OUTPUT_TEXT, 8 },
	{ "failed", "failed", OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct table table_tls_failures = { connections_sql,
	connections_columns };

const struct output_column table_failing[] = {
	{ "who", "who", OUTPUT_TEXT, 24 },
	{ "ip", NULL, OUTPUT_TEXT, 0 },
	{ "addresses", "addresses", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(1) },
	{ "org_name", "reporter", OUTPUT_TEXT, 8 },
	{ "cause", "cause", OUTPUT_WORD, 0 },
	{ "disposition", "disposition", OUTPUT_TEXT, 4 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(2) },
	{ 0 },
};

static const char failures_sql[] =
    "SELECT f.id, f.arrival_ts,"
    " date(" SCOPE_FAILURE_TS ", 'unixepoch') AS date,"
    " f.reported_domain, s.ip, f.auth_failure, f.delivery_result,"
    " f.mail_from, f.rcpt_to, f.header_from, f.subject, f.msgid,"
    " f.dkim_domain, f.dkim_selector, f.incidents"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " LEFT JOIN message msg ON msg.id = f.message_id" SCOPE_FAILURES
    " ORDER BY " SCOPE_FAILURE_TS " DESC, f.id DESC LIMIT ?4";

static const struct output_column failures_columns[] = {
	{ "id", "id", OUTPUT_ID, 0 },
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

const struct table table_failures = { failures_sql, failures_columns };
