/* SPDX-License-Identifier: BSD-2-Clause */
/* box and watch: what the supervisor makes of what fetchers say, or do not. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "daemon/mailbox.h"
#include "daemon/channel.h"
#include "daemon/watchdog.h"

#define INTERVAL 900
#define EXITED(code) ((code) << 8)

static struct mailbox
started(int *theirs)
{
	struct mailbox b = { 0 };
	struct err err;
	int ends[2];

	assert_int_equal(channel_open(ends, &err), 0);
	fetcher_set_started(&b.fetcher, 1, ends[0]);
	*theirs = ends[1];
	return b;
}

/* What the fetcher says reaches the box. */
static void
hear(struct mailbox *b)
{
	struct channel_message m;

	while (channel_receive(b->fetcher.channel, &m) == 1)
		mailbox_handle(b, &m, INTERVAL, 0);
}

static void
say(struct mailbox *b, int theirs, enum channel_word word)
{
	channel_send(theirs, word);
	hear(b);
}

static int64_t
seconds_left(const struct mailbox *b)
{
	return sched_seconds_left(&b->sched, io_clock_boot_ms());
}

static void
assert_due(const struct mailbox *b, int64_t seconds)
{
	int64_t left = seconds_left(b);

	if (left > seconds || left < seconds - 5)
		fail_msg("due in %lld s, not %lld", (long long)left,
		    (long long)seconds);
}

static void
one_that_waits_is_due_at_the_interval_or_at_news(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);
	struct channel_message m;

	(void)state;
	assert_true(fetcher_is_polling(&b.fetcher));
	say(&b, theirs, CHANNEL_NEWS); /* it polls: that is no news */
	say(&b, theirs, CHANNEL_WAITING);
	assert_false(fetcher_is_polling(&b.fetcher));
	assert_true(fetcher_is_resting(&b.fetcher));
	assert_due(&b, INTERVAL);
	say(&b, theirs, CHANNEL_PROGRESS);
	assert_due(&b, INTERVAL);
	say(&b, theirs, CHANNEL_NEWS);
	assert_due(&b, 0);
	fetcher_poll(&b.fetcher);
	assert_true(fetcher_is_polling(&b.fetcher));
	assert_int_equal(channel_receive(theirs, &m), 1);
	assert_int_equal(m.word, CHANNEL_POLL);
	assert_int_equal(channel_receive(theirs, &m), 0);
	say(&b, theirs, CHANNEL_WAITING);
	fetcher_leave(&b.fetcher);
	assert_false(fetcher_is_resting(&b.fetcher));
	assert_false(fetcher_is_polling(&b.fetcher));
	/* It left because it was told to: nothing has failed. */
	mailbox_ended(&b, EXITED(0), INTERVAL, 0);
	assert_int_equal(b.fetcher.pid, 0);
	assert_int_equal(b.sched.fails, 0);
	assert_due(&b, INTERVAL);
	assert_int_equal(channel_receive(theirs, &m), 1);
	assert_int_equal(m.word, CHANNEL_LEAVE);
	assert_int_equal(channel_receive(theirs, &m), -1);
	close(theirs);
}

static void
sessions_that_are_lost_soon_back_off(void **state)
{
	static const int64_t waits[] = { 30, 60, 120, 240, 480, 900, 900 };
	struct mailbox b = { 0 };
	int theirs, ours[2];
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(channel_open(ours, &err), 0);
		fetcher_set_started(&b.fetcher, 1, ours[0]);
		theirs = ours[1];
		say(&b, theirs, CHANNEL_WAITING);
		say(&b, theirs, CHANNEL_LOST);
		mailbox_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
		assert_due(&b, waits[i]);
		/* Each poll went well: the mailbox is not failing. */
		assert_int_equal(b.sched.fails, 0);
		close(theirs);
	}
	/* One that lasted makes up for all. */
	assert_int_equal(channel_open(ours, &err), 0);
	fetcher_set_started(&b.fetcher, 1, ours[0]);
	say(&b, ours[1], CHANNEL_WAITING);
	say(&b, ours[1], CHANNEL_LOST);
	b.fetcher.linger_ms -= 10 * 60 * 1000;
	mailbox_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 30);
	close(ours[1]);
}

