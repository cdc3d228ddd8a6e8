/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/super.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/careful.h"
#include "daemon/fetch.h"
#include "daemon/notify.h"
#include "daemon/say.h"
#include "daemon/sched.h"
#include "ingest/parser.h"
#include "store/store.h"

#define MAX_FETCHERS 16 /* at once */
#define STOP_MS 3000    /* what fetchers get to finish */

/* A mailbox of the configuration and its fetcher. */
struct box {
	char *name;
	struct sched sched;
	pid_t pid;     /* 0: none runs */
	int status;    /* of the last fetcher, as an exit status */
	bool finished; /* once: has been polled */
	bool again;    /* SIGUSR1 came while it ran */
};

struct super {
	const struct super_options *options;
	struct conf *conf;
	struct array boxes; /* of struct box */
	/* Fetchers of mailboxes that a reload took away. */
	struct array orphans; /* of pid_t */
	size_t running;
	bool stopping;
	int64_t kill_ms; /* stopping: when patience ends */
	sigset_t signals;
	sigset_t old_signals;
};

static void
on_stop(int sig)
{
	(void)sig;
	fetch_stop = 1;
	careful_on_stop();
}

static uint32_t
super_chance(void)
{
	uint32_t n = 0;

	/* Only jitter hangs on it. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = (uint32_t)io_clock_ms();
	return n;
}

/* --- children ---------------------------------------------------------- */

/* In the child: our own signals, our own end when the supervisor ends. */
static void
child_start(const struct super *s, pid_t parent, const char *name)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_stop;
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGINT, &sa, NULL); /* the supervisor passes it on */
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigprocmask(SIG_SETMASK, &s->old_signals, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(EX_TEMPFAIL);
	if (name != NULL)
		log_set_mailbox(name);
}

static void
box_start(struct super *s, struct box *b)
{
	const struct conf_mailbox *mb = conf_find(s->conf, b->name);
	pid_t parent = getpid(), pid;

	fflush(NULL);
	if ((pid = fork()) == -1) {
		log_error("cannot start a fetcher for %s: %s", b->name,
		    strerror(errno));
		sched_set_next(&b->sched, EX_TEMPFAIL << 8, mb->interval,
		    io_clock_ms(), super_chance());
		return;
	}
	if (pid == 0) {
		child_start(s, parent, b->name);
		exit(fetch_run(s->conf, mb, s->options->parser_program,
		    s->options->dry_run));
	}
	b->pid = pid;
	s->running++;
}

/*
 * What must work before the first poll, in a child so that the supervisor
 * stays without a database handle.  Returns an exit status.
 */
static int
super_prepare(struct super *s)
{
	const struct conf_mailbox *mb = s->conf->mailboxes.at;
	const struct parser_settings settings = { .limits = s->conf->limits };
	struct err err = ERR_INIT;
	const char **names;
	struct store *store = NULL;
	pid_t parent = getpid(), pid;
	int status;
	size_t i;

	if (parser_check(s->options->parser_program, &settings, &err) == -1) {
		log_error("%s", err.text);
		return err_exit_status(err.class);
	}
	if (s->options->dry_run)
		return 0;
	fflush(NULL);
	if ((pid = fork()) == -1) {
		log_error("cannot fork: %s", strerror(errno));
		return EX_TEMPFAIL;
	}
	if (pid == 0) {
		child_start(s, parent, NULL);
		names = xcalloc(s->conf->mailboxes.n, sizeof(*names));
		for (i = 0; i < s->conf->mailboxes.n; i++)
			names[i] = mb[i].name;
		if (store_open(&store, s->conf->database, &err) == -1 ||
		    store_set_active(store, names, i, &err) == -1)
			log_error("%s", err.text);
		store_close(store);
		exit(err_exit_status(err.class));
	}
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
}

static void
box_ended(struct super *s, struct box *b, int status)
{
	const struct conf_mailbox *mb = conf_find(s->conf, b->name);
	int64_t now = io_clock_ms();

	b->pid = 0;
	b->finished = true;
	b->status = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	if (s->stopping)
		return;
	if (WIFSIGNALED(status))
		say_crash(b->name, WTERMSIG(status));
	sched_set_next(&b->sched, status, mb->interval, now, super_chance());
	if (b->again)
		b->sched.due_ms = now;
	b->again = false;
	notify_send("STATUS=%zu mailboxes, %zu being polled; the last poll, "
	            "of %s, %s",
	    s->boxes.n, s->running, b->name,
	    b->status == 0 ? "went well" : "failed");
	if (b->status != 0 && !s->options->once)
		say_failing(b->name, b->sched.fails,
		    sched_seconds_left(&b->sched, now));
}

static void
super_reap(struct super *s)
{
	struct box *b = s->boxes.at;
	pid_t *orphans = s->orphans.at, pid;
	int status;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < s->boxes.n; i++)
			if (b[i].pid == pid) {
				s->running--;
				box_ended(s, &b[i], status);
			}
		for (i = 0; i < s->orphans.n; i++)
			if (orphans[i] == pid) {
				s->running--;
				orphans[i] = orphans[--s->orphans.n];
				break;
			}
	}
}

static void
super_kill(struct super *s, int sig)
{
	struct box *b = s->boxes.at;
	pid_t *orphans = s->orphans.at;
	size_t i;

	for (i = 0; i < s->boxes.n; i++)
		if (b[i].pid != 0)
			kill(b[i].pid, sig);
	for (i = 0; i < s->orphans.n; i++)
		kill(orphans[i], sig);
}

/* --- configuration ------------------------------------------------------- */

