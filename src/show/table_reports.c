/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports, one of them, and its records. */
#include "show/table.h"
#include "store/rules.h"

/* record_any is slow here: SQLite would make all its rows for each report. */
#define OF_IT \
	" FROM (SELECT messages, dkim = 1 OR spf = 1 AS pass" \
	"     FROM record_row WHERE report_id = rep.id" \
	"   UNION ALL SELECT messages, dkim = 1 OR spf = 1" \
	"     FROM record_aside WHERE report_id = rep.id)"

#define PASS_PCT RULE_PERCENT(sum(messages) FILTER(WHERE pass), sum(messages))

#define FAILS_IN(table) \
	"EXISTS (SELECT 1 FROM " table " WHERE report_id = report.id" \
	"     AND dkim IS NOT 1 AND spf IS NOT 1)"

#define CHOSEN \
	" AND (?11 IS NULL OR org_name = ?11 COLLATE NOCASE)" \
	" AND (?12 IS NULL OR external_id = ?12)" \
	" AND (?13 IS NULL OR ?13 = (" FAILS_IN( \
	    "record_row") "   OR " FAILS_IN("record_aside") "))"
#define OF_DOMAIN " AND domain IN (SELECT value ->> 0 FROM json_each(?9))"

/* clang-format off */
#define REPORTS_SQL(where) \
	"SELECT rep.id, rep.day, date(rep.day, 'unixepoch') AS date," \
	" rep.domain, rep.org_name, rep.external_id," \
	" (SELECT count(*)" OF_IT ") AS records," \
	" (SELECT coalesce(sum(messages), 0)" OF_IT ") AS messages," \
	" (SELECT " PASS_PCT OF_IT ") AS pass_pct," \
	" rep.partial, rep.conflict, rep.counted," \
	" iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks," \
	" trim(iif(rep.partial, 'partial ', '')" \
	"   || iif(rep.conflict, 'conflict ', '')" \
	"   || iif(rep.counted, '', 'not-counted ')" \
	"   || coalesce((SELECT group_concat(value, ' ') FROM" \
	"     json_each(iif(json_valid(rep.quirks), rep.quirks, '[]'))), ''))" \
	"   AS notes" \
	" FROM (SELECT id FROM report WHERE day BETWEEN ?1" \
	"   AND min(?2, coalesce(?14, ?2))" where \
	"   AND (?14 IS NULL OR day < ?14 OR id < ?15)" \
	CHOSEN "   ORDER BY day DESC, id DESC LIMIT ?4) one" \
	" CROSS JOIN report rep ON rep.id = one.id" \
	" ORDER BY rep.day DESC, rep.id DESC"
/* clang-format on */

static const char reports_sql[] = REPORTS_SQL("");

static const char reports_of_domain_sql[] = REPORTS_SQL(OF_DOMAIN);

#define LISTED_SQL(where) \
	"SELECT count(*) AS n FROM report WHERE day BETWEEN ?1 AND ?2" \
	" AND day >= ?14 AND (day > ?14 OR id >= ?15)" where CHOSEN

const char table_reports_listed_sql[] = LISTED_SQL("");
const char table_reports_listed_of_domain_sql[] = LISTED_SQL(OF_DOMAIN);

static const struct output_column reports_columns[] = {
	{ "id", "id", OUTPUT_ID, 0 },
	{ "day", NULL, OUTPUT_NUMBER, 0 },
	{ "date", "date", OUTPUT_TEXT, 0 },
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "org_name", "reporter", OUTPUT_TEXT, 8 },
	{ "external_id", "report id", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "records", "records", OUTPUT_NUMBER, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", "pass", OUTPUT_PERCENT, 0 },
	{ "partial", NULL, OUTPUT_NUMBER, 0 },
	{ "conflict", NULL, OUTPUT_NUMBER, 0 },
	{ "counted", NULL, OUTPUT_NUMBER, 0 },
	{ "quirks", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "notes", "notes", OUTPUT_TABLE_ONLY, 5 },
	{ 0 },
};

const struct table table_reports = { reports_sql, reports_columns };
const struct table table_reports_of_domain = { reports_of_domain_sql,
	reports_columns };

