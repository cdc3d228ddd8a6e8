/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"

#define COMMAND_SECONDS 30
#define SECRET_RUN 12 /* bytes of a secret that nobody says by chance */

void
secret_free(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

bool
secret_is_in(const char *secret, const char *text)
{
	size_t n = strlen(secret), run = n < SECRET_RUN ? n : SECRET_RUN, i;

	for (i = 0; run > 0 && i + run <= n; i++)
		if (memmem(text, strlen(text), secret + i, run) != NULL)
			return true;
	return false;
}

/* What it is, for messages. */
static const char *
secret_name(const struct secret_source *from)
{
	return from->name != NULL ? from->name : "password";
}

/*
 * The first line of n bytes, as a string of its own.  CR before the line feed
 * goes (a file written elsewhere); any other CR, or a NUL, is refused.  where
 * is where they come from.
 */
static int
secret_take_line(const struct secret_source *from, const char *data, size_t n,
    const char *where, char **out, struct err *err)
{
	const char *lf = memchr(data, '\n', n);

	if (lf != NULL) {
		n = (size_t)(lf - data);
		if (n > 0 && data[n - 1] == '\r')
			n--;
	}
	if (n == 0)
		return err_set(err, ERR_AUTH, "%s: it is empty", where);
	if (memchr(data, '\0', n) != NULL || memchr(data, '\r', n) != NULL)
		return err_set(err, ERR_AUTH,
		    "%s: a %s cannot contain CR or NUL", where,
		    secret_name(from));
	*out = xmalloc(n + 1);
	memcpy(*out, data, n);
	(*out)[n] = '\0';
	return 0;
}

/* --- files ------------------------------------------------------- */

/* root's own file in the credentials directory is as private as it gets. */
static int
secret_check_file(int fd, const char *path, bool credential, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return err_set_errno(err, ERR_AUTH, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_AUTH, "%s: not a regular file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(err, ERR_AUTH,
		    "%s: it belongs to another user (chown it to the user "
		    "that runs ruad)",
		    path);
	if ((st.st_mode & 077) != 0 && !(credential && st.st_uid == 0))
		return err_set(
		    err, ERR_AUTH, "%s: others can read it (chmod 600)", path);
	return 0;
}

static int
secret_load_file(const struct secret_source *from, const char *path, char **out,
    struct err *err)
{
	char data[SECRET_MAX + 1];
	size_t n = 0;
	ssize_t k;
	int fd, rc = -1;

	/* Do not wait for a fifo that will be refused. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1) {
		if (errno == ELOOP)
			return err_set(err, ERR_AUTH,
			    "%s: it is a symbolic link: name the file itself",
			    path);
		return err_set_errno(err, ERR_AUTH, "cannot read the %s in %s",
		    secret_name(from), path);
	}
	if (secret_check_file(fd, path, from->credential != NULL, err) == -1)
		goto out;
	while (n < sizeof(data) &&
	    (k = read(fd, data + n, sizeof(data) - n)) != 0) {
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1) {
			err_set_errno(err, ERR_AUTH, "cannot read %s", path);
			goto out;
		}
		n += (size_t)k;
	}
	if (n == sizeof(data) && memchr(data, '\n', n) == NULL)
		err_set(err, ERR_AUTH, "%s: too long for a %s", path,
		    secret_name(from));
	else
		rc = secret_take_line(from, data, n, path, out, err);
out:
	explicit_bzero(data, sizeof(data));
	close(fd);
	return rc;
}

static int
secret_load_credential(
    const struct secret_source *from, char **out, struct err *err)
{
	const char *name = from->credential;
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	char *path;
	int rc;

	if (strchr(name, '/') != NULL || name[0] == '.' || name[0] == '\0')
		return err_set(err, ERR_AUTH,
		    "%s_credential = \"%s\" is not the name of a credential",
		    secret_name(from), name);
	if (dir == NULL || dir[0] == '\0')
		return err_set(err, ERR_AUTH,
		    "%s_credential = \"%s\": systemd passed no credentials "
		    "(set LoadCredential=%s:FILE in the unit)",
		    secret_name(from), name, name);
	xasprintf(&path, "%s/%s", dir, name);
	rc = secret_load_file(from, path, out, err);
	free(path);
	return rc;
}

/* --- commands ---------------------------------------------------- */

/* Start it with stdout to a pipe, *from.  -1: errno says why. */
static pid_t
command_start(const char *const *argv, int *from)
{
	/* Pass only those variables that programs cannot do without. */
	static const char *const keep[] = { "PATH", "HOME", "LANG", "USER",
		"CREDENTIALS_DIRECTORY", "XDG_RUNTIME_DIR", "GNUPGHOME",
		"PASSWORD_STORE_DIR" };
	const size_t n_keep = sizeof(keep) / sizeof(keep[0]);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	char *env[sizeof(keep) / sizeof(keep[0]) + 1];
	const char *value;
	size_t i, n = 0;
	int fds[2], error;
	pid_t pid = -1;

	if (pipe2(fds, O_CLOEXEC) == -1)
		return -1;
	for (i = 0; i < n_keep; i++)
		if ((value = getenv(keep[i])) != NULL)
			xasprintf(&env[n++], "%s=%s", keep[i], value);
	env[n] = NULL;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(
	    &actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	/* A group of its own, so that a time-out ends all of it. */
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
	        POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &all);
	error = posix_spawnp(
	    &pid, argv[0], &actions, &attr, (char *const *)argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attr);
	for (i = 0; i < n; i++)
		free(env[i]);
	close(fds[1]);
	if (error != 0) {
		close(fds[0]);
		errno = error;
		return -1;
	}
	*from = fds[0];
	return pid;
}

/*
 * Read until it closes its output.  -1: too long, or the time is up (errno
 * ETIMEDOUT).
 */
static int
command_read(int fd, int64_t end, char *data, size_t size, size_t *n)
{
	struct pollfd p = { fd, POLLIN, 0 };
	int64_t left;
	ssize_t k;

	*n = 0;
	for (;;) {
		if ((left = end - io_clock_ms()) <= 0) {
			errno = ETIMEDOUT;
			return -1;
		}
		if (poll(&p, 1, (int)left) != 1)
			continue;
		if (*n == size) {
			errno = EFBIG;
			return -1;
		}
		k = read(fd, data + *n, size - *n);
		if (k == 0)
			return 0;
		if (k == -1 && errno != EINTR)
			return -1;
		if (k > 0)
			*n += (size_t)k;
	}
}

/* Its exit status until the deadline; else it is killed, and -1. */
static int
command_wait(pid_t pid, int64_t end, int *status)
{
	const struct timespec nap = { 0, 5 * 1000 * 1000 };
	pid_t got;

	for (;;) {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid || (got == -1 && errno != EINTR))
			return got == pid ? 0 : -1;
		if (io_clock_ms() >= end)
			return -1;
		nanosleep(&nap, NULL);
	}
}

static int
secret_load_command(
    const struct secret_source *from, char **out, struct err *err)
{
	const char *const *argv = from->command;
	char data[SECRET_MAX];
	int64_t end = io_clock_ms() + COMMAND_SECONDS * 1000;
	size_t n = 0;
	int fd = -1, error, status = 0, rc = -1;
	pid_t pid;

	if ((pid = command_start(argv, &fd)) == -1)
		return err_set(err, ERR_AUTH, "cannot run %s: %s%s", argv[0],
		    strerror(errno),
		    errno == EACCES ? " (see ExecPaths= in the systemd unit)"
		                    : "");
	error = command_read(fd, end, data, sizeof(data), &n) == -1 ? errno : 0;
	close(fd);
	if (error != 0 || command_wait(pid, end, &status) == -1) {
		kill(-pid, SIGKILL);
		waitpid(pid, &status, 0);
		if (error == EFBIG)
			err_set(err, ERR_AUTH, "%s: too long for a %s", argv[0],
			    secret_name(from));
		else
			err_set(err, ERR_AUTH, "%s printed no %s within %d s",
			    argv[0], secret_name(from), COMMAND_SECONDS);
	} else if (WIFSIGNALED(status))
		err_set(err, ERR_AUTH, "%s was killed by signal %d", argv[0],
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		err_set(err, ERR_AUTH, "%s failed with status %d", argv[0],
		    WEXITSTATUS(status));
	else
		rc = secret_take_line(from, data, n, argv[0], out, err);
	explicit_bzero(data, sizeof(data));
	return rc;
}

int
secret_load(const struct secret_source *from, char **out, struct err *err)
{
	if (from->literal != NULL && strchr(from->literal, '\n') != NULL)
		return err_set(err, ERR_AUTH,
		    "%s: it cannot contain a line break", secret_name(from));
	if (from->literal != NULL)
		return secret_take_line(from, from->literal,
		    strlen(from->literal), secret_name(from), out, err);
	if (from->file != NULL)
		return secret_load_file(from, from->file, out, err);
	if (from->credential != NULL)
		return secret_load_credential(from, out, err);
	if (from->command != NULL && from->command[0] != NULL)
		return secret_load_command(from, out, err);
	return err_set(err, ERR_BUG, "no %s is configured", secret_name(from));
}
