/* SPDX-License-Identifier: BSD-2-Clause */
/* say: who must act decides the level; a poll's line counts every mail. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "daemon/journal.h"

/* What fn says, with the priority in front of each line. */
static char *
said(void (*fn)(const void *), const void *arg)
{
	static char out[8192];
	char stream[64];
	struct stat st;
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[1]);
		fstat(STDERR_FILENO, &st);
		snprintf(stream, sizeof(stream), "%ju:%ju",
		    (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
		setenv("JOURNAL_STREAM", stream, 1);
		log_open(NULL);
		fn(arg);
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	return out;
}

static void
mail(const void *arg)
{
	journal_mail(arg, 7);
}

static void
long_names_leave_room_for_the_rest(void **state)
{
	static char org[3000], domain[3000], reason[3000];
	struct ingest_result r = { .status = "stored",
		.kind = WIRE_AGGREGATE,
		.org_name = org,
		.domain = domain,
		.reason = reason,
		.day = 1795219200,
		.records = 1,
		.messages = 2,
		.policies = 3 };
	char *line;

	(void)state;
	memset(org, '\x1b', sizeof(org) - 1);
	memset(domain, 'd', sizeof(domain) - 1);
	memset(reason, 'r', sizeof(reason) - 1);
	line = said(mail, &r);
	assert_non_null(
	    strstr(line, "... 2026-11-21: 1 record, 2 messages; but rrr"));
	assert_in_range(strlen(line), 300, 400 + sizeof("<6>"));
	r.kind = WIRE_TLS;
	assert_non_null(strstr(said(mail, &r), "... 2026-11-21: 3 policies"));
	r.kind = WIRE_FAILURE;
	r.source_ip = "192.0.2.1";
	assert_non_null(strstr(said(mail, &r), "... from 192.0.2.1; but r"));
	r.status = "duplicate";
	line = said(mail, &r);
	assert_non_null(
	    strstr(line, "...: a failure report that is already stored\n"));
	assert_in_range(strlen(line), 200, 400);
	r.status = "failed";
	line = said(mail, &r);
	assert_in_range(strlen(line), 400, 400 + sizeof("<4>"));
}

static void
one_line_for_each_outcome_of_a_mail(void **state)
{
	struct ingest_result r = { .status = "stored",
		.kind = WIRE_AGGREGATE,
		.org_name = "a\nb",
		.domain = "example.org",
		.day = 1795219200,
		.records = 1,
		.messages = 2 };

	(void)state;
	assert_string_equal(said(mail, &r),
	    "<6>ruad: uid 7: a\\x0ab example.org 2026-11-21: 1 record, 2 "
	    "messages\n");
	r.conflicts = 1;
	r.reason = "y";
	assert_non_null(strstr(
	    said(mail, &r), " (conflicts with a stored report); but y\n"));
	r.status = "duplicate";
	assert_string_equal(said(mail, &r),
	    "<6>ruad: uid 7: a\\x0ab example.org: a report that is already "
	    "stored\n");
	r.status = "other";
	r.reason = "a bounce";
	assert_string_equal(
	    said(mail, &r), "<6>ruad: uid 7: other: a bounce\n");
	r.status = "failed";
	assert_string_equal(
	    said(mail, &r), "<4>ruad: uid 7: failed: a bounce\n");
	r = (struct ingest_result) { .status = "known" };
	assert_string_equal(
	    said(mail, &r), "<6>ruad: uid 7: known: already in the ledger\n");
}

static void
good_poll(const void *arg)
{
	const struct store_poll *d = arg;
	const struct journal_counts n = { 3, 2, 4, 1 };

	journal_poll(d, &n, 1, false, NULL, false);
}

static void
poll_of_one(const void *arg)
{
	const struct store_poll *d = arg;
	const struct journal_counts n = { 0 };

	journal_poll(d, &n, 1, false, NULL, false);
}

static void
failed_poll(const void *arg)
{
	const struct store_poll d = { 0 };
	const struct journal_counts n = { 0 };

	journal_poll(&d, &n, 1, false, arg, false);
}

static void
a_poll_counts_every_mail(void **state)
{
	struct store_poll d = { .messages = 10, .reports = 3, .duplicates = 2 };

	(void)state;
	assert_string_equal(said(good_poll, &d),
	    "<6>ruad: 10 messages: 3 new reports, 2 known reports, 1 failed, "
	    "4 without a report\n");
	d.messages = 1;
	d.reports = 1;
	d.duplicates = 0;
	assert_string_equal(
	    said(poll_of_one, &d), "<6>ruad: 1 message: 1 new report\n");
	d.messages = 0;
	assert_string_equal(said(good_poll, &d), "<6>ruad: nothing new\n");
}

static void
only_what_does_not_mend_itself_is_an_error(void **state)
{
	static const struct {
		enum err_class class;
		const char *line;
	} cases[] = {
		{ ERR_NET, "<4>ruad: why\n" },
		{ ERR_AGAIN, "<4>ruad: why\n" },
		{ ERR_AUTH, "<3>ruad: why\n" },
		{ ERR_CONF, "<3>ruad: why\n" },
		{ ERR_CREATE, "<3>ruad: why\n" },
		{ ERR_BUG, "<3>ruad: why\n" },
	};
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		err = (struct err) { .class = cases[i].class, .text = "why" };
		assert_string_equal(said(failed_poll, &err), cases[i].line);
	}
}

