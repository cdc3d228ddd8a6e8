/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "ctl/commands.h"
#include "page/page.h"

int
cmd_report(const struct options *options, struct err *err)
{
	struct query_db *db = NULL;
	struct buf page = { 0 };
	char *domain = options_copy_domain(options);
	int rc = -1;

	if (options->out == NULL) {
		err_set(err, ERR_USAGE,
		    "report needs a file to write to: ruactl report -o "
		    "FILE.html");
		goto out;
	}
	if (options_open_database(options, &db, err) == -1 ||
	    page_write(&page, db, &options->period, domain, err) == -1)
		goto out;
	if (strcmp(options->out, "-") == 0)
		rc = io_write(STDOUT_FILENO, page.at, page.len) == 0
		    ? 0
		    : err_set_errno(
		          err, ERR_CREATE, "cannot write standard output");
	else
		rc = io_replace(options->out, page.at, page.len, err);
out:
	query_close(db);
	buf_done(&page);
	free(domain);
	return rc;
}
