/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/parser_proc.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/port.h"
#include "ingest/parser.h"

#define SOCKET_BUFFER (1 << 20) /* asked for; the kernel may give less */
#define GOODBYE_MS 2000         /* from its last word to its end */

void
parser_proc_init(struct parser_proc *proc)
{
	proc->pid = -1;
	proc->fd = -1;
}

bool
parser_proc_runs(const struct parser_proc *proc)
{
	return proc->pid != -1;
}

static int
proc_spawn(pid_t *pid, const char *program, char *const *argv, int fd)
{
	static char tz[] = "TZ=UTC0", locale[] = "LC_ALL=C";
	/*
	 * glibc's cache of freed pieces lies wherever they lay; one of them
	 * above what a large message took keeps the heap from shrinking, and
	 * each message would leave less of ruad-parse's address space.
	 */
	static char tunables[] = "GLIBC_TUNABLES=glibc.malloc.tcache_count=0";
	char *env[] = { tz, locale, tunables, NULL, NULL };
	const char *journal = getenv("JOURNAL_STREAM");
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	int rc;

	if ((rc = posix_spawn_file_actions_init(&actions)) != 0)
		return rc;
	if ((rc = posix_spawnattr_init(&attr)) != 0) {
		posix_spawn_file_actions_destroy(&actions);
		return rc;
	}
	/* Its own message, if it cannot start, has a priority there, too. */
	if (journal != NULL)
		xasprintf(&env[3], "JOURNAL_STREAM=%s", journal);
	sigemptyset(&none);
	sigfillset(&all);
	if ((rc = posix_spawn_file_actions_adddup2(&actions, fd, 0)) == 0 &&
	    (rc = posix_spawn_file_actions_adddup2(&actions, fd, 1)) == 0 &&
	    (rc = port_spawn_close_from(&actions, 3)) == 0 &&
	    (rc = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
	    (rc = posix_spawnattr_setsigdefault(&attr, &all)) == 0 &&
	    (rc = posix_spawnattr_setflags(
	         &attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)) == 0)
		rc = posix_spawn(pid, program, &actions, &attr, argv, env);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	free(env[3]);
	return rc;
}

/* With the arguments that these settings are. */
static int
proc_run(
    pid_t *pid, const char *program, const struct parser_settings *s, int fd)
{
	char name[] = "ruad-parse", serve[] = "--serve";
	char keep[] = "--keep-samples", limits[160], hops[32];
	char *argv[6 + LIMIT_AUTHSERV_IDS], **ids = NULL;
	size_t n = 0, k = 0;
	int rc;

	snprintf(limits, sizeof(limits),
	    "--limits=message=%" PRIu64 ",unpacked=%" PRIu64
	    ",mail_unpacked=%" PRIu64 ",records=%" PRIu64,
	    s->limits.message, s->limits.unpacked, s->limits.mail_unpacked,
	    s->limits.records);
	snprintf(hops, sizeof(hops), "--received-hops=%d", s->received_hops);
	argv[n++] = name;
	argv[n++] = serve;
	argv[n++] = limits;
	argv[n++] = hops;
	if (s->keep_samples)
		argv[n++] = keep;
	ids = argv + n;
	for (; s->authserv_ids != NULL && s->authserv_ids[k] != NULL &&
	     k < LIMIT_AUTHSERV_IDS;
	     k++)
		xasprintf(&ids[k], "--authserv-id=%s", s->authserv_ids[k]);
	ids[k] = NULL;
	rc = proc_spawn(pid, program, argv, fd);
	while (k > 0)
		free(ids[--k]);
	return rc;
}

int
parser_proc_refuse(const char *program, int error, struct err *err)
{
	return err_set(err,
	    error == ENOENT || error == EACCES || error == ENOEXEC ? ERR_CONF
	                                                           : ERR_AGAIN,
	    "cannot run %s: %s", program, strerror(error));
}

int
parser_proc_start(struct parser_proc *proc, const char *program,
    const struct parser_settings *s, struct err *err)
{
	const int size = SOCKET_BUFFER;
	pid_t pid;
	int sp[2], i, rc;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sp) == -1)
		return err_set_errno(
		    err, ERR_AGAIN, "cannot start ruad-parse: socketpair");
	for (i = 0; i < 2; i++) {
		/* Best effort: only speed depends on it. */
		(void)setsockopt(
		    sp[i], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	}
	rc = proc_run(&pid, program, s, sp[1]);
	close(sp[1]);
	if (rc == 0 && io_set_nonblocking(sp[0], true) == -1)
		rc = errno;
	if (rc != 0) {
		close(sp[0]);
		return parser_proc_refuse(program, rc, err);
	}
	proc->pid = pid;
	proc->fd = sp[0];
	return 0;
}

void
parser_proc_kill(struct parser_proc *proc)
{
	kill(proc->pid, SIGKILL);
}

/* Its end; *slow: it had to be helped, though it said nothing any more. */
static int
proc_wait(struct parser_proc *proc, bool *slow)
{
	const struct timespec pause = { 0, 1000000 };
	int64_t start = io_clock_ms();
	int status = 0;
	pid_t pid;

	close(proc->fd);
	while ((pid = waitpid(proc->pid, &status, WNOHANG)) != proc->pid) {
		if (pid == -1 && errno != EINTR)
			break;
		if (io_clock_ms() - start > GOODBYE_MS && !*slow) {
			*slow = true;
			kill(proc->pid, SIGKILL);
		}
		nanosleep(&pause, NULL);
	}
	parser_proc_init(proc);
	return status;
}

