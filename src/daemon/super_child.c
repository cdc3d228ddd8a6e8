/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "daemon/channel.h"
#include "daemon/fetch.h"
#include "daemon/notify.h"
#include "daemon/journal.h"
#include "daemon/super_priv.h"
#include "daemon/visit.h"
#include "ingest/parser.h"
#include "store/store.h"

static uint32_t
super_chance(void)
{
	uint32_t n = 0;

	/* Only jitter depends on it. */
	if (getrandom(&n, sizeof(n), GRND_NONBLOCK) != sizeof(n))
		n = (uint32_t)io_clock_ms();
	return n;
}

/*
 * In the child: signals of its own, its end when the supervisor ends, and no
 * channel but its own.
 */
static void
child_start(const struct super *s, pid_t parent, const char *name)
{
	const struct fetcher *f;
	struct sigaction sa;
	struct mailbox *b;
	size_t i;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = fetch_on_stop;
	sigaction(SIGTERM, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	sigaction(SIGINT, &sa, NULL); /* the supervisor passes it on */
	sigaction(SIGHUP, &sa, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	sigprocmask(SIG_SETMASK, &s->old_signals, NULL);
	close(s->signal_fd);
	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		if (f->pid != 0)
			close(f->channel);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		exit(EX_TEMPFAIL);
	if (name != NULL)
		log_set_mailbox(name);
}

void
super_start(struct super *s, struct mailbox *b)
{
	const struct conf_mailbox *mb = conf_find(s->conf, b->name);
	struct fetch_options options = {
		.parser_program = s->options->parser_program,
		.dry_run = s->options->dry_run,
		.linger = mb->idle && !s->options->once,
		.tell_ms = s->watch.tick_ms,
		.known_error = mailbox_known_error(b),
	};
	struct err err = ERR_INIT;
	pid_t parent = getpid(), pid = -1;
	int ends[2];

	fflush(NULL);
	if (channel_open(ends, &err) == 0 && (pid = fork()) == -1) {
		err_set_errno(&err, ERR_AGAIN, "cannot fork");
		close(ends[0]);
		close(ends[1]);
	}
	if (pid == -1) {
		log_error(
		    "cannot start a fetcher for %s: %s", b->name, err.text);
		sched_set_next(&b->sched, EX_TEMPFAIL << 8, mb->interval, 0,
		    io_clock_boot_ms(), super_chance());
		b->status = EX_TEMPFAIL;
		b->finished = true;
		return;
	}
	if (pid == 0) {
		child_start(s, parent, b->name);
		close(ends[0]);
		options.channel = ends[1];
		exit(fetch_run(s->conf, mb, &options));
	}
	close(ends[1]);
	fetcher_set_started(&b->fetcher, pid, ends[0]);
	b->fetcher.account = b->account;
}

/* --- before the first poll ------------------------------------------------ */

/* Tell the supervisor, and end it when that is asked for. */
static bool
on_update(void *arg)
{
	progress_tell(arg);
	return !visit_stop;
}

/* In a child: open the database, which may have to be brought up to date. */
static int
prepare_database(const struct super *s, int channel)
{
	const struct conf_mailbox *mb = s->conf->mailboxes.at;
	struct progress progress = { channel, s->watch.tick_ms, 0 };
	const struct store_watch watch = { journal_update, on_update,
		&progress };
	const char **names;
	struct store *store = NULL;
	struct err err = ERR_INIT;
	size_t i;

	names = xcalloc(s->conf->mailboxes.n, sizeof(*names));
	for (i = 0; i < s->conf->mailboxes.n; i++)
		names[i] = mb[i].name;
	if (store_open_watched(&store, s->conf->database, &watch, &err) == 0) {
		journal_updated(store, s->conf->database);
		journal_database(store, s->conf->database);
		(void)store_set_active(store, names, i, &err);
	}
	if (err.class != ERR_NONE && !visit_stop)
		log_error("%s", err.text);
	store_close(store);
	return err_exit_status(err.class);
}

/*
 * Wait until the child has closed its end.  As long as it makes progress,
 * systemd is to wait as well; when ruad is told to stop, so is the child.
 */
static bool
prepare_wait(const struct super *s, pid_t pid, int channel)
{
	struct pollfd p[2] = { { channel, POLLIN, 0 },
		{ s->signal_fd, POLLIN, 0 } };
	struct channel_message word;
	bool stopped = false;
	sigset_t pending;
	int n = 0;

	while (n != -1) {
		if (poll(p, 2, -1) == -1)
			continue;
		if (p[0].revents != 0 &&
		    (n = channel_receive(channel, &word)) == 1)
			notify_send("EXTEND_TIMEOUT_USEC=%lld\n"
			            "STATUS=updating the database",
			    LIMIT_SILENCE * 1000000LL);
		/* The main loop will read them; nothing else is begun. */
		if (p[1].revents == 0 || sigpending(&pending) == -1)
			continue;
		p[1].fd = -1;
		stopped = sigismember(&pending, SIGTERM) == 1 ||
		    sigismember(&pending, SIGINT) == 1;
		if (stopped)
			kill(pid, SIGTERM);
	}
	return stopped;
}

int
super_prepare(struct super *s)
{
	const struct parser_settings settings = { .limits = s->conf->limits };
	struct err err = ERR_INIT;
	pid_t parent = getpid(), pid = -1;
	int ends[2], status;
	bool stopped;

	if (parser_check(s->options->parser_program, &settings, &err) == -1) {
		log_error("%s", err.text);
		return err_exit_status(err.class);
	}
	if (s->options->dry_run)
		return 0;
	fflush(NULL);
	if (channel_open(ends, &err) == -1) {
		log_error("%s", err.text);
		return EX_TEMPFAIL;
	}
	if ((pid = fork()) == -1) {
		log_error("cannot fork: %s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return EX_TEMPFAIL;
	}
	if (pid == 0) {
		child_start(s, parent, NULL);
		close(ends[0]);
		exit(prepare_database(s, ends[1]));
	}
	close(ends[1]);
	stopped = prepare_wait(s, pid, ends[0]);
	close(ends[0]);
	while (waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	if (stopped)
		return SUPER_STOPPED;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	log_error("the process that opens the database died (%s)",
	    strsignal(WTERMSIG(status)));
	return EX_SOFTWARE;
}

/* Log and tell systemd how a poll of this mailbox went. */
static void
super_log_poll(const struct super *s, struct mailbox *b)
{
	struct super_counts c;
	char text[SUPER_MAILBOXES];

	super_count(s, &c);
	notify_send("STATUS=%s, %zu being polled, %zu waiting for mail; the "
	            "last poll, of %s, %s",
	    super_describe(s, text), c.polling, c.lingering, b->name,
	    b->status == 0 ? "went well" : "failed");
	if (s->options->once)
		return;
	if (b->status != 0)
		journal_failing(b->name, b->sched.fails,
		    sched_seconds_left(&b->sched, io_clock_boot_ms()),
		    b->repeated);
	else if (b->recovered > 0)
		journal_recovered(b->name, b->recovered);
	b->recovered = 0;
}

static void
super_ended(struct super *s, struct mailbox *b, int status)
{
	const struct conf_mailbox *mb = conf_find(s->conf, b->name);
	bool polled = fetcher_is_polling(&b->fetcher) && !b->fetcher.lost;

	if (s->stopping) {
		fetcher_set_ended(&b->fetcher);
		return;
	}
	if (WIFSIGNALED(status))
		journal_crash(b->name, WTERMSIG(status));
	mailbox_ended(b, status, mb->interval, super_chance());
	if (!polled && !WIFSIGNALED(status))
		return; /* it told of its last poll itself */
	super_log_poll(s, b);
}

static bool
super_receive(struct fetcher *f, struct channel_message *m)
{
	int rc = f->pid != 0 && !f->deaf ? channel_receive(f->channel, m) : 0;

	if (rc == -1)
		f->deaf = true;
	return rc == 1;
}

void
super_receive_all(struct super *s)
{
	const struct conf_mailbox *mb;
	struct channel_message m;
	struct fetcher *f;
	struct mailbox *b;
	size_t i;
	bool rested;

	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		while (super_receive(f, &m)) {
			f->progress_ms = io_clock_ms();
			if (b == NULL || s->stopping)
				continue;
			mb = conf_find(s->conf, b->name);
			rested = f->rest_ms != 0;
			mailbox_handle(b, &m, mb->interval, super_chance());
			if (rested || f->rest_ms == 0)
				continue;
			super_log_poll(s, b);
			if (super_count_staying(s) > LIMIT_LINGERING ||
			    !super_may_linger(s, b))
				fetcher_leave(f);
		}
}

void
super_reap(struct super *s)
{
	struct fetcher *f, *orphans;
	struct mailbox *b;
	pid_t pid;
	int status;
	size_t i;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		super_receive_all(s); /* its last words */
		for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++) {
			if (f->pid != pid)
				continue;
			if (b != NULL)
				super_ended(s, b, status);
			else {
				fetcher_set_ended(f);
				orphans = s->orphans.at;
				*f = orphans[--s->orphans.n];
			}
			break;
		}
	}
}

void
super_watch(struct super *s)
{
	struct fetcher *f;
	struct mailbox *b;
	size_t i;

	watchdog_begin(&s->watch);
	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		if (watchdog_fetcher(&s->watch, f))
			log_error(
			    "%s: the fetcher made no progress for %lld s; "
			    "killing it",
			    b != NULL ? b->name : "a removed mailbox",
			    (long long)s->watch.limit_ms / 1000);
	watchdog_end(&s->watch);
}
