/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/database_check.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

#define SERVICE_USER "ruad" /* of ruad.service */

/* What is wrong; errno says why. */
enum database_fault {
	DATABASE_GOOD,
	DATABASE_CREATE, /* the directory is missing and cannot be made */
	DATABASE_DIR,    /* it cannot be used */
	DATABASE_FILE,   /* the database cannot */
	DATABASE_REMOTE, /* it is on a network file system */
	DATABASE_UNKNOWN,
};

const char *
database_check_remote(unsigned long type)
{
	static const struct {
		unsigned long type;
		const char *name;
	} remote[] = {
		{ 0x6969, "NFS" },
		{ 0x517b, "SMB" },
		{ 0xff534d42, "CIFS" },
		{ 0xfe534d42, "SMB" },
		{ 0x5346414f, "AFS" },
		{ 0x6b414653, "AFS" },
		{ 0x73757245, "Coda" },
		{ 0x01021997, "9P" },
		{ 0x00c36400, "Ceph" },
		{ 0x01161970, "GFS2" },
		{ 0x0bd00bd0, "Lustre" },
		{ 0x47504653, "GPFS" },
	};
	size_t i;

	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (remote[i].type == (type & 0xffffffff))
			return remote[i].name;
	return NULL;
}

static char *
database_parent(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? xstrdup(".")
	    : slash == path  ? xstrdup("/")
	                     : xstrndup(path, (size_t)(slash - path));
}

static enum database_fault
database_look(const char *database, const char *dir, const char *above)
{
	struct statfs fs;
	struct stat st;

	/* As ruad does, which makes one directory, but none above it. */
	if (stat(dir, &st) == -1 && errno == ENOENT) {
		if (access(above, W_OK | X_OK) == -1)
			return DATABASE_CREATE;
		dir = above;
	} else if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return DATABASE_DIR;
	} else if (access(dir, R_OK | W_OK | X_OK) == -1) {
		return DATABASE_DIR;
	} else if (access(database, R_OK | W_OK) == -1 && errno != ENOENT) {
		return DATABASE_FILE;
	}
	if (statfs(dir, &fs) == 0 &&
	    database_check_remote((unsigned long)fs.f_type) != NULL) {
		errno = 0;
		return DATABASE_REMOTE;
	}
	return DATABASE_GOOD;
}

/* The same, seen by another user: in a child, which becomes that user. */
static enum database_fault
database_look_as(const struct passwd *pw, const char *database, const char *dir,
    const char *above)
{
	unsigned char said[2] = { DATABASE_UNKNOWN, 0 };
	int ends[2], status;
	ssize_t n;
	pid_t pid;

	if (pipe(ends) == -1)
		return DATABASE_UNKNOWN;
	fflush(NULL);
	if ((pid = fork()) == 0) {
		if (initgroups(pw->pw_name, pw->pw_gid) == 0 &&
		    setgid(pw->pw_gid) == 0 && setuid(pw->pw_uid) == 0) {
			said[0] = (unsigned char)database_look(
			    database, dir, above);
			said[1] = (unsigned char)errno;
		}
		_exit(write(ends[1], said, 2) == 2 ? 0 : 1);
	}
	close(ends[1]);
	n = pid == -1 ? 0 : read(ends[0], said, 2);
	close(ends[0]);
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	errno = said[1];
	return n == 2 ? (enum database_fault)said[0] : DATABASE_UNKNOWN;
}

static const char *
database_name(const struct passwd *pw, char *number, size_t size)
{
	if (pw != NULL)
		return pw->pw_name;
	snprintf(number, size, "%u", (unsigned int)geteuid());
	return number;
}

/* Return which network file system that is. */
static const char *
database_remote_of(const char *dir, const char *above)
{
	const char *name = NULL;
	struct statfs fs;

	if (statfs(dir, &fs) == 0 || statfs(above, &fs) == 0)
		name = database_check_remote((unsigned long)fs.f_type);
	return name != NULL ? name : "unknown type";
}

bool
database_check(const char *database, char *why, size_t size)
{
	char *dir = database_parent(database), *above = database_parent(dir);
	const struct passwd *pw = NULL;
	const char *user, *text;
	enum database_fault fault;
	char number[24];

	if (geteuid() == 0 && (pw = getpwnam(SERVICE_USER)) != NULL)
		fault = database_look_as(pw, database, dir, above);
	else
		fault = database_look(database, dir, above);
	text = strerror(errno);
	user = database_name(
	    pw != NULL ? pw : getpwuid(geteuid()), number, sizeof(number));
	if (fault == DATABASE_GOOD)
		snprintf(why, size, "user %s can write to it", user);
	else if (fault == DATABASE_CREATE)
		snprintf(why, size,
		    "the directory %s is missing, and user %s cannot create "
		    "it: %s%s",
		    dir, user, text,
		    strcmp(dir, "/var/lib/ruad") == 0
		        ? " (ruad.service creates it when it starts)"
		        : "");
	else if (fault == DATABASE_DIR)
		snprintf(why, size,
		    "user %s cannot write to the directory %s: %s", user, dir,
		    text);
	else if (fault == DATABASE_FILE)
		snprintf(why, size, "user %s cannot read and write %s: %s",
		    user, database, text);
	else if (fault == DATABASE_REMOTE)
		snprintf(why, size,
		    "%s is on a network file system (%s), where SQLite can "
		    "lose data: put the database on a local disk",
		    dir, database_remote_of(dir, above));
	else
		snprintf(why, size,
		    "cannot find out whether user %s can write to %s", user,
		    database);
	free(dir);
	free(above);
	return fault == DATABASE_GOOD;
}