static void
who_does_not_answer_is_slow_and_comes_last(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs), fresh = { 0 }, refused = { 0 };

	(void)state;
	refused.sched.fails = 1;
	assert_false(mailbox_is_slow(&b)); /* it has only begun */
	b.fetcher.poll_ms -= MAILBOX_PATIENCE_MS;
	assert_true(mailbox_is_slow(&b));
	say(&b, theirs, CHANNEL_PROGRESS); /* bytes are no answer */
	assert_true(mailbox_is_slow(&b));
	mailbox_ended(&b, EXITED(EX_UNAVAILABLE), INTERVAL, 0);
	assert_false(mailbox_is_slow(&b));
	assert_true(mailbox_rank(&b) > mailbox_rank(&refused));
	assert_true(mailbox_rank(&refused) > mailbox_rank(&fresh));
	close(theirs);

	/* The next time it is slow from the beginning, until it answers. */
	b.fetcher = started(&theirs).fetcher;
	assert_true(mailbox_is_slow(&b));
	say(&b, theirs, CHANNEL_OPEN);
	assert_false(mailbox_is_slow(&b));
	say(&b, theirs, CHANNEL_WAITING);
	assert_true(mailbox_rank(&b) < mailbox_rank(&fresh));

	/* Each poll on the same session must be answered anew. */
	fetcher_poll(&b.fetcher);
	assert_false(mailbox_is_slow(&b));
	b.fetcher.poll_ms -= MAILBOX_PATIENCE_MS;
	assert_true(mailbox_is_slow(&b));
	mailbox_ended(&b, EXITED(0), INTERVAL, 0);
	close(theirs);
}

static void
a_poll_that_was_asked_for_is_made_good(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);

	(void)state;
	say(&b, theirs, CHANNEL_WAITING);
	fetcher_poll(&b.fetcher);
	/* The word came too late: the server did not want IDLE. */
	mailbox_ended(&b, EXITED(0), INTERVAL, 0);
	assert_due(&b, 0);
	close(theirs);
	b = started(&theirs);
	say(&b, theirs, CHANNEL_WAITING);
	fetcher_poll(&b.fetcher);
	/* Or the session was lost at the same time. */
	say(&b, theirs, CHANNEL_LOST);
	mailbox_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 0);
	assert_int_equal(b.sched.fails, 0);
	close(theirs);
}

static void
last_words_are_heard_although_ours_were_not(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);
	struct channel_message m;

	(void)state;
	fetcher_leave(&b.fetcher);
	channel_send_more(theirs, CHANNEL_FAILED, 7, "why");
	close(theirs);
	assert_int_equal(channel_receive(b.fetcher.channel, &m), 1);
	assert_string_equal(m.text, "why");
	assert_int_equal(m.wait, 7);
	assert_int_equal(channel_receive(b.fetcher.channel, &m), -1);
	fetcher_set_ended(&b.fetcher);
}

static void
the_same_error_is_known_for_some_hours(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);

	(void)state;
	assert_string_equal(mailbox_known_error(&b), "");
	channel_send_more(theirs, CHANNEL_FAILED, 0, "no route to host");
	hear(&b);
	assert_false(b.repeated);
	assert_string_equal(mailbox_known_error(&b), "no route to host");
	channel_send_more(theirs, CHANNEL_FAILED, 0, "no route to host");
	hear(&b);
	assert_true(b.repeated);
	channel_send_more(theirs, CHANNEL_FAILED, 0, "login refused");
	hear(&b);
	assert_false(b.repeated);
	b.error_ms -= 7 * 3600 * 1000;
	assert_string_equal(mailbox_known_error(&b), "");
	channel_send_more(theirs, CHANNEL_FAILED, 0, "login refused");
	hear(&b);
	assert_false(b.repeated);
	/* A good poll forgets all. */
	b.sched.fails = 4;
	mailbox_ended(&b, EXITED(0), INTERVAL, 0);
	assert_string_equal(mailbox_known_error(&b), "");
	assert_int_equal(b.recovered, 4);
	close(theirs);
}

static void
a_server_is_left_alone_as_long_as_it_wants(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);

	(void)state;
	channel_send_more(theirs, CHANNEL_FAILED, 300, "throttled");
	hear(&b);
	mailbox_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 300);
	fetcher_set_started(&b.fetcher, 1, open("/dev/null", O_RDONLY));
	mailbox_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 60);
	close(theirs);
}

static void
nonsense_on_the_line_is_the_end_of_it(void **state)
{
	int theirs;
	struct mailbox b = started(&theirs);
	struct channel_message m;

	(void)state;
	/* Longer than any word, and no NUL at its end. */
	memset(&m, 'x', sizeof(m));
	assert_true(send(theirs, &m, sizeof(m), 0) > 0);
	assert_int_equal(channel_receive(b.fetcher.channel, &m), 1);
	assert_int_equal(strlen(m.text), sizeof(m.text) - 1);
	assert_int_equal(send(theirs, "", 1, 0), 1);
	assert_int_equal(channel_receive(b.fetcher.channel, &m), -1);
	close(theirs);
	fetcher_set_ended(&b.fetcher);
}

/* --- watch ---------------------------------------------------------------- */

static int
status_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static bool
look(struct watchdog *w, struct fetcher *f)
{
	bool hung;

	watchdog_begin(w);
	hung = watchdog_fetcher(w, f);
	watchdog_end(w);
	return hung;
}

/*
 * A fetcher that sleeps, and cares for alarms or not.  Its limit is 200 s;
 * nobody waits for that: time passes in what is known of it.
 */
