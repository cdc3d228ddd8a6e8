/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/commands.h"
#include "ctl/report_columns.h"
#include "store/rules.h"

/*
 * Each follows the primary key, so that the first row comes at once and memory
 * does not grow: CROSS JOIN keeps SQLite from choosing another order.
 */
static const char records_sql[] =
    "SELECT rec.id, rec.report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.domain, rec.header_from,"
    " rep.org_name, rep.external_id, " SOURCE_COLUMNS ", " RULE_RECORD_CLASS
    " AS class, rec.messages, rec.dmarc, rec.dkim, rec.spf, rec.cause,"
    " rec.disposition, rec.envelope_from, rec.envelope_to,"
    " (SELECT " DKIM_RESULTS
    "   FROM auth_dkim WHERE record_id = rec.id) AS auth_dkim,"
    " (SELECT " SPF_RESULTS
    "   FROM auth_spf WHERE record_id = rec.id) AS auth_spf,"
    " (SELECT json_group_array(json_object('type', type,"
    "   'comment', comment))"
    "   FROM override WHERE record_id = rec.id) AS override,"
    " iif(json_valid(rec.raw), rec.raw, NULL) AS raw, rep.reporter,"
    " rep.content_sha256, rep.imported_ts"
    " FROM record rec CROSS JOIN report rep ON rep.id = rec.report_id"
    " LEFT JOIN source s ON s.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " ORDER BY rec.id";

static const char reports_sql[] =
    "SELECT rep.id, rep.message_id, " REPORT_COLUMNS ", msg.sender,"
    " msg.verified, iif(json_valid(rep.raw), rep.raw, NULL) AS raw"
    " FROM report rep LEFT JOIN message msg ON msg.id = rep.message_id"
    " ORDER BY rep.id";

static const char failures_sql[] =
    "SELECT f.id, f.message_id, " FAILURE_COLUMNS ", f.content_sha256"
    " FROM failure f LEFT JOIN source s ON s.id = f.source_id"
    " ORDER BY f.id";

static const char tls_sql[] =
    "SELECT pol.id, pol.tls_report_id, rep.day,"
    " date(rep.day, 'unixepoch') AS date, rep.org_name, rep.contact,"
    " rep.external_id, rep.begin_ts, rep.end_ts, rep.imported_ts,"
    " rep.conflict, rep.counted, " POLICY_COLUMNS ","
    " (SELECT json_group_array(json_object('result', result,"
    "   'failed', failed, 'sending_ip', sending_ip, 'mx', mx,"
    "   'mx_helo', mx_helo, 'receiving_ip', receiving_ip,"
    "   'reason_code', reason_code, 'info', info))"
    "   FROM tls_failure WHERE tls_policy_id = pol.id) AS tls_failure,"
    " rep.content_sha256"
    " FROM tls_policy pol"
    " CROSS JOIN tls_report rep ON rep.id = pol.tls_report_id"
    " ORDER BY pol.id";

extern const char export_parsedmarc_sql[];

static const struct export
{
	const char *name;
	const char *columns; /* whose names; NULL: the database's */
	const char *sql;
	const char *json;  /* the columns that are JSON */
	const char *words; /* the columns that are true or false */
}
exports[] = {
	{ "records", NULL, records_sql, " auth_dkim auth_spf override raw ",
	    "" },
	{ "records", "parsedmarc", export_parsedmarc_sql, "",
	    " spf_aligned dkim_aligned dmarc_aligned " },
	{ "reports", NULL, reports_sql, " quirks raw ", "" },
	{ "failures", NULL, failures_sql, " quirks ", "" },
	{ "tls", NULL, tls_sql, " policy mx_hosts tls_failure ", "" },
};

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static int
find_export(const struct export **export, const struct options *options,
    struct err *err)
{
	bool known = false;
	size_t i;

	for (i = 0; i < sizeof(exports) / sizeof(exports[0]); i++) {
		if (strcmp(options->args[0], exports[i].name) != 0)
			continue;
		known = true;
		if (is_same(options->columns, exports[i].columns)) {
			*export = &exports[i];
			return 0;
		}
	}
	if (known)
		return err_set(err, ERR_USAGE,
		    "%s cannot be exported with --columns=%s: there is "
		    "only --columns=parsedmarc, for records",
		    options->args[0], options->columns);
	return err_set(err, ERR_USAGE,
	    "cannot export \"%s\": use records, reports, failures or tls",
	    options->args[0]);
}

static struct output_column *
make_columns(const struct export *export, struct query *q)
{
	struct output_column *columns;
	char *word;
	int i, n = query_columns(q);

	columns = xcalloc((size_t)n + 1, sizeof(*columns));
	for (i = 0; i < n; i++) {
		columns[i].name = query_column_name(q, i);
		xasprintf(&word, " %s ", columns[i].name);
		columns[i].kind = strstr(export->json, word) != NULL
		    ? OUTPUT_JSON_TEXT
		    : strstr(export->words, word) != NULL ? OUTPUT_BOOL
		                                          : OUTPUT_TEXT;
		free(word);
	}
	return columns;
}

static int
write_rows(const struct options *options, const struct export *export,
    struct query_db *db, struct err *err)
{
	struct output *o = options_new_output(options);
	struct output_column *columns = NULL;
	struct query *q = NULL;
	int rc = -1;

	if (query_new(&q, db, export->sql, err) == -1)
		goto out;
	columns = make_columns(export, q);
	if (output_rows(o, NULL, NULL, q, columns, NULL, err) == 0)
		rc = output_end(o, err);
out:
	free(columns);
	query_free(q);
	output_free(o);
	return rc;
}

int
cmd_export(const struct options *options, struct err *err)
{
	const struct export *export;
	struct options programs = *options;
	struct query_db *db = NULL;
	int rc;

	if (find_export(&export, options, err) == -1)
		return -1;
	if (options->after != NULL || options->follow)
		return err_set(err, ERR_USAGE,
		    "export takes no --after and no --follow: what is replaced "
		    "or deleted would stay with whoever has it; \"ruactl "
		    "feed\" "
		    "tells all changes");
	if (options->format == OUTPUT_TABLE)
		programs.format = OUTPUT_CSV;
	if (options_open_database(options, &db, err) == -1)
		return -1;
	rc = write_rows(&programs, export, db, err);
	query_close(db);
	return rc;
}
