/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "ctl/commands.h"
#include "page/page.h"

static int
write_whole(int fd, const struct buf *b, const char *path, struct err *err)
{
	if (io_write(fd, b->at, b->len) == -1)
		return err_set_errno(err, ERR_CREATE, "cannot write %s", path);
	return 0;
}

static int
write_new(const char *path, const char *part, int fd, const struct buf *b,
    struct err *err)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == -1)
		return err_set_errno(err, ERR_CREATE, "cannot create %s", path);
	if (write_whole(fd, b, path, err) == -1)
		return -1;
	if (fsync(fd) == -1 || rename(part, path) == -1)
		return err_set_errno(err, ERR_CREATE, "cannot write %s", path);
	return 0;
}

/* Never half a page: the old one stays until the new one is whole. */
static int
write_file(const char *name, const struct buf *b, struct err *err)
{
	char *path = NULL, *part = NULL;
	struct stat st;
	int fd = -1, rc = -1;

	if (stat(name, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_CREATE,
			    "%s is not a file: name another one, or \"-\" for "
			    "standard output",
			    name);
		path = realpath(name, NULL); /* a symlink stays */
	}
	if (path == NULL)
		path = xstrdup(name);
	xasprintf(&part, "%s.XXXXXX", path);
	if ((fd = mkstemp(part)) == -1) {
		err_set_errno(err, ERR_CREATE, "cannot create %s", name);
		goto out;
	}
	rc = write_new(path, part, fd, b, err);
	close(fd);
	if (rc == -1)
		unlink(part);
out:
	free(path);
	free(part);
	return rc;
}

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
		rc = write_whole(STDOUT_FILENO, &page, "standard output", err);
	else
		rc = write_file(options->out, &page, err);
out:
	query_close(db);
	buf_done(&page);
	free(domain);
	return rc;
}
