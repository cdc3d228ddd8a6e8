/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/ctl.h"

/*
 * Each goes along the primary key, so that the first row comes at once and
 * memory does not grow: CROSS JOIN keeps SQLite from another order.
 */
static const char records_sql[] =
    "SELECT rec.id, rec.report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.domain, rec.header_from,"
    " rep.org_name, rep.external_id, s.ip, s.ptr, s.ptr_domain, s.asn,"
    " s.as_name, s.country, snd.label AS sender, snd.kind AS sender_kind,"
    " rec.messages, rec.dmarc, rec.dkim, rec.spf, rec.cause,"
    " rec.disposition, rec.envelope_from, rec.envelope_to,"
    " (SELECT json_group_array(json_object('domain', domain,"
    "   'selector', selector, 'result', result,"
    "   'human_result', human_result))"
    "   FROM auth_dkim WHERE record_id = rec.id) AS auth_dkim,"
    " (SELECT json_group_array(json_object('domain', domain,"
    "   'scope', scope, 'result', result, 'human_result', human_result))"
    "   FROM auth_spf WHERE record_id = rec.id) AS auth_spf,"
    " (SELECT json_group_array(json_object('type', type,"
    "   'comment', comment))"
    "   FROM override WHERE record_id = rec.id) AS override,"
    " iif(json_valid(rec.raw), rec.raw, NULL) AS raw"
    " FROM record rec CROSS JOIN report rep ON rep.id = rec.report_id"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE rec.id > ?1 ORDER BY rec.id";

static const char reports_sql[] =
    "SELECT rep.id, rep.message_id, rep.filename, rep.org_name,"
    " rep.org_email, rep.extra_contact, rep.external_id, rep.begin_ts,"
    " rep.end_ts, rep.day, date(rep.day, 'unixepoch') AS date, rep.domain,"
    " rep.p, rep.sp, rep.np, rep.adkim, rep.aspf, rep.pct, rep.fo,"
    " rep.testing, rep.discovery_method, rep.generator, rep.version,"
    " rep.errors, iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks,"
    " rep.partial, rep.conflict, rep.reporter, rep.content_sha256,"
    " rep.imported_ts, msg.sender, msg.verified"
    " FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id"
    " WHERE rep.id > ?1 ORDER BY rep.id";

static const char failures_sql[] =
    "SELECT f.id, f.message_id, f.arrival_ts, f.reported_domain,"
    " f.feedback_type, s.ip, f.auth_failure, f.delivery_result,"
    " f.mail_from, f.rcpt_to, f.header_from, f.subject, f.msgid,"
    " f.dkim_domain, f.dkim_selector, f.auth_results,"
    " f.identity_alignment, f.user_agent, f.incidents, f.sample,"
    " iif(json_valid(f.quirks), f.quirks, NULL) AS quirks,"
    " f.content_sha256"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " WHERE f.id > ?1 ORDER BY f.id";

static const char tls_sql[] =
    "SELECT pol.id, pol.tls_report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.org_name, rep.contact,"
    " rep.external_id, rep.begin_ts, rep.end_ts, rep.imported_ts,"
    " rep.conflict, pol.domain, pol.type,"
    " iif(json_valid(pol.policy), pol.policy, NULL) AS policy,"
    " iif(json_valid(pol.mx_hosts), pol.mx_hosts, NULL) AS mx_hosts,"
    " pol.ok, pol.failed,"
    " (SELECT json_group_array(json_object('result', result,"
    "   'failed', failed, 'sending_ip', sending_ip, 'mx', mx,"
    "   'mx_helo', mx_helo, 'receiving_ip', receiving_ip,"
    "   'reason_code', reason_code, 'info', info))"
    "   FROM tls_failure WHERE tls_policy_id = pol.id) AS tls_failure"
    " FROM tls_policy pol"
    " CROSS JOIN tls_report rep ON rep.id = pol.tls_report_id"
    " WHERE pol.id > ?1 ORDER BY pol.id";

static const struct what {
	const char *name;
	const char *sql;
	const char *json; /* the columns that are JSON */
} whats[] = {
	{ "records", records_sql, " auth_dkim auth_spf override raw " },
	{ "reports", reports_sql, " quirks " },
	{ "failures", failures_sql, " quirks " },
	{ "tls", tls_sql, " policy mx_hosts tls_failure " },
};

static const struct what *
find_what(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(whats) / sizeof(whats[0]); i++)
		if (strcmp(name, whats[i].name) == 0)
			return &whats[i];
	return NULL;
}

static struct output_column *
columns_of(const struct what *what, struct query *q)
{
	struct output_column *columns;
	char *word;
	int i, n = query_columns(q);

	columns = xcalloc((size_t)n, sizeof(*columns));
	for (i = 0; i < n; i++) {
		xasprintf(&word, " %s ", query_column_name(q, i));
		columns[i].kind = strstr(what->json, word) != NULL
		    ? OUTPUT_JSON_TEXT
		    : OUTPUT_TEXT;
		free(word);
	}
	return columns;
}

int
export_run(const struct ctl *ctl, struct err *err)
{
	const struct what *what = find_what(ctl->args[0]);
	struct output_column *columns = NULL;
	struct ctl programs = *ctl;
	struct query_db *db = NULL;
	struct output *o = NULL;
	struct query *q = NULL;
	int rc = -1;

	if (what == NULL)
		return err_set(err, ERR_USAGE,
		    "cannot export \"%s\": take records, reports, failures or "
		    "tls",
		    ctl->args[0]);
	if (ctl->format == OUTPUT_TABLE)
		programs.format = OUTPUT_CSV;
	o = ctl_output(&programs);
	if (ctl_open(ctl, &db, err) == -1 ||
	    query_new(&q, db, what->sql, err) == -1)
		goto out;
	query_bind_int(q, 1, ctl->after);
	columns = columns_of(what, q);
	if (output_rows(o, NULL, NULL, q, columns, NULL, err) == -1)
		goto out;
	rc = output_end(o, err);
out:
	free(columns);
	query_free(q);
	query_close(db);
	output_free(o);
	return rc;
}
