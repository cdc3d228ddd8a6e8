/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>

#include "answer/scope.h"
#include "ctl/ctl.h"

#define ROWS 50
#define DAYS 30

/* Not of record_any, of which SQLite would make all rows for each report. */
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
	" FROM (SELECT id FROM report WHERE day BETWEEN ?2 AND ?3" where \
	"   ORDER BY day DESC, id DESC LIMIT ?1) one" \
	" CROSS JOIN report rep ON rep.id = one.id" \
	" ORDER BY rep.day DESC, rep.id DESC"

static const struct output_column reports_columns[] = {
	{ "id", OUTPUT_ID, 0 },
	{ NULL, OUTPUT_NUMBER, 0 },
	{ "date", OUTPUT_TEXT, 0 },
	{ "domain", OUTPUT_TEXT, 8 },
	{ "reporter", OUTPUT_TEXT, 8 },
	{ "report id", OUTPUT_TEXT, 6 },
	{ "records", OUTPUT_NUMBER, 0 },
	{ "messages", OUTPUT_NUMBER, 0 },
	{ "pass", OUTPUT_PERCENT, 0 },
	{ NULL, OUTPUT_NUMBER, 0 }, /* partial, conflict, counted */
	{ NULL, OUTPUT_NUMBER, 0 },
	{ NULL, OUTPUT_NUMBER, 0 },
	{ NULL, OUTPUT_JSON_TEXT, 0 },
	{ "notes", OUTPUT_TABLE_ONLY, 5 },
};

int
reports_run(const struct ctl *ctl, struct err *err)
{
	struct output *o = ctl_output(ctl);
	struct query_db *db = NULL;
	struct query *q = NULL;
	struct period period = { .first = INT64_MIN, .last = INT64_MAX };
	char *domain = ctl_domain(ctl);
	int64_t rows = 0;
	int rc = -1;

	if (ctl_open(ctl, &db, err) == -1)
		goto out;
	if (period_is_chosen(&ctl->period) &&
	    period_find(&period, &ctl->period, DAYS, PERIOD_OF_REPORTS, db,
	        domain, err) == -1)
		goto out;
	if (query_new(&q, db,
	        domain != NULL
	            ? REPORTS_SQL(" AND domain IN (SELECT value ->> 0"
	                          " FROM json_each(?9))")
	            : REPORTS_SQL(""),
	        err) == -1)
		goto out;
	query_bind_int(q, 1, ctl->limit > 0 ? ctl->limit : ROWS);
	query_bind_int(q, 2, period.first);
	query_bind_int(q, 3, period.last);
	if (scope_bind(q, db, domain, err) == -1 ||
	    output_rows(o, NULL, NULL, q, reports_columns, &rows, err) == -1)
		goto out;
	if (rows == 0 && ctl_say_empty(ctl, o, db, domain, err) == -1)
		goto out;
	rc = output_end(o, err);
out:
	query_free(q);
	query_close(db);
	output_free(o);
	free(domain);
	return rc;
}
