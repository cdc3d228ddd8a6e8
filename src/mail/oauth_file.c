/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "mail/oauth_priv.h"

#define LOCK_SECONDS (2 * OAUTH_SECONDS)

struct oauth_file {
	char *path;
	char *fresh_path; /* beside it; NULL: not there */
	char *token;
	int fd;    /* holds the lock */
	int fresh; /* what becomes the file when there is a new token */
};

/* The file as it is now.  -1: errno says why. */
static int
file_lock(struct oauth_file *f)
{
	const struct timespec nap = { 0, 50 * 1000 * 1000 };
	int64_t end = io_clock_ms() + LOCK_SECONDS * 1000;
	struct stat st, named;

	for (;;) {
		f->fd = open(
		    f->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
		if (f->fd == -1)
			return -1;
		while (flock(f->fd, LOCK_EX | LOCK_NB) == -1) {
			if (errno != EWOULDBLOCK || io_clock_ms() > end)
				return -1;
			nanosleep(&nap, NULL);
		}
		/* Whoever had the lock may have put another one there. */
		if (fstat(f->fd, &st) == -1 || lstat(f->path, &named) == -1)
			return -1;
		if (st.st_ino == named.st_ino && st.st_dev == named.st_dev)
			return 0;
		close(f->fd);
	}
}

/*
 * The new file, empty, but with its room taken.  It must be possible before
 * the old token is spent.
 */
static int
file_prepare(struct oauth_file *f, struct err *err)
{
	xasprintf(&f->fresh_path, "%s.new", f->path);
	unlink(f->fresh_path); /* of a ruad that died; the lock is held */
	f->fresh = open(f->fresh_path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (f->fresh == -1 ||
	    (errno = posix_fallocate(f->fresh, 0, SECRET_MAX)) != 0)
		return err_set_errno(err,
		    errno == ENOSPC || errno == EDQUOT ? ERR_AGAIN : ERR_AUTH,
		    "cannot write %s, where a new refresh token would be "
		    "stored "
		    "(/var/lib/ruad is the place for it)",
		    f->fresh_path);
	return 0;
}

int
oauth_file_open(struct oauth_file **out, const char *path, struct err *err)
{
	struct oauth_file *f = xcalloc(1, sizeof(*f));
	const struct secret_source from = { .name = "refresh token",
		.file = path };
	int rc = -1;

	f->path = xstrdup(path);
	f->fresh = -1;
	if (file_lock(f) == -1 && errno != ELOOP) {
		if (errno == EWOULDBLOCK)
			err_set(err, ERR_AGAIN,
			    "another ruad is using the refresh token in %s",
			    path);
		else
			err_set_errno(err, ERR_AUTH,
			    "cannot read the refresh token in %s", path);
		goto out;
	}
	if (secret_load(&from, &f->token, err) == -1 ||
	    file_prepare(f, err) == -1)
		goto out;
	*out = f;
	f = NULL;
	rc = 0;
out:
	oauth_file_close(f);
	return rc;
}

const char *
oauth_file_token(const struct oauth_file *f)
{
	return f->token;
}

int
oauth_file_replace(struct oauth_file *f, const char *token, struct err *err)
{
	size_t n = strlen(token);

	if (io_write(f->fresh, token, n) == -1 ||
	    io_write(f->fresh, "\n", 1) == -1 ||
	    ftruncate(f->fresh, (off_t)n + 1) == -1 || fsync(f->fresh) == -1 ||
	    rename(f->fresh_path, f->path) == -1)
		return err_set_errno(err, ERR_AUTH,
		    "cannot write the new refresh token to %s; the old one may "
		    "no longer work",
		    f->path);
	free(f->fresh_path);
	f->fresh_path = NULL;
	if (io_sync_directory(f->path) == -1)
		return err_set_errno(
		    err, ERR_AGAIN, "cannot sync the directory of %s", f->path);
	return 0;
}

void
oauth_file_close(struct oauth_file *f)
{
	if (f == NULL)
		return;
	if (f->fresh_path != NULL)
		unlink(f->fresh_path);
	if (f->fresh != -1)
		close(f->fresh);
	if (f->fd != -1)
		close(f->fd);
	secret_free(f->token);
	free(f->fresh_path);
	free(f->path);
	free(f);
}
