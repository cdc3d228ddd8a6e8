/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/import_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

#define CHUNK 65536

/*
 * Report the errno of a file.  A lack of resources ends everything; all else
 * concerns this file only.
 */
static int
file_trouble(const struct import_sink *sink, const char *path, const char *what,
    bool named, struct err *err)
{
	struct err why = ERR_INIT;
	bool missing = errno == ENOENT || errno == ENOTDIR;

	if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		return err_set_errno(err, ERR_AGAIN, "%s: %s", path, what);
	err_set_errno(
	    &why, missing && named ? ERR_INPUT : ERR_DATA, "%s", what);
	sink->unreadable(sink->arg, path, &why);
	return 0;
}

static int
file_refuse(const struct import_sink *sink, const char *path, const char *text)
{
	struct err why = ERR_INIT;

	err_set(&why, ERR_DATA, "%s", text);
	sink->unreadable(sink->arg, path, &why);
	return 0;
}

static bool
is_from(const char *s, size_t n)
{
	return n >= 5 && memcmp(s, "From ", 5) == 0;
}

/* --- one file --------------------------------------------------------- */

static int
read_file(const struct import_sink *sink, int fd, size_t size, const char *path,
    const char *ledger, bool is_mail, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct import_input in = { .path = path,
		.ledger = ledger,
		.name = is_mail     ? NULL
		    : slash != NULL ? slash + 1
		                    : path };
	ssize_t n = 1;

	in.data = xmalloc(size + 1);
	while (in.size < size && n != 0) {
		n = read(fd, in.data + in.size, size - in.size);
		if (n == -1 && errno != EINTR) {
			free(in.data);
			return file_trouble(
			    sink, path, "cannot read", false, err);
		}
		if (n > 0)
			in.size += (uint64_t)n;
	}
	return sink->input(sink->arg, &in, err);
}

static int
walk_file(const struct import_sink *sink, const char *path, const char *ledger,
    bool is_mail, struct err *err)
{
	struct import_input in = { .path = path, .ledger = ledger };
	struct stat st;
	char start[5];
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd == -1)
		return file_trouble(sink, path, "cannot open", false, err);
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		rc = file_refuse(sink, path, "not a file");
	else if (pread(fd, start, sizeof(start), 0) == sizeof(start) &&
	    is_from(start, sizeof(start)))
		rc = import_split_mbox(sink, fd, path, ledger, NULL, 0, err);
	else if ((uint64_t)st.st_size > sink->max) {
		in.size = (uint64_t)st.st_size;
		rc = sink->input(sink->arg, &in, err);
	} else
		rc = read_file(
		    sink, fd, (size_t)st.st_size, path, ledger, is_mail, err);
	close(fd);
	return rc;
}

/* Read standard input, or a named pipe. */
static int
walk_stream(
    const struct import_sink *sink, int fd, const char *path, struct err *err)
{
	struct import_input in = { .path = path, .ledger = path };
	struct buf all = { 0 };
	ssize_t n = 1;
	int rc = -1;

	while (n != 0) {
		if (sink->is_stopped(sink->arg, fd)) {
			rc = 0;
			goto out;
		}
		n = read(fd, buf_reserve(&all, CHUNK), CHUNK);
		if (n == -1) {
			err_set_errno(err, ERR_AGAIN, "%s: cannot read", path);
			goto out;
		}
		in.size += (uint64_t)n;
		all.len += (size_t)n;
		if (in.size == all.len && is_from(all.at, all.len)) {
			rc = import_split_mbox(
			    sink, fd, path, path, all.at, all.len, err);
			goto out;
		}
		/* Only count the rest, but read it: the writer waits for that.
		 */
		if (in.size > sink->max)
			all.len = 0;
	}
	if (in.size <= sink->max) {
		buf_reserve(&all, 1);
		in.data = all.at;
		memset(&all, 0, sizeof(all));
	}
	rc = sink->input(sink->arg, &in, err);
out:
	buf_done(&all);
	return rc;
}

/* --- directories ---------------------------------------------------------- */

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
names_done(struct array *names)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		free(((char **)names->at)[i]);
	array_done(names);
}

