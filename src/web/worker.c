/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "web/lock.h"
#include "web/options.h"

#define YOUNG_MS 2000  /* who ends so soon could not begin */
#define ENDING_MS 3000 /* to finish a page when all of it ends */

struct worker {
	pid_t pid;
	int64_t since;
};

/* Never returns. */
static void
work(const struct worker_settings *settings, int listener, pid_t parent,
    const sigset_t *signals)
{
	struct serve *serve = NULL;
	struct err err = ERR_INIT;
	int fd, rc = -1;

	/* Who was stopped between fork(2) and this stays nobody's. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == -1 || getppid() != parent)
		_exit(EX_OSERR);
	fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd == -1)
		err_set_errno(&err, ERR_BUG, "cannot take signals");
	else if (serve_begin(&serve, &settings->serve, listener, &err) == 0 &&
	    lock_enter(settings->directory, &err) == 0)
		rc = serve_run(serve, fd, &err);
	if (rc == -1)
		log_error("%s", err.text);
	/* Without a word to those whose answers are under way. */
	_exit(rc == 0 ? EX_OK : err_exit_status(err.class));
}

static int
begin(struct worker *w, const struct worker_settings *settings, int listener,
    const sigset_t *signals, struct err *err)
{
	const pid_t parent = getpid();

	w->since = io_clock_ms();
	w->pid = fork();
	if (w->pid == -1)
		return err_set_errno(err, ERR_AGAIN, "cannot start a worker");
	if (w->pid == 0)
		work(settings, listener, parent, signals);
	return 0;
}

static bool
is_idle(const struct worker_settings *settings)
{
	return serve_until_idle(&settings->serve) == 0;
}

/*
 * A worker ended: another one takes its place, unless that cannot help, or it
 * ended because nobody asks.
 */
static int
replace(struct worker *w, int status, const struct worker_settings *settings,
    int listener, const sigset_t *signals, struct err *err)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && is_idle(settings))
		return 0;
	if (WIFSIGNALED(status))
		log_error("a worker was killed by signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (io_clock_ms() - w->since < YOUNG_MS &&
	    (!WIFSIGNALED(status) || WTERMSIG(status) == SIGSYS))
		return err_set(err, ERR_BUG, "a worker cannot begin");
	return begin(w, settings, listener, signals, err);
}

static int
reap(struct worker *workers, const struct worker_settings *settings,
    int listener, const sigset_t *signals, struct err *err)
{
	int i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (i = 0; i < settings->n; i++)
			if (workers[i].pid == pid) {
				workers[i].pid = 0;
				if (replace(&workers[i], status, settings,
				        listener, signals, err) == -1)
					return -1;
			}
	return 0;
}

static void
signal_all(const struct worker *workers, int n, int sig)
{
	int i;

	for (i = 0; i < n; i++)
		if (workers[i].pid > 0)
			kill(workers[i].pid, sig);
}

static int
count_ended(const struct worker *workers, int n)
{
	int i, ended = 0;

	for (i = 0; i < n; i++)
		ended += workers[i].pid == 0;
	return ended;
}

/* Begin those that are not there. */
static int
begin_missing(struct worker *workers, const struct worker_settings *settings,
    int listener, const sigset_t *signals, struct err *err)
{
	int i, rc = 0;

	for (i = 0; i < settings->n && rc == 0; i++)
		if (workers[i].pid == 0)
			rc = begin(
			    &workers[i], settings, listener, signals, err);
	return rc;
}

/* Let them finish what they are at; who hangs, or was stopped, is killed. */
static void
end_all(struct worker *workers, int n)
{
	const struct timespec second = { .tv_sec = 1 };
	const int64_t until = io_clock_ms() + ENDING_MS;
	sigset_t child;
	int i;
	pid_t pid;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	signal_all(workers, n, SIGTERM);
	for (;;) {
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			for (i = 0; i < n; i++)
				if (workers[i].pid == pid)
					workers[i].pid = 0;
		if (pid == -1)
			return; /* there is none left */
		if (io_clock_ms() >= until)
			signal_all(workers, n, SIGKILL);
		sigtimedwait(&child, NULL, &second);
	}
}

int
worker_run_all(
    const struct worker_settings *settings, int listener, struct err *err)
{
	const struct timespec moment = { .tv_sec = 1 };
	struct worker workers[OPTIONS_WORKERS] = { 0 };
	sigset_t ending, all;
	int ended, sig = 0, rc;

	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	all = ending;
	sigaddset(&all, SIGCHLD);
	sigprocmask(SIG_BLOCK, &all, NULL);
	rc = begin_missing(workers, settings, listener, &ending, err);
	while (rc == 0 && sig != SIGTERM && sig != SIGINT) {
		ended = count_ended(workers, settings->n);
		if (ended == settings->n) {
			log_notice("nobody has asked for %lld s: ending",
			    (long long)(settings->serve.idle_ms / 1000));
			break;
		}
		sig = sigtimedwait(&all, NULL, ended > 0 ? &moment : NULL);
		if (sig == SIGCHLD)
			rc = reap(workers, settings, listener, &ending, err);
		else if (sig == -1 && errno == EAGAIN && !is_idle(settings))
			/* Somebody asked the others, after some had ended. */
			rc = begin_missing(
			    workers, settings, listener, &ending, err);
	}
	end_all(workers, settings->n);
	return rc;
}
