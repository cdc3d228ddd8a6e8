/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/ctl.h"

int
backup_run(const struct ctl *ctl, struct err *err)
{
	struct query_db *db;
	int rc;

	if (ctl_open(ctl, &db, err) == -1)
		return -1;
	rc = query_backup(db, ctl->args[0], err);
	query_close(db);
	return rc;
}
