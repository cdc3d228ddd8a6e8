/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/alert_hooks.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/port.h"
#include "base/text.h"

#define GRACE 2 /* seconds from SIGTERM to SIGKILL */
#define CANNOT_RUN 126

extern char **environ;

/* --- finding -------------------------------------------------------------- */

/* Whether nobody but root and this user can change it. */
static int
check(const char *path, const struct stat *st, struct err *err)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return err_set(err, ERR_CONF,
		    "%s belongs to another user: make it root's, or whose "
		    "ruactl runs as",
		    path);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_CONF,
		    "%s can be changed by others: chmod go-w %s", path, path);
	return 0;
}

static bool
is_name(const char *name)
{
	for (; *name != '\0'; name++)
		if (!text_is_alnum(*name) && *name != '-' && *name != '_')
			return false;
	return true;
}

/* Whether its name is one of a hook, but nobody made it one. */
static bool
is_forgotten(const char *name)
{
	return is_name(name) && strncmp(name, "README", 6) != 0;
}

static int
look_at(struct alert_hooks *hooks, const char *name, struct err *err)
{
	struct buf path = { 0 };
	struct stat st;
	int rc = 0;

	buf_printf(&path, "%s/%s", hooks->directory, name);
	if (stat(buf_str(&path), &st) == -1) {
		if (errno != ENOENT)
			rc = err_set_errno(
			    err, ERR_INPUT, "cannot look at %s", path.at);
		else if (lstat(path.at, &st) == 0)
			log_warning("%s is not run: what it leads to is not "
			            "there",
			    path.at);
	} else if (!S_ISREG(st.st_mode))
		rc = 0;
	else if (access(path.at, X_OK) == -1) {
		if (is_forgotten(name))
			log_warning("%s is not run: chmod +x it, or end its "
			            "name with .off",
			    path.at);
	} else if (!is_name(name))
		log_warning("%s is not run: a name has letters, digits, - and "
		            "_ only",
		    path.at);
	else if ((rc = check(path.at, &st, err)) == 0)
		*(const char **)array_add(&hooks->names,
		    sizeof(const char *)) = arena_strndup(&hooks->strings, name,
		    strlen(name));
	buf_done(&path);
	return rc;
}

static int
compare(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static int
look_at_all(struct alert_hooks *hooks, DIR *dir, struct err *err)
{
	const struct dirent *entry;
	struct stat st;
	size_t n;

	if (fstat(dirfd(dir), &st) == -1)
		return err_set_errno(
		    err, ERR_INPUT, "cannot look at %s", hooks->directory);
	if (check(hooks->directory, &st, err) == -1)
		return -1;
	while ((entry = readdir(dir)) != NULL) {
		n = strlen(entry->d_name);
		/* Those of editors, too. */
		if (entry->d_name[0] == '.' || entry->d_name[n - 1] == '~')
			continue;
		if (look_at(hooks, entry->d_name, err) == -1)
			return -1;
	}
	if (hooks->names.n > 0)
		qsort(hooks->names.at, hooks->names.n, sizeof(const char *),
		    compare);
	return 0;
}

int
alert_hooks_find(
    struct alert_hooks *hooks, const char *directory, struct err *err)
{
	DIR *dir;
	int rc;

	*hooks = (struct alert_hooks) { .directory = realpath(
		                            directory, NULL) };
	if (hooks->directory == NULL ||
	    (dir = opendir(hooks->directory)) == NULL)
		return err_set_errno(err,
		    errno == EACCES ? ERR_AUTH : ERR_INPUT,
		    "cannot open the directory %s", directory);
	rc = look_at_all(hooks, dir, err);
	closedir(dir);
	return rc;
}

void
alert_hooks_done(struct alert_hooks *hooks)
{
	array_done(&hooks->names);
	arena_done(&hooks->strings);
	free(hooks->directory);
}

/* --- running -------------------------------------------------------------- */

static void
add_variable(
    struct array *env, struct arena *arena, const char *name, const char *value)
{
	struct buf b = { 0 };

	buf_printf(&b, "%s=%s", name, value);
	*(char **)array_add(env, sizeof(char *)) = arena_strndup(
	    arena, buf_str(&b), b.len);
	buf_done(&b);
}

/* Ends with NULL. */
static void
make_environment(struct array *env, struct arena *arena, const char *database)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char **variable, *whole = realpath(database, NULL);

	add_variable(env, arena, "PATH",
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	add_variable(env, arena, "LANG", "C.UTF-8");
	add_variable(env, arena, "RUAD_DB", whole != NULL ? whole : database);
	free(whole);
	if (directory != NULL)
		add_variable(env, arena, "CREDENTIALS_DIRECTORY", directory);
	for (variable = environ; *variable != NULL; variable++)
		if (strncmp(*variable, "RUAD_", 5) == 0 &&
		    strncmp(*variable, "RUAD_DB=", 8) != 0)
			*(char **)array_add(env, sizeof(char *)) = *variable;
	array_add(env, sizeof(char *));
}

/* What the child does; it has been forked from a process of one thread. */
static void
become(pid_t parent, const char *path, const char *name, int input, char **env)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	char *argv[] = { xstrdup(name), NULL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &usual, NULL); /* some cannot be set */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* A killed run's hook must not go on beside those of the next one. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(CANNOT_RUN);
	setpgid(0, 0);
	if (dup2(input, STDIN_FILENO) != -1 &&
	    dup2(STDERR_FILENO, STDOUT_FILENO) != -1 && chdir("/") == 0) {
		port_close_from(STDERR_FILENO + 1);
		execve(path, argv, env);
	}
	dprintf(STDERR_FILENO, "ruactl: cannot run %s: %s\n", path,
	    strerror(errno));
	_exit(CANNOT_RUN);
}

