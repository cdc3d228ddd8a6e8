/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 30

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
    "  10000 * ok / nullif(ok + failed, 0) / 100.0 AS ok_pct,"
    "  10000 * ok / nullif(ok + failed, 0) / 100.0 AS bar,"
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

static const char failures_sql[] =
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

static const struct output_column failures_columns[] = {
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

static int
print_empty(const struct listing_run *r, struct err *err)
{
	bool is_chosen = period_is_chosen(&r->options->period);
	int64_t reports = 0;

	if (query_one_int(
	        r->db, "SELECT count(*) FROM tls_report", &reports, err) == -1)
		return -1;
	output_line(r->out, "No TLS reports%s%s%s.",
	    r->domain != NULL ? " about " : "",
	    r->domain != NULL ? r->domain : "",
	    is_chosen ? " for these days" : "");
	if (reports == 0) {
		output_line(
		    r->out, "To receive them, publish this record in DNS:");
		output_line(r->out,
		    "_smtp._tls.%s TXT \"v=TLSRPTv1; rua=mailto:ADDRESS\"",
		    r->domain != NULL ? r->domain : "DOMAIN");
	} else if (is_chosen)
		output_line(r->out, "Change --since, --until or --day");
	else
		output_line(r->out, "All domains: ruactl tls");
	return 0;
}

static int
show(const struct listing_run *r, struct err *err)
{
	int64_t rows = 0;

	if (r->period.text[0] != '\0')
		output_line(r->out, "TLS, %s", r->period.text);
	if (listing_show(r, "policies", NULL, policies_sql, policies_columns,
	        &rows, err) == -1 ||
	    listing_show(r, "failures", "What failed", failures_sql,
	        failures_columns, NULL, err) == -1)
		return -1;
	return rows == 0 ? print_empty(r, err) : 0;
}

int
cmd_tls(const struct options *options, struct err *err)
{
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, DAYS, PERIOD_OF_TLS, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
