/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "base/text.h"
#include "ctl/commands.h"
#include "show/table.h"

static int
show_records(struct output *o, struct query_db *db, int64_t id,
    const bool *has_failing, struct err *err)
{
	struct query *q;
	int64_t rows = 0;
	int rc;

	if (table_query_records(&q, db, id, has_failing, -1, err) == -1)
		return -1;
	rc = output_rows(
	    o, "records", NULL, q, table_records.columns, &rows, err);
	if (rc == 0 && rows == 0)
		output_line(o, "The report has no %srecords.",
		    has_failing != NULL ? "such " : "");
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
	    query_new(&q, db, table_report.sql, err) == -1)
		goto out;
	query_bind_int(q, 1, id);
	if ((rc = query_step(q, err)) == 0)
		rc = err_set(err, ERR_INPUT,
		    "there is no report %" PRId64 ": ruactl reports lists them",
		    id);
	if (rc == -1 || output_fields(o, q, table_report.columns, err) == -1)
		goto out;
	rc = show_records(o, db, id, options->has_failing, err);
	if (rc == 0)
		rc = output_end(o, err);
out:
	query_free(q);
	query_close(db);
	output_free(o);
	return rc;
}
