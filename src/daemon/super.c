/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/super.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/notify.h"
#include "daemon/journal.h"
#include "daemon/super_priv.h"

#define STOP_MS 3000  /* that fetchers get to finish */
#define RANK_MS 10000 /* of lateness, see turn_ms() */

/* --- configuration ------------------------------------------------------- */

/* Make the mailboxes those of the configuration, keeping what is known. */
static void
super_set_mailboxes(struct super *s)
{
	const struct conf_mailbox *mb = s->conf->mailboxes.at;
	struct array fresh = { 0 };
	struct mailbox *old = s->mailboxes.at, *b;
	size_t i, k;

	/* All fetchers have the old configuration: none stays. */
	for (k = 0; k < s->mailboxes.n; k++)
		fetcher_leave(&old[k].fetcher);
	for (i = 0; i < s->conf->mailboxes.n; i++) {
		if (s->options->mailbox != NULL &&
		    strcmp(mb[i].name, s->options->mailbox) != 0)
			continue;
		b = array_add(&fresh, sizeof(*b));
		b->name = xstrdup(mb[i].name);
		b->sched.due_ms = io_clock_boot_ms();
		for (k = 0; k < s->mailboxes.n; k++)
			if (strcmp(old[k].name, b->name) == 0) {
				b->fetcher = old[k].fetcher;
				b->answers = old[k].answers;
				b->silent = old[k].silent;
				b->again = b->fetcher.pid != 0;
				old[k].fetcher.pid = 0;
			}
	}
	for (k = 0; k < s->mailboxes.n; k++) {
		if (old[k].fetcher.pid != 0)
			*(struct fetcher *)array_add(&s->orphans,
			    sizeof(struct fetcher)) = old[k].fetcher;
		free(old[k].name);
	}
	array_done(&s->mailboxes);
	s->mailboxes = fresh;
	super_set_accounts(s);
}

/* Whatever a reload brings is tried at once, so due times start anew. */
static void
super_reload(struct super *s)
{
	struct buf report = { 0 };
	struct conf *fresh, *old = s->conf;
	char text[SUPER_MAILBOXES];
	int rc;

	rc = conf_load(s->options->conf_path, &fresh, &report);
	journal_conf(&report);
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
		log_error("the new configuration was not loaded; keeping the "
		          "old one");
		return;
	}
	conf_free(old);
	super_set_mailboxes(s);
	log_notice("configuration loaded: %s", super_describe(s, text));
}

/* --- the loop ------------------------------------------------------------- */

static void
super_stop(struct super *s)
{
	struct fetcher *f;
	struct mailbox *b;
	size_t i;

	if (s->stopping)
		return;
	s->stopping = true;
	notify_send("STOPPING=1");
	s->kill_ms = io_clock_ms() + STOP_MS;
	super_kill(s, SIGTERM);
	/* A signal just before a wait does not end it; this does. */
	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		fetcher_leave(f);
}

static void
super_poll_now(struct super *s)
{
	struct mailbox *b = s->mailboxes.at;
	size_t i;

	for (i = 0; i < s->mailboxes.n; i++) {
		b[i].again |= b[i].fetcher.pid != 0 &&
		    !fetcher_is_resting(&b[i].fetcher);
		b[i].sched.due_ms = io_clock_boot_ms();
	}
}

/*
 * A better rank is worth so much lateness and no more: who answers may be due
 * again before others had a turn.
 */
static int64_t
turn_ms(const struct mailbox *b)
{
	return b->sched.due_ms + mailbox_rank(b) * (int64_t)RANK_MS;
}

static int
compare_turns(const void *a, const void *b)
{
	const struct mailbox *const *x = a, *const *y = b;

	if (turn_ms(*x) != turn_ms(*y))
		return turn_ms(*x) < turn_ms(*y) ? -1 : 1;
	return *x < *y ? -1 : 1; /* the order of the configuration */
}

/*
 * Return the mailboxes that are due, in their order; xmalloc()ed.  *wait
 * becomes less if others are sooner.
 */
static struct mailbox **
super_find_due(struct super *s, size_t *n, int64_t *wait)
{
	struct mailbox *b = s->mailboxes.at, **due;
	int64_t now = io_clock_boot_ms();
	size_t i;

	due = xcalloc(s->mailboxes.n + 1, sizeof(struct mailbox *));
	*n = 0;
	for (i = 0; i < s->mailboxes.n; i++) {
		if ((b[i].fetcher.pid != 0 &&
		        !fetcher_is_resting(&b[i].fetcher)) ||
		    (s->options->once && b[i].finished))
			continue;
		if (b[i].sched.due_ms <= now)
			due[(*n)++] = &b[i];
		else if (b[i].sched.due_ms - now < *wait)
			*wait = b[i].sched.due_ms - now;
	}
	qsort(due, *n, sizeof(*due), compare_turns);
	return due;
}

/*
 * Start what is due; returns how long there is nothing to do.  Servers that do
 * not answer have places of their own, so that they delay only each other.
 */
