/* SPDX-License-Identifier: BSD-2-Clause */
/* sched: when a mailbox is polled next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sysexits.h>

#include <cmocka.h>

#include "daemon/sched.h"

#define EXITED(code) ((code) << 8) /* as wait(2) says it */

static int64_t
seconds_after(struct sched *s, int status, int64_t interval)
{
	sched_set_next(s, status, interval, 0, 5000, 0);
	return (s->due_ms - 5000) / 1000;
}

static void
a_good_poll_is_followed_after_the_interval(void **state)
{
	struct sched s = { 0, 7 };

	(void)state;
	assert_int_equal(seconds_after(&s, EXITED(0), 900), 900);
	assert_int_equal(s.fails, 0);
}

static void
passing_faults_back_off_up_to_the_interval(void **state)
{
	struct sched s = { 0, 0 };

	(void)state;
	assert_int_equal(seconds_after(&s, EXITED(EX_TEMPFAIL), 200), 30);
	assert_int_equal(seconds_after(&s, EXITED(EX_UNAVAILABLE), 200), 60);
	assert_int_equal(seconds_after(&s, EXITED(EX_TEMPFAIL), 200), 120);
	assert_int_equal(seconds_after(&s, EXITED(EX_TEMPFAIL), 200), 200);
	assert_int_equal(seconds_after(&s, EXITED(0), 200), 200);
	assert_int_equal(seconds_after(&s, EXITED(EX_TEMPFAIL), 1), 30);
}

static void
refused_credentials_back_off_long(void **state)
{
	struct sched s = { 0, 0 };
	int i;

	(void)state;
	assert_int_equal(seconds_after(&s, EXITED(EX_NOPERM), 1), 300);
	assert_int_equal(seconds_after(&s, EXITED(EX_NOPERM), 1), 600);
	for (i = 0; i < 5000; i++)
		(void)seconds_after(&s, EXITED(EX_NOPERM), 1);
	assert_int_equal(seconds_after(&s, EXITED(EX_NOPERM), 1), 4 * 3600);
}

static void
bugs_back_off_too(void **state)
{
	struct sched s = { 0, 0 };

	(void)state;
	assert_int_equal(seconds_after(&s, EXITED(EX_SOFTWARE), 900), 60);
	assert_int_equal(seconds_after(&s, EXITED(EX_SOFTWARE), 900), 120);
	assert_int_equal(seconds_after(&s, EXITED(EX_CONFIG), 900), 3600);
}

static void
after_a_crash_the_next_comes_soon_but_not_for_ever(void **state)
{
	struct sched s = { 0, 0 };
	int i;

	(void)state;
	assert_int_equal(seconds_after(&s, 11, 900), 5);
	assert_int_equal(seconds_after(&s, 11, 900), 10);
	for (i = 0; i < 7; i++)
		(void)seconds_after(&s, 11, 900);
	assert_int_equal(seconds_after(&s, 11, 900), 30);
	assert_int_equal(seconds_after(&s, 11, 900), 3600);
}

static void
jitter_adds_at_most_a_tenth(void **state)
{
	struct sched s = { 0, 0 };
	uint32_t chance;

	(void)state;
	for (chance = 0; chance < 4000; chance += 7) {
		sched_set_next(&s, EXITED(0), 1000, 0, 0, chance);
		assert_in_range(s.due_ms, 1000000, 1100000);
	}
	assert_int_equal(sched_seconds_left(&s, s.due_ms - 1), 1);
	assert_int_equal(sched_seconds_left(&s, s.due_ms + 1), 0);
}

static void
a_server_may_ask_for_more_time_but_not_for_ever(void **state)
{
	static const struct {
		int status;
		int64_t interval, asked, wait;
	} cases[] = {
		{ EXITED(EX_TEMPFAIL), 900, 300, 300 },
		{ EXITED(EX_TEMPFAIL), 900, 5, 30 },
		{ EXITED(EX_TEMPFAIL), 60, 3600, 3600 },
		{ EXITED(EX_TEMPFAIL), 900, 86400, 4 * 3600 },
		{ EXITED(EX_TEMPFAIL), 900, INT64_MAX, 4 * 3600 },
		{ EXITED(EX_NOPERM), 900, 600, 600 },
	};
	struct sched s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = (struct sched) { 0, 0 };
		sched_set_next(&s, cases[i].status, cases[i].interval,
		    cases[i].asked, 5000, 0);
		assert_int_equal((s.due_ms - 5000) / 1000, cases[i].wait);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_poll_is_followed_after_the_interval),
		cmocka_unit_test(passing_faults_back_off_up_to_the_interval),
		cmocka_unit_test(refused_credentials_back_off_long),
		cmocka_unit_test(bugs_back_off_too),
		cmocka_unit_test(
		    after_a_crash_the_next_comes_soon_but_not_for_ever),
		cmocka_unit_test(jitter_adds_at_most_a_tenth),
		cmocka_unit_test(
		    a_server_may_ask_for_more_time_but_not_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