enum parser_death
parser_proc_judge(int status, struct err *why)
{
	int sig = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (sig == SIGPROF || sig == SIGXCPU)
		err_set(why, ERR_LIMIT, "reading it took more than %d s of CPU",
		    LIMIT_PARSE_CPU);
	else if (sig == SIGSYS)
		err_set(why, ERR_DATA,
		    "ruad-parse was stopped by its sandbox while reading it");
	else if (sig == SIGKILL || sig == SIGTERM || sig == SIGINT)
		return PARSER_DEATH_OUTSIDE;
	else if (sig != 0)
		err_set(why, ERR_DATA,
		    "ruad-parse crashed while reading it (%s)", strsignal(sig));
	else if (WEXITSTATUS(status) == MEM_EXIT_STATUS)
		err_set(why, ERR_LIMIT,
		    "reading it needs more than %lu MB of memory",
		    LIMIT_PARSE_MEMORY >> 20);
	else if (WEXITSTATUS(status) == EX_OK) {
		err_set(why, ERR_DATA, "ruad-parse exited while reading it");
		return PARSER_DEATH_LEFT;
	} else if (WEXITSTATUS(status) == EX_SOFTWARE ||
	    WEXITSTATUS(status) == EX_USAGE) {
		err_set(why, ERR_CONF,
		    "ruad-parse cannot work here (exit status %d); its own "
		    "message says why",
		    WEXITSTATUS(status));
		return PARSER_DEATH_UNUSABLE;
	} else if (WEXITSTATUS(status) == EX_TEMPFAIL)
		err_set(why, ERR_DATA,
		    "ruad-parse cannot start now; its own message says why");
	else
		err_set(why, ERR_DATA,
		    "ruad-parse gave up while reading it (exit status %d)",
		    WEXITSTATUS(status));
	return PARSER_DEATH_INPUT;
}

enum parser_death
parser_proc_reap(struct parser_proc *proc, bool timed_out, struct err *why)
{
	bool slow = false;
	int status = proc_wait(proc, &slow);

	proc->stopped = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
	if (!timed_out && !slow)
		return parser_proc_judge(status, why);
	err_set(why, ERR_LIMIT, "reading it took too long");
	return PARSER_DEATH_INPUT;
}

void
parser_proc_done(struct parser_proc *proc)
{
	bool ignored = true;

	if (!parser_proc_runs(proc))
		return;
	parser_proc_kill(proc);
	(void)proc_wait(proc, &ignored);
}

/* Whether it answers an empty message, and then nothing more is heard of it. */
static bool
proc_answers(const struct parser_proc *proc)
{
	static const char mail[] = "0\n";
	struct pollfd pfd = { .fd = proc->fd, .events = POLLIN };
	char answer[512], last = '\0';
	ssize_t n;

	if (send(proc->fd, mail, sizeof(mail) - 1, MSG_NOSIGNAL) == -1)
		return false;
	shutdown(proc->fd, SHUT_WR);
	for (;;) {
		n = poll(&pfd, 1, LIMIT_PARSE_WALL * 1000);
		if (n > 0)
			n = read(proc->fd, answer, sizeof(answer));
		else if (n == 0)
			return false;
		if (n > 0)
			last = answer[n - 1];
		else if (n == 0)
			return last == '\n';
		else if (errno != EINTR)
			return false;
	}
}

/* stopped: by its own sandbox. */
static int
check_once(const char *program, const struct parser_settings *settings,
    bool *stopped, struct err *err)
{
	struct parser_proc proc;
	struct err why = ERR_INIT;
	enum parser_death death;
	bool answers;

	*stopped = false;
	parser_proc_init(&proc);
	if (parser_proc_start(&proc, program, settings, err) == -1)
		return -1;
	answers = proc_answers(&proc);
	death = parser_proc_reap(&proc, false, &why);
	if (death == PARSER_DEATH_LEFT && answers)
		return 0;
	if (death == PARSER_DEATH_UNUSABLE) {
		*err = why;
		return -1;
	}
	*stopped = proc.stopped;
	if (proc.stopped)
		return err_set(err, ERR_CONF,
		    "ruad-parse is stopped by its own sandbox before it reads "
		    "anything: the C library of this machine uses a system "
		    "call that this ruad does not know; update ruad");
	if (death == PARSER_DEATH_OUTSIDE)
		err_set(&why, ERR_AGAIN,
		    "it was killed from outside; is the machine out of "
		    "memory?");
	return err_set(err, ERR_AGAIN,
	    "ruad-parse fails even without any input: %s", why.text);
}

int
parser_check(const char *program, const struct parser_settings *settings,
    struct err *err)
{
	struct err first = ERR_INIT;
	bool stopped;

	if (check_once(program, settings, &stopped, &first) == 0)
		return 0;
	/* libseccomp may make a wrong filter when memory runs out. */
	if (stopped)
		return check_once(program, settings, &stopped, err);
	*err = first;
	return -1;
}