static const char report_sql[] =
    "SELECT rep.id, rep.org_name, rep.org_email, rep.extra_contact,"
    " rep.external_id, rep.domain, rep.begin_ts, rep.end_ts, rep.day,"
    " strftime('%Y-%m-%d %H:%M:%S', rep.begin_ts, 'unixepoch') || ' to ' ||"
    "   strftime('%Y-%m-%d %H:%M:%S', rep.end_ts, 'unixepoch') || ' UTC'"
    "   AS period,"
    " rep.p, rep.sp, rep.np, rep.adkim, rep.aspf, rep.pct, rep.fo,"
    " rep.testing, rep.discovery_method,"
    " 'p=' || coalesce(rep.p, '?') || coalesce(' sp=' || rep.sp, '') ||"
    "   coalesce(' np=' || rep.np, '') ||"
    "   coalesce(' adkim=' || rep.adkim, '') ||"
    "   coalesce(' aspf=' || rep.aspf, '') ||"
    "   coalesce(' pct=' || rep.pct, '') ||"
    "   coalesce(' fo=' || rep.fo, '') ||"
    "   coalesce(' t=' || rep.testing, '') AS policy,"
    " rep.generator, rep.version, rep.errors,"
    " iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks,"
    " rep.partial, rep.conflict, rep.counted,"
    " nullif(iif(rep.partial, 'partial: the report is damaged, only what was"
    " certain is shown. ', '') || iif(rep.conflict, 'conflict: another report"
    " has the same identity and other content, and '"
    " || iif(rep.counted, 'is not counted.', 'counts, not this one.'), ''), "
    "'') AS marks,"
    " rep.reporter, rep.imported_ts,"
    " datetime(rep.imported_ts, 'unixepoch') || ' UTC' AS imported, "
    "rep.filename,"
    " box.name AS mailbox, msg.folder, msg.uid, msg.path, msg.msgid,"
    " msg.sender, msg.subject, msg.sent_ts,"
    " datetime(nullif(msg.sent_ts, 0), 'unixepoch') || ' UTC' AS sent,"
    " msg.fetched_ts, msg.from_domain,"
    " msg.verified, msg.filed_to,"
    " coalesce(box.name || ', ' || msg.folder || ', uid ' || msg.uid ||"
    "   coalesce(', now in ' || msg.filed_to, ''), msg.path) AS mail"
    " FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id"
    " LEFT JOIN mailbox box ON box.id = msg.mailbox_id WHERE rep.id = ?1";

static const struct output_column report_columns[] = {
	{ "id", "report", OUTPUT_ID, 0 },
	{ "org_name", "from", OUTPUT_TEXT, 0 },
	{ "org_email", "contact", OUTPUT_TEXT, 0 },
	{ "extra_contact", "more", OUTPUT_TEXT, 0 },
	{ "external_id", "report id", OUTPUT_TEXT, 0 },
	{ "domain", "domain", OUTPUT_TEXT, 0 },
	{ "begin_ts", NULL, OUTPUT_NUMBER, 0 },
	{ "end_ts", NULL, OUTPUT_NUMBER, 0 },
	{ "day", NULL, OUTPUT_NUMBER, 0 },
	{ "period", "period", OUTPUT_TABLE_ONLY, 0 },
	{ "p", NULL, OUTPUT_TEXT, 0 },
	{ "sp", NULL, OUTPUT_TEXT, 0 },
	{ "np", NULL, OUTPUT_TEXT, 0 },
	{ "adkim", NULL, OUTPUT_TEXT, 0 },
	{ "aspf", NULL, OUTPUT_TEXT, 0 },
	{ "pct", NULL, OUTPUT_NUMBER, 0 },
	{ "fo", NULL, OUTPUT_TEXT, 0 },
	{ "testing", NULL, OUTPUT_TEXT, 0 },
	{ "discovery_method", NULL, OUTPUT_TEXT, 0 },
	{ "policy", "policy", OUTPUT_TABLE_ONLY, 0 },
	{ "generator", "generator", OUTPUT_TEXT, 0 },
	{ "version", "version", OUTPUT_TEXT, 0 },
	{ "errors", "errors", OUTPUT_TEXT, 0 },
	{ "quirks", "quirks", OUTPUT_JSON_TEXT, 0 },
	{ "partial", NULL, OUTPUT_NUMBER, 0 },
	{ "conflict", NULL, OUTPUT_NUMBER, 0 },
	{ "counted", NULL, OUTPUT_NUMBER, 0 },
	{ "marks", "marks", OUTPUT_TABLE_ONLY, 0 },
	{ "reporter", NULL, OUTPUT_TEXT, 0 },
	{ "imported_ts", NULL, OUTPUT_TIME, 0 },
	{ "imported", "imported", OUTPUT_TABLE_ONLY, 0 },
	{ "filename", "file", OUTPUT_TEXT, 0 },
	{ "mailbox", NULL, OUTPUT_TEXT, 0 },
	{ "folder", NULL, OUTPUT_TEXT, 0 },
	{ "uid", NULL, OUTPUT_NUMBER, 0 },
	{ "path", NULL, OUTPUT_TEXT, 0 },
	{ "msgid", NULL, OUTPUT_TEXT, 0 },
	{ "sender", "sender", OUTPUT_TEXT, 0 },
	{ "subject", "subject", OUTPUT_TEXT, 0 },
	{ "sent_ts", NULL, OUTPUT_TIME, 0 },
	{ "sent", "sent", OUTPUT_TABLE_ONLY, 0 },
	{ "fetched_ts", NULL, OUTPUT_NUMBER, 0 },
	{ "from_domain", NULL, OUTPUT_TEXT, 0 },
	{ "verified", "verified", OUTPUT_TEXT, 0 },
	{ "filed_to", NULL, OUTPUT_TEXT, 0 },
	{ "mail", "message", OUTPUT_TABLE_ONLY, 0 },
	{ 0 },
};

