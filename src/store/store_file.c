/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/store_priv.h"

#define DIR_MODE 0750
#define FILE_MODE 0640
#define HEADER_SIZE 100 /* of every SQLite database */

static enum err_class
class_of_errno(int e)
{
	switch (e) {
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_AUTH;
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return ERR_CREATE;
	default:
		return ERR_AGAIN;
	}
}

static int
make_directory(const char *dir, struct err *err)
{
	if (mkdir(dir, DIR_MODE) == 0 || errno == EEXIST)
		return 0;
	return err_set_errno(err, class_of_errno(errno),
	    "cannot create the directory %s for the database", dir);
}

int
store_resolve_path(const char *path, bool create, char **real, struct err *err)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	char *dir = NULL, *resolved = NULL;
	int rc = -1;

	if (*base == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return err_set(err, ERR_CONF,
		    "%s is a directory: the database must be a file", path);
	if (slash == NULL)
		dir = xstrdup(".");
	else if (slash == path)
		dir = xstrdup("/");
	else
		dir = xstrndup(path, (size_t)(slash - path));

	resolved = realpath(dir, NULL);
	if (resolved == NULL && errno == ENOENT && create) {
		if (make_directory(dir, err) == -1)
			goto out;
		resolved = realpath(dir, NULL);
	}
	if (resolved == NULL && errno == ENOENT) {
		err_set(err, ERR_INPUT,
		    "there is no database at %s: its directory does not exist",
		    path);
		goto out;
	}
	if (resolved == NULL) {
		err_set_errno(err, class_of_errno(errno),
		    "cannot reach the database's directory %s", dir);
		goto out;
	}
	xasprintf(
	    real, "%s/%s", strcmp(resolved, "/") == 0 ? "" : resolved, base);
	rc = 0;
out:
	free(dir);
	free(resolved);
	return rc;
}

static const char *
kind_of_file(mode_t mode)
{
	if (S_ISLNK(mode))
		return "a symbolic link";
	if (S_ISDIR(mode))
		return "a directory";
	if (S_ISFIFO(mode))
		return "a named pipe";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

int
store_check_file(const char *real, bool *there, struct err *err)
{
	struct stat st;

	if (lstat(real, &st) == -1) {
		if (errno != ENOENT)
			return err_set_errno(err, class_of_errno(errno),
			    "cannot reach the database %s", real);
		*there = false;
		return 0;
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONF,
		    "%s is %s, and the database must be a regular file: "
		    "name the file itself",
		    real, kind_of_file(st.st_mode));
	/* One byte SQLite itself would take for an empty file. */
	if (st.st_size > 0 && st.st_size < HEADER_SIZE)
		return store_sql_error(
		    NULL, SQLITE_NOTADB, real, "open it", err);
	*there = true;
	return 0;
}

int
store_check_owner(const char *real, struct err *err)
{
	uid_t self = geteuid();
	struct stat st;

	if (lstat(real, &st) == -1)
		return err_set_errno(err, class_of_errno(errno),
		    "cannot reach the database %s", real);
	if (st.st_nlink != 1)
		return err_set(err, ERR_CONF,
		    "%s has a second name (a hard link): under that name "
		    "somebody could read or change it; remove that link",
		    real);
	if (self == 0 || st.st_uid == self)
		return 0;
	return err_set(err, ERR_AUTH,
	    "%s belongs to user %lu: only that user may write it, and this is "
	    "user %lu",
	    real, (unsigned long)st.st_uid, (unsigned long)self);
}

/*
 * root ("ruactl import" before the first poll) must not leave a file in
 * ruad's directory that ruad cannot write.
 */
static int
give_to_directory_owner(int fd, const char *real)
{
	const char *slash = strrchr(real, '/');
	struct stat st;
	char *dir;
	int rc;

	if (geteuid() != 0)
		return 0;
	dir = xstrndup(real, slash == real ? 1 : (size_t)(slash - real));
	rc = stat(dir, &st);
	free(dir);
	if (rc == -1 || st.st_uid == 0)
		return rc;
	return fchown(fd, st.st_uid, st.st_gid);
}

int
store_create_file(const char *real, struct err *err)
{
	int fd, rc = 0;

	fd = open(real, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);
	if (fd == -1 && errno == EEXIST)
		return 0;
	if (fd == -1)
		return err_set_errno(err, class_of_errno(errno),
		    "cannot create the database %s", real);
	if (give_to_directory_owner(fd, real) == -1)
		rc = err_set_errno(err, ERR_CREATE,
		    "cannot give the new database %s to the owner of its "
		    "directory",
		    real);
	close(fd);
	return rc;
}