static struct fetcher
sleeper(struct watchdog *w, bool deaf)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	struct fetcher f;
	pid_t pid;

	setenv("WATCHDOG_USEC", "200000000", 1);
	watchdog_init(w);
	sigaction(SIGALRM, NULL, &old);
	if (deaf)
		sigaction(SIGALRM, &ignore, NULL);
	if ((pid = fork()) == 0) {
		sleep(3600);
		_exit(0);
	}
	sigaction(SIGALRM, &old, NULL);
	assert_int_not_equal(pid, -1);
	fetcher_set_started(&f, pid, dup(STDIN_FILENO));
	return f;
}

static void
be_silent(struct fetcher *f, int seconds)
{
	f->progress_ms = io_clock_ms() - seconds * INT64_C(1000);
}

static void
a_silent_fetcher_is_ended_by_its_leash(void **state)
{
	struct watchdog w;
	struct fetcher f = sleeper(&w, false);
	siginfo_t info;

	(void)state;
	assert_false(look(&w, &f));
	be_silent(&f, 100);
	assert_false(look(&w, &f));
	be_silent(&f, 201);
	assert_true(look(&w, &f));
	/* It has until the next look to die, which would not wait for it. */
	assert_int_equal(waitid(P_PID, f.pid, &info, WEXITED | WNOWAIT), 0);
	assert_false(look(&w, &f)); /* it is said once */
	assert_int_equal(WTERMSIG(status_of(f.pid)), SIGALRM);
	close(f.channel);
}

static void
or_else_by_force(void **state)
{
	struct watchdog w;
	struct fetcher f = sleeper(&w, true);

	(void)state;
	be_silent(&f, 201);
	assert_true(look(&w, &f));
	assert_int_equal(waitpid(f.pid, NULL, WNOHANG), 0);
	assert_false(look(&w, &f));
	assert_int_equal(WTERMSIG(status_of(f.pid)), SIGKILL);
	close(f.channel);
}

static void
silence_is_forgiven_after_we_stood_still_ourselves(void **state)
{
	struct watchdog w;
	struct fetcher f = sleeper(&w, false);

	(void)state;
	/* frozen, all of us */
	be_silent(&f, 900);
	w.look_ms -= 900 * INT64_C(1000);
	assert_false(look(&w, &f));
	assert_int_equal(waitpid(f.pid, NULL, WNOHANG), 0);
	kill(f.pid, SIGKILL);
	status_of(f.pid);
	close(f.channel);
}

/* How often systemd was told that we are alive; all that was said is gone. */
static int
fed(int fd)
{
	char text[100];
	ssize_t n;
	int times = 0;

	while ((n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT)) > 0) {
		text[n] = '\0';
		times += strcmp(text, "WATCHDOG=1") == 0;
	}
	return times;
}

static void
systemd_is_told_while_all_get_on_or_are_gone(void **state)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	struct fetcher none = { 0 };
	struct watchdog w;
	struct fetcher f;

	(void)state;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "/tmp/ruad-box-%d.sock",
	    (int)getpid());
	assert_int_equal(bind(fd, (void *)&sun, sizeof(sun)), 0);
	setenv("NOTIFY_SOCKET", sun.sun_path, 1);
	f = sleeper(&w, false);
	assert_false(look(&w, &none));
	assert_int_equal(fed(fd), 1);
	assert_false(look(&w, &f));
	assert_int_equal(fed(fd), 1);
	/* Dead, and not to be waited for: as if it were stuck in the kernel. */
	kill(f.pid, SIGKILL);
	be_silent(&f, 250);
	assert_true(look(&w, &f));
	assert_int_equal(fed(fd), 1);
	be_silent(&f, 301);
	assert_false(look(&w, &f));
	assert_int_equal(fed(fd), 0);
	status_of(f.pid);
	fetcher_set_ended(&f);
	assert_false(look(&w, &f));
	assert_int_equal(fed(fd), 1);
	/* It is not for us. */
	setenv("WATCHDOG_PID", "1", 1);
	watchdog_init(&w);
	assert_false(look(&w, &none));
	assert_int_equal(fed(fd), 0);
	unsetenv("WATCHDOG_PID");
	unlink(sun.sun_path);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    one_that_waits_is_due_at_the_interval_or_at_news),
		cmocka_unit_test(sessions_that_are_lost_soon_back_off),
		cmocka_unit_test(who_does_not_answer_is_slow_and_comes_last),
		cmocka_unit_test(a_poll_that_was_asked_for_is_made_good),
		cmocka_unit_test(last_words_are_heard_although_ours_were_not),
		cmocka_unit_test(the_same_error_is_known_for_some_hours),
		cmocka_unit_test(a_server_is_left_alone_as_long_as_it_wants),
		cmocka_unit_test(nonsense_on_the_line_is_the_end_of_it),
		cmocka_unit_test(a_silent_fetcher_is_ended_by_its_leash),
		cmocka_unit_test(or_else_by_force),
		cmocka_unit_test(
		    silence_is_forgiven_after_we_stood_still_ourselves),
		cmocka_unit_test(systemd_is_told_while_all_get_on_or_are_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
