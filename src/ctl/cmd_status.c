/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"
#include "show/table.h"

static int
show_section(struct output *o, struct query_db *db, const char *key,
    const char *title, const struct table *table, int64_t *rows,
    struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, db, table->sql, err) == -1)
		return -1;
	rc = output_rows(o, key, title, q, table->columns, rows, err);
	query_free(q);
	return rc;
}

int
cmd_status(const struct options *options, struct err *err)
{
	struct output *o = options_new_output(options);
	struct query_db *db = NULL;
	int64_t rows = 0;
	int rc = -1;

	if (options_open_database(options, &db, err) == -1 ||
	    show_section(
	        o, db, "mailboxes", NULL, &table_mailboxes, &rows, err) == -1)
		goto out;
	if (rows == 0)
		output_line(o, "No mailboxes yet: see ruad.conf(5).");
	if (show_section(o, db, "unfiled", "Messages that cannot be filed",
	        &table_unfiled, NULL, err) == -1 ||
	    show_section(o, db, "undelivered",
	        "Messages not handed over by the server", &table_undelivered,
	        NULL, err) == -1 ||
	    show_section(o, db, "imported", "Imported files", &table_imported,
	        NULL, err) == -1 ||
	    show_section(o, db, "polls", "Polls that failed", &table_polls,
	        NULL, err) == -1 ||
	    show_section(o, db, "failed", "Messages that could not be read",
	        &table_unreadable, NULL, err) == -1)
		goto out;
	rc = output_end(o, err);
out:
	query_close(db);
	output_free(o);
	return rc;
}
