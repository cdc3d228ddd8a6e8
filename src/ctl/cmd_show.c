/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "base/text.h"
#include "ctl/commands.h"

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
    "   FROM record_any r CROSS JOIN profile p ON p.id = r.profile_id"
    "   WHERE r.report_id = ?1) rec"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " ORDER BY rec.messages DESC, rec.id";

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

static int
show_records(struct output *o, struct query_db *db, int64_t id, struct err *err)
{
	struct query *q;
	int64_t rows = 0;
	int rc;

	if (query_new(&q, db, records_sql, err) == -1)
		return -1;
	query_bind_int(q, 1, id);
	rc = output_rows(o, "records", NULL, q, record_columns, &rows, err);
	if (rc == 0 && rows == 0)
		output_line(o, "The report has no records.");
	query_free(q);
	return rc;
}

int
cmd_show(const struct options *options, struct err *err)
{
	struct output *o = options_new_output(options);
	struct query_db *db = NULL;
	struct query *q = NULL;
	int64_t id;
	int rc = -1;

	if (!text_read_int(options->args[0], 1, INT64_MAX, &id)) {
		err_set(err, ERR_USAGE,
		    "show needs the id of a report, not \"%s\": ruactl "
		    "reports lists them",
		    options->args[0]);
		goto out;
	}
	if (options_open_database(options, &db, err) == -1 ||
	    query_new(&q, db, report_sql, err) == -1)
		goto out;
	query_bind_int(q, 1, id);
	if ((rc = query_step(q, err)) == 0)
		rc = err_set(err, ERR_INPUT,
		    "there is no report %" PRId64 ": ruactl reports lists them",
		    id);
	if (rc == -1 || output_fields(o, q, report_columns, err) == -1)
		goto out;
	rc = show_records(o, db, id, err);
	if (rc == 0)
		rc = output_end(o, err);
out:
	query_free(q);
	query_close(db);
	output_free(o);
	return rc;
}
