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
#include "daemon/box.h"
#include "daemon/line.h"
#include "daemon/watch.h"

#define INTERVAL 900
#define EXITED(code) ((code) << 8)

static struct box
started(int *theirs)
{
	struct box b = { 0 };
	struct err err;
	int ends[2];

	assert_int_equal(line_open(ends, &err), 0);
	fetcher_started(&b.fetcher, 1, ends[0]);
	*theirs = ends[1];
	return b;
}

/* What the fetcher says reaches the box. */
static void
hear(struct box *b)
{
	struct line_message m;

	while (line_hear(b->fetcher.line, &m) == 1)
		box_heard(b, &m, INTERVAL, 0);
}

static void
say(struct box *b, int theirs, enum line_word word)
{
	line_say(theirs, word);
	hear(b);
}

static int64_t
seconds_left(const struct box *b)
{
	return sched_seconds_left(&b->sched, io_clock_boot_ms());
}

static void
assert_due(const struct box *b, int64_t seconds)
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
	struct box b = started(&theirs);
	struct line_message m;

	(void)state;
	assert_true(fetcher_is_polling(&b.fetcher));
	say(&b, theirs, LINE_NEWS); /* it polls: that is no news */
	say(&b, theirs, LINE_REST);
	assert_false(fetcher_is_polling(&b.fetcher));
	assert_true(fetcher_is_resting(&b.fetcher));
	assert_due(&b, INTERVAL);
	say(&b, theirs, LINE_BEAT);
	assert_due(&b, INTERVAL);
	say(&b, theirs, LINE_NEWS);
	assert_due(&b, 0);
	fetcher_poll(&b.fetcher);
	assert_true(fetcher_is_polling(&b.fetcher));
	assert_int_equal(line_hear(theirs, &m), 1);
	assert_int_equal(m.word, LINE_POLL);
	assert_int_equal(line_hear(theirs, &m), 0);
	say(&b, theirs, LINE_REST);
	fetcher_leave(&b.fetcher);
	assert_false(fetcher_is_resting(&b.fetcher));
	assert_false(fetcher_is_polling(&b.fetcher));
	/* It left because it was told to: nothing has failed. */
	box_ended(&b, EXITED(0), INTERVAL, 0);
	assert_int_equal(b.fetcher.pid, 0);
	assert_int_equal(b.sched.fails, 0);
	assert_due(&b, INTERVAL);
	assert_int_equal(line_hear(theirs, &m), 1);
	assert_int_equal(m.word, LINE_LEAVE);
	assert_int_equal(line_hear(theirs, &m), -1);
	close(theirs);
}

static void
sessions_that_are_lost_soon_back_off(void **state)
{
	static const int64_t waits[] = { 30, 60, 120, 240, 480, 900, 900 };
	struct box b = { 0 };
	int theirs, ours[2];
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		assert_int_equal(line_open(ours, &err), 0);
		fetcher_started(&b.fetcher, 1, ours[0]);
		theirs = ours[1];
		say(&b, theirs, LINE_REST);
		say(&b, theirs, LINE_LOST);
		box_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
		assert_due(&b, waits[i]);
		/* Each poll went well: the mailbox is not failing. */
		assert_int_equal(b.sched.fails, 0);
		close(theirs);
	}
	/* One that lasted makes up for all. */
	assert_int_equal(line_open(ours, &err), 0);
	fetcher_started(&b.fetcher, 1, ours[0]);
	say(&b, ours[1], LINE_REST);
	say(&b, ours[1], LINE_LOST);
	b.fetcher.linger_ms -= 10 * 60 * 1000;
	box_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 30);
	close(ours[1]);
}