/* Whether it ended until then; *status tells how. */
static bool
wait_until(pid_t pid, int64_t end, int *status)
{
	const struct timespec nap = { 0, 10 * 1000 * 1000 };
	pid_t got;

	for (;;) {
		got = waitpid(pid, status, WNOHANG);
		if (got == pid || (got == -1 && errno != EINTR))
			return true;
		if (io_clock_ms() >= end)
			return false;
		nanosleep(&nap, NULL);
	}
}

static int
finish(pid_t pid, const char *path, int64_t seconds, struct err *err)
{
	const int64_t end = io_clock_ms() + seconds * 1000;
	int status = 0;

	if (!wait_until(pid, end, &status)) {
		kill(-pid, SIGTERM);
		if (!wait_until(pid, end + GRACE * 1000, &status)) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
		}
		return err_set(err, ERR_AGAIN,
		    "%s was killed: it took more than %" PRId64 " s", path,
		    seconds);
	}
	if (WIFSIGNALED(status))
		return err_set(err, ERR_AGAIN, "%s was killed by signal %d",
		    path, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_AGAIN, "%s exited with %d", path,
		    WEXITSTATUS(status));
	return 0;
}

static int64_t
seconds_for(const struct buf *input)
{
	int64_t lines = 0;
	size_t i;

	for (i = 0; i < input->len; i++)
		lines += input->at[i] == '\n';
	return ALERT_HOOK_SECONDS + lines * ALERT_HOOK_MORE;
}

/* Its input as a file, so that it may read it or not, as it likes. */
static int
make_input(const struct buf *input, struct err *err)
{
	int fd = memfd_create("alerts", MFD_CLOEXEC);

	if (fd != -1 && io_write(fd, input->at, input->len) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	err_set_errno(err, ERR_AGAIN, "cannot hand alerts to a hook");
	if (fd != -1)
		close(fd);
	return -1;
}

int
alert_hooks_run(const struct alert_hooks *hooks, const char *name,
    const struct buf *input, const char *database, struct err *err)
{
	struct buf path = { 0 };
	struct array env = { 0 };
	struct arena arena = { 0 };
	const pid_t parent = getpid();
	pid_t pid;
	int fd, rc = -1;

	if ((fd = make_input(input, err)) == -1)
		return -1;
	buf_printf(&path, "%s/%s", hooks->directory, name);
	buf_str(&path);
	make_environment(&env, &arena, database);
	pid = fork();
	if (pid == 0)
		become(parent, path.at, name, fd, env.at);
	if (pid == -1)
		err_set_errno(err, ERR_AGAIN, "cannot fork");
	else
		rc = finish(pid, path.at, seconds_for(input), err);
	close(fd);
	buf_done(&path);
	array_done(&env);
	arena_done(&arena);
	return rc;
}