const struct table table_report = { report_sql, report_columns };

/* They are sorted before their texts are made: a report may have many. */
static const char records_sql[] =
    "SELECT rec.id, s.ip, rec.messages, rec.disposition, rec.dmarc,"
    " rec.dkim, rec.spf, rec.cause, rec.header_from, rec.envelope_from,"
    " rec.envelope_to,"
    " (SELECT json_group_array(json_object('domain', a.domain, 'selector',"
    "   a.selector, 'result', a.result, 'human_result', a.human_result))"
    "   FROM (SELECT * FROM dkim_item"
    "     WHERE dkim_list_id = rec.dkim_list_id"
    "     ORDER BY seq) a) AS auth_dkim,"
    " (SELECT json_group_array(json_object('domain', a.domain, 'scope',"
    "   a.scope, 'result', a.result, 'human_result', a.human_result))"
    "   FROM (SELECT * FROM spf_item"
    "     WHERE profile_id = rec.profile_id"
    "     ORDER BY seq) a) AS auth_spf,"
    " (SELECT json_group_array(json_object('type', a.type, 'comment',"
    "   a.comment)) FROM (SELECT * FROM override_item"
    "     WHERE profile_id = rec.profile_id"
    "     ORDER BY seq) a) AS overrides,"
    " iif(json_valid(rec.raw), rec.raw, NULL) AS raw,"
    " nullif(concat_auth, '') AS auth"
    " FROM (SELECT r.*, p.header_from, p.envelope_from, p.raw,"
    "   coalesce((SELECT group_concat('dkim ' || coalesce(a.domain, '?')"
    "     || coalesce('/' || a.selector, '') || '='"
    "     || coalesce(a.result, '?'), ', ')"
    "     FROM (SELECT * FROM dkim_item"
    "       WHERE dkim_list_id = r.dkim_list_id"
    "       ORDER BY seq) a), '') ||"
    "   iif(EXISTS (SELECT 1 FROM dkim_item"
    "       WHERE dkim_list_id = r.dkim_list_id)"
    "     AND EXISTS (SELECT 1 FROM spf_item"
    "       WHERE profile_id = r.profile_id),"
    "     ', ', '') ||"
    "   coalesce((SELECT group_concat('spf ' || coalesce(a.domain, '?')"
    "     || '=' || coalesce(a.result, '?'), ', ')"
    "     FROM (SELECT * FROM spf_item"
    "       WHERE profile_id = r.profile_id"
    "       ORDER BY seq) a), '') ||"
    "   coalesce((SELECT group_concat(', override ' || a.type, '')"
    "     FROM (SELECT * FROM override_item"
    "       WHERE profile_id = r.profile_id"
    "       ORDER BY seq) a), '') AS concat_auth"
    "   FROM (SELECT * FROM record_any WHERE report_id = ?1"
    "       AND (?2 IS NULL OR dmarc = ?2)"
    "     ORDER BY dmarc = 'pass', messages DESC, id LIMIT ?3) r"
    "   CROSS JOIN profile p ON p.id = r.profile_id) rec"
    " LEFT JOIN source s ON s.id = rec.source_id";

static const struct output_column record_columns[] = {
	{ "id", NULL, OUTPUT_NUMBER, 0 },
	{ "ip", "ip", OUTPUT_TEXT, 15 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "disposition", "disposition", OUTPUT_TEXT, 4 },
	{ "dmarc", NULL, OUTPUT_TEXT, 0 },
	{ "dkim", "dkim", OUTPUT_RESULT, 0 },
	{ "spf", "spf", OUTPUT_RESULT, 0 },
	{ "cause", "cause", OUTPUT_WORD, OUTPUT_LEAVE_OUT(1) },
	{ "header_from", "header from", OUTPUT_TEXT, 8 },
	{ "envelope_from", NULL, OUTPUT_TEXT, 0 },
	{ "envelope_to", NULL, OUTPUT_TEXT, 0 },
	{ "auth_dkim", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "auth_spf", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "overrides", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "raw", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "auth", "results", OUTPUT_TABLE_ONLY, 10 },
	{ 0 },
};

const struct table table_records = { records_sql, record_columns };