static void
who_does_not_answer_is_slow_and_comes_last(void **state)
{
	int theirs;
	struct box b = started(&theirs), fresh = { 0 }, refused = { 0 };

	(void)state;
	refused.sched.fails = 1;
	assert_false(box_is_slow(&b)); /* it has only begun */
	b.fetcher.poll_ms -= BOX_PATIENCE_MS;
	assert_true(box_is_slow(&b));
	say(&b, theirs, LINE_BEAT); /* bytes are no answer */
	assert_true(box_is_slow(&b));
	box_ended(&b, EXITED(EX_UNAVAILABLE), INTERVAL, 0);
	assert_false(box_is_slow(&b));
	assert_true(box_rank(&b) > box_rank(&refused));
	assert_true(box_rank(&refused) > box_rank(&fresh));
	close(theirs);

	/* The next time it is slow from the beginning, until it answers. */
	b.fetcher = started(&theirs).fetcher;
	assert_true(box_is_slow(&b));
	say(&b, theirs, LINE_OPEN);
	assert_false(box_is_slow(&b));
	say(&b, theirs, LINE_REST);
	assert_true(box_rank(&b) < box_rank(&fresh));

	/* Each poll on the same session must be answered anew. */
	fetcher_poll(&b.fetcher);
	assert_false(box_is_slow(&b));
	b.fetcher.poll_ms -= BOX_PATIENCE_MS;
	assert_true(box_is_slow(&b));
	box_ended(&b, EXITED(0), INTERVAL, 0);
	close(theirs);
}

static void
a_poll_that_was_asked_for_is_made_good(void **state)
{
	int theirs;
	struct box b = started(&theirs);

	(void)state;
	say(&b, theirs, LINE_REST);
	fetcher_poll(&b.fetcher);
	/* The word came too late: the server did not want IDLE. */
	box_ended(&b, EXITED(0), INTERVAL, 0);
	assert_due(&b, 0);
	close(theirs);
	b = started(&theirs);
	say(&b, theirs, LINE_REST);
	fetcher_poll(&b.fetcher);
	/* Or the session was lost at the same time. */
	say(&b, theirs, LINE_LOST);
	box_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 0);
	assert_int_equal(b.sched.fails, 0);
	close(theirs);
}

static void
last_words_are_heard_although_ours_were_not(void **state)
{
	int theirs;
	struct box b = started(&theirs);
	struct line_message m;

	(void)state;
	fetcher_leave(&b.fetcher);
	line_say_more(theirs, LINE_FAILED, 7, "why");
	close(theirs);
	assert_int_equal(line_hear(b.fetcher.line, &m), 1);
	assert_string_equal(m.text, "why");
	assert_int_equal(m.wait, 7);
	assert_int_equal(line_hear(b.fetcher.line, &m), -1);
	fetcher_ended(&b.fetcher);
}

static void
the_same_error_is_known_for_some_hours(void **state)
{
	int theirs;
	struct box b = started(&theirs);

	(void)state;
	assert_string_equal(box_known_error(&b), "");
	line_say_more(theirs, LINE_FAILED, 0, "no route to host");
	hear(&b);
	assert_false(b.repeated);
	assert_string_equal(box_known_error(&b), "no route to host");
	line_say_more(theirs, LINE_FAILED, 0, "no route to host");
	hear(&b);
	assert_true(b.repeated);
	line_say_more(theirs, LINE_FAILED, 0, "login refused");
	hear(&b);
	assert_false(b.repeated);
	b.error_ms -= 7 * 3600 * 1000;
	assert_string_equal(box_known_error(&b), "");
	line_say_more(theirs, LINE_FAILED, 0, "login refused");
	hear(&b);
	assert_false(b.repeated);
	/* A good poll forgets all. */
	b.sched.fails = 4;
	box_ended(&b, EXITED(0), INTERVAL, 0);
	assert_string_equal(box_known_error(&b), "");
	assert_int_equal(b.recovered, 4);
	close(theirs);
}