/* Read names, as char *, sorted.  -1: errno says why. */
static int
read_names(const char *path, struct array *names)
{
	struct dirent *entry;
	DIR *dir;
	int saved;

	if ((dir = opendir(path)) == NULL)
		return -1;
	while ((errno = 0, entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		*(char **)array_add(names, sizeof(char *)) = xstrdup(
		    entry->d_name);
	}
	saved = errno;
	closedir(dir);
	errno = saved;
	if (saved != 0)
		return -1;
	if (names->n > 0)
		qsort(names->at, names->n, sizeof(char *), compare_names);
	return 0;
}

static bool
is_directory_in(const char *path, const char *name)
{
	struct stat st;
	char *full;
	int rc;

	xasprintf(&full, "%s/%s", path, name);
	rc = lstat(full, &st);
	free(full);
	return rc == 0 && S_ISDIR(st.st_mode);
}

static int walk_directory(const struct import_sink *, const char *path,
    const char *ledger, bool in_maildir, struct err *);

/* in_maildir: files are messages, and directories are ignored. */
static int
walk_entry(const struct import_sink *sink, const char *path, const char *ledger,
    bool in_maildir, struct err *err)
{
	struct stat st;
	bool link;

	if (lstat(path, &st) == -1)
		return file_trouble(sink, path, "cannot open", false, err);
	link = S_ISLNK(st.st_mode);
	if (link && stat(path, &st) == -1)
		return file_trouble(sink, path, "cannot open", false, err);
	if (S_ISREG(st.st_mode))
		return walk_file(sink, path, ledger, in_maildir, err);
	if (S_ISDIR(st.st_mode) && !link && !in_maildir)
		return walk_directory(sink, path, ledger, false, err);
	return 0;
}

static int
walk_names(const struct import_sink *sink, const char *path, const char *ledger,
    char **names, size_t n, bool in_maildir, struct err *err)
{
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	char *entry, *entry_ledger;
	size_t i;
	int rc = 0;

	for (i = 0; i < n && rc == 0 && !sink->is_stopped(sink->arg, -1); i++) {
		xasprintf(&entry, "%s%s%s", path, slash, names[i]);
		xasprintf(&entry_ledger, "%s/%s", ledger, names[i]);
		rc = walk_entry(sink, entry, entry_ledger, in_maildir, err);
		free(entry);
		free(entry_ledger);
	}
	return rc;
}

/*
 * Read a maildir's messages, new before cur, as others may move them there
 * meanwhile; not its index files, nor the folders within it.
 */
static int
walk_maildir(const struct import_sink *sink, const char *path,
    const char *ledger, struct err *err)
{
	static const char *const parts[] = { "new", "cur" };
	const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
	char *part, *part_ledger;
	size_t i;
	int rc = 0;

	for (i = 0; i < 2 && rc == 0; i++) {
		xasprintf(&part, "%s%s%s", path, slash, parts[i]);
		xasprintf(&part_ledger, "%s/%s", ledger, parts[i]);
		rc = walk_directory(sink, part, part_ledger, true, err);
		free(part);
		free(part_ledger);
	}
	return rc;
}

static int
walk_directory(const struct import_sink *sink, const char *path,
    const char *ledger, bool in_maildir, struct err *err)
{
	struct array names = { 0 };
	int rc;

	if (!in_maildir && is_directory_in(path, "cur") &&
	    is_directory_in(path, "new"))
		return walk_maildir(sink, path, ledger, err);
	if (read_names(path, &names) == -1)
		rc = file_trouble(
		    sink, path, "cannot read the directory", false, err);
	else
		rc = walk_names(
		    sink, path, ledger, names.at, names.n, in_maildir, err);
	names_done(&names);
	return rc;
}

int
import_walk(const struct import_sink *sink, const char *path, struct err *err)
{
	struct stat st;
	char *ledger;
	int fd, rc;

	if (strcmp(path, "-") == 0)
		return walk_stream(sink, STDIN_FILENO, path, err);
	if (stat(path, &st) == -1)
		return file_trouble(sink, path, "cannot open", true, err);
	if (S_ISFIFO(st.st_mode)) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd == -1)
			return file_trouble(
			    sink, path, "cannot open", true, err);
		rc = walk_stream(sink, fd, path, err);
		close(fd);
		return rc;
	}
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return file_refuse(sink, path, "not a file");
	if ((ledger = realpath(path, NULL)) == NULL)
		return file_trouble(sink, path, "cannot open", true, err);
	if (S_ISDIR(st.st_mode))
		rc = walk_directory(sink, path,
		    strcmp(ledger, "/") == 0 ? "" : ledger, false, err);
	else
		rc = walk_file(sink, path, ledger, false, err);
	free(ledger);
	return rc;
}