static void
failing(const void *arg)
{
	journal_failing("own", *(const int *)arg, 30, false);
}

static void
what_should_have_mended_itself_by_now_is_an_error(void **state)
{
	int fails;

	(void)state;
	for (fails = 1; fails < 5; fails++)
		assert_string_equal(
		    said(failing, &fails), "<6>ruad: own: next try in 30 s\n");
	assert_string_equal(said(failing, &fails),
	    "<3>ruad: own: 5 polls in a row failed, so reports may be "
	    "missing; next try in 30 s\n");
}

static void
failing_at_once(const void *arg)
{
	journal_failing("own", *(const int *)arg, 0, false);
}

static void
a_try_that_is_due_is_made_at_once(void **state)
{
	const int fails = 1;

	(void)state;
	assert_string_equal(
	    said(failing_at_once, &fails), "<6>ruad: own: next try at once\n");
}

static void
failing_the_same(const void *arg)
{
	journal_failing("own", *(const int *)arg, 30, true);
}

static void
recovered(const void *arg)
{
	journal_recovered("own", *(const int *)arg);
}

static void
the_same_failure_is_said_once_more_when_it_is_serious(void **state)
{
	int fails;

	(void)state;
	for (fails = 1; fails < 100; fails++) {
		if (fails == 5)
			assert_memory_equal(said(failing_the_same, &fails),
			    "<3>ruad: own: 5 polls in a row failed", 36);
		else
			assert_string_equal(said(failing_the_same, &fails), "");
	}
	assert_string_equal(said(recovered, &fails),
	    "<5>ruad: own: polls succeed again, after 100 failures\n");
}

static void
crash(const void *arg)
{
	journal_crash(arg, SIGSEGV);
}

static void
a_crash_is_an_error(void **state)
{
	(void)state;
	assert_memory_equal(
	    said(crash, "own"), "<3>ruad: own: the fetcher died (Seg", 35);
}

static void
conf(const void *arg)
{
	struct buf report = { 0 };

	buf_add_str(&report, arg);
	journal_conf(&report);
	buf_done(&report);
}

static void
a_configuration_is_told_by_its_lines(void **state)
{
	(void)state;
	assert_string_equal(said(conf, "f:1: error: bad\nf:2: warning: odd\n"),
	    "<3>ruad: f:1: error: bad\n<4>ruad: f:2: warning: odd\n");
	assert_string_equal(said(conf, ""), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_leave_room_for_the_rest),
		cmocka_unit_test(one_line_for_each_outcome_of_a_mail),
		cmocka_unit_test(a_poll_counts_every_mail),
		cmocka_unit_test(only_what_does_not_mend_itself_is_an_error),
		cmocka_unit_test(a_try_that_is_due_is_made_at_once),
		cmocka_unit_test(
		    what_should_have_mended_itself_by_now_is_an_error),
		cmocka_unit_test(
		    the_same_failure_is_said_once_more_when_it_is_serious),
		cmocka_unit_test(a_crash_is_an_error),
		cmocka_unit_test(a_configuration_is_told_by_its_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