static void
a_server_is_left_alone_as_long_as_it_wants(void **state)
{
	int theirs;
	struct box b = started(&theirs);

	(void)state;
	line_say_more(theirs, LINE_FAILED, 300, "throttled");
	hear(&b);
	box_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 300);
	fetcher_started(&b.fetcher, 1, open("/dev/null", O_RDONLY));
	box_ended(&b, EXITED(EX_TEMPFAIL), INTERVAL, 0);
	assert_due(&b, 60);
	close(theirs);
}

static void
nonsense_on_the_line_is_the_end_of_it(void **state)
{
	int theirs;
	struct box b = started(&theirs);
	struct line_message m;

	(void)state;
	/* Longer than any word, and no NUL at its end. */
	memset(&m, 'x', sizeof(m));
	assert_true(send(theirs, &m, sizeof(m), 0) > 0);
	assert_int_equal(line_hear(b.fetcher.line, &m), 1);
	assert_int_equal(strlen(m.text), sizeof(m.text) - 1);
	assert_int_equal(send(theirs, "", 1, 0), 1);
	assert_int_equal(line_hear(b.fetcher.line, &m), -1);
	close(theirs);
	fetcher_ended(&b.fetcher);
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
look(struct watch *w, struct fetcher *f)
{
	bool hung;

	watch_begin(w);
	hung = watch_fetcher(w, f);
	watch_end(w);
	return hung;
}

/*
 * A fetcher that sleeps, and cares for alarms or not.  Its limit is 200 s;
 * nobody waits for that: time passes in what is known of it.
 */
static struct fetcher
sleeper(struct watch *w, bool deaf)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction old;
	struct fetcher f;
	pid_t pid;

	setenv("WATCHDOG_USEC", "200000000", 1);
	watch_init(w);
	sigaction(SIGALRM, NULL, &old);
	if (deaf)
		sigaction(SIGALRM, &ignore, NULL);
	if ((pid = fork()) == 0) {
		sleep(3600);
		_exit(0);
	}
	sigaction(SIGALRM, &old, NULL);
	assert_int_not_equal(pid, -1);
	fetcher_started(&f, pid, dup(STDIN_FILENO));
	return f;
}

static void
be_silent(struct fetcher *f, int seconds)
{
	f->beat_ms = io_clock_ms() - seconds * INT64_C(1000);
}

static void
a_silent_fetcher_is_ended_by_its_leash(void **state)
{
	struct watch w;
	struct fetcher f = sleeper(&w, false);

	(void)state;
	assert_false(look(&w, &f));
	be_silent(&f, 100);
	assert_false(look(&w, &f));
	be_silent(&f, 201);
	assert_true(look(&w, &f));
	assert_false(look(&w, &f)); /* it is said once */
	assert_int_equal(WTERMSIG(status_of(f.pid)), SIGALRM);
	close(f.line);
}

static void
or_else_by_force(void **state)
{
	struct watch w;
	struct fetcher f = sleeper(&w, true);

	(void)state;
	be_silent(&f, 201);
	assert_true(look(&w, &f));
	assert_int_equal(waitpid(f.pid, NULL, WNOHANG), 0);
	assert_false(look(&w, &f));
	assert_int_equal(WTERMSIG(status_of(f.pid)), SIGKILL);
	close(f.line);
}

static void
silence_is_forgiven_after_we_stood_still_ourselves(void **state)
{
	struct watch w;
	struct fetcher f = sleeper(&w, false);

	(void)state;
	/* frozen, all of us */
	be_silent(&f, 900);
	w.look_ms -= 900 * INT64_C(1000);
	assert_false(look(&w, &f));
	assert_int_equal(waitpid(f.pid, NULL, WNOHANG), 0);
	kill(f.pid, SIGKILL);
	status_of(f.pid);
	close(f.line);
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
	struct watch w;
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
	fetcher_ended(&f);
	assert_false(look(&w, &f));
	assert_int_equal(fed(fd), 1);
	/* It is not for us. */
	setenv("WATCHDOG_PID", "1", 1);
	watch_init(&w);
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
