/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/commands.h"

int
cmd_backup(const struct options *options, struct err *err)
{
	struct query_db *db;
	int rc;

	if (options_open_old_database(options, &db, err) == -1)
		return -1;
	rc = query_backup(db, options->args[0], err);
	query_close(db);
	return rc;
}
