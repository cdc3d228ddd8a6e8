/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/io.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

int
io_write(int fd, const void *data, size_t n)
{
	const char *p = data;
	ssize_t k;

	while (n > 0) {
		if ((k = write(fd, p, n)) == -1) {
			if (errno == EINTR)
				continue;
			return -1;
		}
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

int
io_read_all(int fd, uint64_t max, struct buf *out, struct err *err)
{
	size_t start = out->len;
	ssize_t k;

	for (;;) {
		k = read(fd, buf_reserve(out, 65536), 65536);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return err_set_errno(err, ERR_AGAIN, "cannot read");
		if (k == 0)
			return 0;
		out->len += (size_t)k;
		if (out->len - start > max)
			return err_set(err, ERR_LIMIT,
			    "larger than the limit of %llu bytes",
			    (unsigned long long)max);
	}
}

/* Write the new file, fd, and give it its name. */
static int
write_new(int fd, const char *part, const char *path, const void *data,
    size_t n, struct err *err)
{
	mode_t mask = umask(0);

	umask(mask);
	if (fchmod(fd, 0666 & ~mask) == -1)
		return err_set_errno(err, ERR_CREATE, "cannot create %s", path);
	if (io_write(fd, data, n) == -1 || fsync(fd) == -1 ||
	    rename(part, path) == -1)
		return err_set_errno(err, ERR_CREATE, "cannot write %s", path);
	return 0;
}

int
io_replace(const char *name, const void *data, size_t n, struct err *err)
{
	char *path = NULL, *part = NULL;
	struct stat st;
	int fd = -1, rc = -1;

	if (stat(name, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(err, ERR_CREATE,
			    "%s is not a file: name another one", name);
		path = realpath(name, NULL);
	}
	if (path == NULL)
		path = xstrdup(name);
	xasprintf(&part, "%s.XXXXXX", path);
	if ((fd = mkostemp(part, O_CLOEXEC)) == -1) {
		err_set_errno(err, ERR_CREATE, "cannot create %s", name);
		goto out;
	}
	rc = write_new(fd, part, path, data, n, err);
	close(fd);
	if (rc == -1)
		unlink(part);
	else
		io_sync_directory(path);
out:
	free(path);
	free(part);
	return rc;
}

static int64_t
clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
io_clock_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t
io_clock_boot_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

int64_t
io_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec;
}

int
io_set_nonblocking(int fd, bool on)
{
	int flags;

	if ((flags = fcntl(fd, F_GETFL)) == -1)
		return -1;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags);
}

int
io_sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash == NULL ? xstrdup(".")
	                          : xstrndup(path, (size_t)(slash - path) + 1);
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = -1;

	free(dir);
	if (fd != -1) {
		rc = fsync(fd);
		close(fd);
	}
	return rc;
}

void
io_forbid_core(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}