/* Make the boxes those of the configuration, keeping what is known. */
static void
super_set_boxes(struct super *s)
{
	const struct conf_mailbox *mb = s->conf->mailboxes.at;
	struct array fresh = { 0 };
	struct box *old = s->boxes.at, *b;
	size_t i, k;

	for (i = 0; i < s->conf->mailboxes.n; i++) {
		if (s->options->mailbox != NULL &&
		    strcmp(mb[i].name, s->options->mailbox) != 0)
			continue;
		b = array_add(&fresh, sizeof(*b));
		b->name = xstrdup(mb[i].name);
		b->sched.due_ms = io_clock_ms();
		for (k = 0; k < s->boxes.n; k++)
			if (strcmp(old[k].name, b->name) == 0) {
				b->pid = old[k].pid;
				old[k].pid = 0;
			}
	}
	for (k = 0; k < s->boxes.n; k++) {
		if (old[k].pid != 0)
			*(pid_t *)array_add(
			    &s->orphans, sizeof(pid_t)) = old[k].pid;
		free(old[k].name);
	}
	array_done(&s->boxes);
	s->boxes = fresh;
}

/* Whatever a reload brings is tried at once, so due times start anew. */
static void
super_reload(struct super *s)
{
	struct buf report = { 0 };
	struct conf *fresh, *old = s->conf;
	int rc;

	rc = conf_load(s->options->conf_path, &fresh, &report);
	say_conf(&report);
	buf_done(&report);
	if (rc == 0) {
		s->conf = fresh;
		if (super_prepare(s) != 0) {
			s->conf = old;
			conf_free(fresh);
			rc = -1;
		}
	}
	if (rc == -1) {
		log_error("the configuration was not loaded; the old one "
		          "stays in force");
		return;
	}
	conf_free(old);
	super_set_boxes(s);
	log_notice("configuration loaded: %zu mailboxes", s->boxes.n);
}

/* --- the loop ---------------------------------------------------------------
 */

static void
super_stop(struct super *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	notify_send("STOPPING=1");
	s->kill_ms = io_clock_ms() + STOP_MS;
	super_kill(s, SIGTERM);
}

static void
super_poll_now(struct super *s)
{
	struct box *b = s->boxes.at;
	size_t i;

	for (i = 0; i < s->boxes.n; i++) {
		b[i].again = b[i].pid != 0;
		b[i].sched.due_ms = io_clock_ms();
	}
}

/* Start what is due; returns how long there is nothing to do. */
static int64_t
super_start_due(struct super *s)
{
	struct box *b = s->boxes.at;
	int64_t now = io_clock_ms(), wait = INT64_MAX;
	size_t i;

	for (i = 0; i < s->boxes.n && !s->stopping; i++) {
		if (b[i].pid != 0 || (s->options->once && b[i].finished))
			continue;
		if (b[i].sched.due_ms <= now && s->running < MAX_FETCHERS)
			box_start(s, &b[i]);
		if (b[i].pid == 0 && b[i].sched.due_ms - now < wait)
			wait = b[i].sched.due_ms - now;
	}
	if (s->stopping)
		wait = s->kill_ms - now;
	/* A fetcher's end wakes us anyway; never wait for nothing. */
	return wait < 50 ? 50 : wait > 3600000 ? 3600000 : wait;
}

static void
super_wait(struct super *s, int64_t ms)
{
	struct timespec ts = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	switch (sigtimedwait(&s->signals, NULL, &ts)) {
	case SIGTERM:
	case SIGINT:
		super_stop(s);
		break;
	case SIGHUP:
		if (s->options->once)
			break;
		notify_send("RELOADING=1");
		super_reload(s);
		notify_send("READY=1");
		break;
	case SIGUSR1:
		super_poll_now(s);
		break;
	default: /* SIGCHLD, or time has passed */
		break;
	}
	super_reap(s);
	if (s->stopping && io_clock_ms() >= s->kill_ms)
		super_kill(s, SIGKILL);
}

static bool
super_is_done(const struct super *s)
{
	const struct box *b = s->boxes.at;
	size_t i;

	if (s->stopping)
		return s->running == 0;
	if (!s->options->once)
		return false;
	for (i = 0; i < s->boxes.n; i++)
		if (!b[i].finished)
			return false;
	return true;
}

static int
super_status(const struct super *s)
{
	const struct box *b = s->boxes.at;
	size_t i;

	if (!s->options->once)
		return 0;
	if (s->stopping)
		return EX_TEMPFAIL;
	for (i = 0; i < s->boxes.n; i++)
		if (b[i].status != 0)
			return b[i].status;
	return 0;
}

int
super_run(struct conf *conf, const struct super_options *options)
{
	struct super s = { .options = options, .conf = conf };
	struct box *b;
	int status;
	size_t i;

	sigemptyset(&s.signals);
	sigaddset(&s.signals, SIGCHLD);
	sigaddset(&s.signals, SIGTERM);
	sigaddset(&s.signals, SIGINT);
	sigaddset(&s.signals, SIGHUP);
	sigaddset(&s.signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s.signals, &s.old_signals);
	if ((status = super_prepare(&s)) == 0) {
		super_set_boxes(&s);
		if (!options->once)
			log_notice("ruad %s: %zu mailboxes, database %s",
			    RUAD_VERSION, s.boxes.n, s.conf->database);
		notify_send("READY=1\nSTATUS=%zu mailboxes", s.boxes.n);
		while (!super_is_done(&s))
			super_wait(&s, super_start_due(&s));
		status = super_status(&s);
		if (!options->once)
			log_notice("stopped");
	}
	b = s.boxes.at;
	for (i = 0; i < s.boxes.n; i++)
		free(b[i].name);
	array_done(&s.boxes);
	array_done(&s.orphans);
	conf_free(s.conf);
	return status;
}