static int64_t
super_start_due(struct super *s)
{
	int64_t wait = s->watch.tick_ms, turn;
	struct super_counts c;
	struct mailbox **due;
	size_t i, n;

	super_count(s, &c);
	due = super_find_due(s, &n, &wait);
	for (i = 0; i < n && !s->stopping; i++) {
		/* When there is room again, its end or its word wakes us. */
		if (due[i]->silent ? c.slow >= LIMIT_SILENT
		                   : c.polling - c.slow >= LIMIT_FETCHERS ||
		            c.slow >= LIMIT_SLOW) {
			/* Or that it is found to be slow. */
			if (wait > MAILBOX_PATIENCE_MS / 4)
				wait = MAILBOX_PATIENCE_MS / 4;
			continue;
		}
		if (due[i]->fetcher.pid == 0 &&
		    (turn = super_await_turn(s, due[i])) != 0) {
			if (wait > turn)
				wait = turn;
			continue;
		}
		if (due[i]->fetcher.pid == 0)
			super_start(s, due[i]);
		else
			fetcher_poll(&due[i]->fetcher);
		c.polling += fetcher_is_polling(&due[i]->fetcher);
		c.slow += mailbox_is_slow(due[i]);
	}
	free(due);
	if (s->stopping)
		wait = s->kill_ms - io_clock_ms();
	/* Never wait for nothing. */
	return wait < 50 ? 50 : wait;
}

static void
super_signal(struct super *s, int sig)
{
	switch (sig) {
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
	default: /* SIGCHLD */
		break;
	}
}

/* Wait for a signal, a word of a fetcher, or until time has passed. */
static void
super_wait(struct super *s, int64_t ms)
{
	struct array fds = { 0 };
	struct signalfd_siginfo info;
	struct fetcher *f;
	struct pollfd *p;
	struct mailbox *b;
	size_t i;

	p = array_add(&fds, sizeof(*p));
	p->fd = s->signal_fd;
	p->events = POLLIN;
	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++) {
		p = array_add(&fds, sizeof(*p));
		/* Once it has gone there is only SIGCHLD to wait for. */
		p->fd = f->pid != 0 && !f->deaf ? f->channel : -1;
		p->events = POLLIN;
	}
	(void)poll(fds.at, fds.n, (int)ms);
	array_done(&fds);
	super_receive_all(s);
	while (read(s->signal_fd, &info, sizeof(info)) == sizeof(info))
		super_signal(s, (int)info.ssi_signo);
	super_reap(s);
	super_watch(s);
	if (s->stopping && io_clock_ms() >= s->kill_ms)
		super_kill(s, SIGKILL);
}

static bool
super_is_done(const struct super *s)
{
	const struct mailbox *b = s->mailboxes.at;
	struct super_counts c;
	size_t i;

	if (s->stopping) {
		super_count(s, &c);
		return c.polling + c.lingering == 0;
	}
	if (!s->options->once)
		return false;
	for (i = 0; i < s->mailboxes.n; i++)
		if (!b[i].finished)
			return false;
	return true;
}

static int
super_status(const struct super *s)
{
	const struct mailbox *b = s->mailboxes.at;
	size_t i;

	if (!s->options->once)
		return 0;
	if (s->stopping)
		return EX_TEMPFAIL;
	for (i = 0; i < s->mailboxes.n; i++)
		if (b[i].status != 0)
			return b[i].status;
	return 0;
}

int
super_run(struct conf *conf, const struct super_options *options)
{
	struct super s = { .options = options, .conf = conf };
	char text[SUPER_MAILBOXES];
	struct mailbox *b;
	int status;
	size_t i;

	sigemptyset(&s.signals);
	sigaddset(&s.signals, SIGCHLD);
	sigaddset(&s.signals, SIGTERM);
	sigaddset(&s.signals, SIGINT);
	sigaddset(&s.signals, SIGHUP);
	sigaddset(&s.signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &s.signals, &s.old_signals);
	s.signal_fd = signalfd(-1, &s.signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (s.signal_fd == -1) {
		log_error("cannot create a signalfd: %s", strerror(errno));
		conf_free(conf);
		return EX_OSERR;
	}
	watchdog_init(&s.watch);
	if ((status = super_prepare(&s)) == 0) {
		super_set_mailboxes(&s);
		if (!options->once)
			log_notice("ruad %s: %s, database %s", RUAD_VERSION,
			    super_describe(&s, text), s.conf->database);
		notify_send("READY=1\nSTATUS=%s", super_describe(&s, text));
		while (!super_is_done(&s))
			super_wait(&s, super_start_due(&s));
		status = super_status(&s);
		if (!options->once)
			log_notice("stopped");
	} else if (status == SUPER_STOPPED)
		status = 0;
	b = s.mailboxes.at;
	for (i = 0; i < s.mailboxes.n; i++)
		free(b[i].name);
	array_done(&s.mailboxes);
	array_done(&s.orphans);
	super_free_accounts(&s);
	close(s.signal_fd);
	conf_free(s.conf);
	return status;
}
