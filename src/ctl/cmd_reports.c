/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/scope.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define ROWS 50
#define DAYS 30

/* record_any is slow here: SQLite would make all its rows for each report. */
#define OF_IT \
	" FROM (SELECT messages, dkim = 1 OR spf = 1 AS pass" \
	"     FROM record_row WHERE report_id = rep.id" \
	"   UNION ALL SELECT messages, dkim = 1 OR spf = 1" \
	"     FROM record_aside WHERE report_id = rep.id)"

#define REPORTS_SQL(where) \
	"SELECT rep.id, rep.day, date(rep.day, 'unixepoch') AS date," \
	" rep.domain, rep.org_name, rep.external_id," \
	" (SELECT count(*)" OF_IT ") AS records," \
	" (SELECT coalesce(sum(messages), 0)" OF_IT ") AS messages," \
	" (SELECT 10000 * coalesce(sum(messages) FILTER (WHERE pass), 0)" \
	"   / nullif(sum(messages), 0) / 100.0" OF_IT ") AS pass_pct," \
	" rep.partial, rep.conflict, rep.counted," \
	" iif(json_valid(rep.quirks), rep.quirks, NULL) AS quirks," \
	" trim(iif(rep.partial, 'partial ', '')" \
	"   || iif(rep.conflict, 'conflict ', '')" \
	"   || iif(rep.counted, '', 'not-counted ')" \
	"   || coalesce((SELECT group_concat(value, ' ') FROM" \
	"     json_each(iif(json_valid(rep.quirks), rep.quirks, '[]'))), ''))" \
	"   AS notes" \
	" FROM (SELECT id FROM report WHERE day BETWEEN ?1 AND ?2" where \
	"   AND (?11 IS NULL OR org_name = ?11 COLLATE NOCASE)" \
	"   ORDER BY day DESC, id DESC LIMIT ?4) one" \
	" CROSS JOIN report rep ON rep.id = one.id" \
	" ORDER BY rep.day DESC, rep.id DESC"

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

int
cmd_reports(const struct options *options, struct err *err)
{
	struct listing_run r;
	int64_t rows = 0;
	int rc = -1;

	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == -1)
		goto out;
	if (!period_is_chosen(&options->period)) {
		r.period.first = INT64_MIN;
		r.period.last = INT64_MAX;
	}
	if (r.limit == -1)
		r.limit = ROWS; /* programs too want the newest */
	rc = listing_show(&r, NULL, NULL,
	    r.domain != NULL ? REPORTS_SQL(" AND domain IN (SELECT value ->> 0"
	                                   " FROM json_each(?9))")
	                     : REPORTS_SQL(""),
	    reports_columns, &rows, err);
	if (rc == 0 && rows == 0)
		rc = listing_explain_empty(options, r.out, r.db, r.domain, err);
out:
	return listing_end(&r, rc, err);
}
