/* SPDX-License-Identifier: BSD-2-Clause */
/* careful: what a fetcher that died tells the next one, through the disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "daemon/careful.h"

enum death {
	CRASH,
	ABORTED, /* by somebody else */
	KILL,
	STOP_AND_KILL,
	STOP_IN_WRITE_AND_KILL,
	NO_MEMORY,
	WELL,
	PASSING,
	BROKEN
};

static char *database;
static bool stop_in_write;

/* The one of libc, which takes long on a busy disk. */
int
fdatasync(int fd)
{
	if (stop_in_write)
		careful_on_stop();
	return fsync(fd);
}

static int
setup(void **state)
{
	char dir[] = "/tmp/ruad-careful-XXXXXX";

	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	xasprintf(&database, "%s/db", dir);
	return 0;
}

static int
teardown(void **state)
{
	char *lock;

	(void)state;
	xasprintf(&lock, "%s.lock", database);
	unlink(lock);
	free(lock);
	*strrchr(database, '/') = '\0';
	rmdir(database);
	free(database);
	return 0;
}

/* In a careful struct of its own, folder and all. */
static struct careful *
begin(const char *folder)
{
	char host[] = "h", user[] = "u", name[16];
	const struct conf_mailbox mb = {
		.host = host, .user = user, .folder = name
	};
	struct careful *c;
	struct err err = ERR_INIT;

	snprintf(name, sizeof(name), "%s", folder);
	if (careful_open(&c, database, 3, &err) == -1)
		return NULL;
	careful_set_folder(c, &mb, 7);
	return c;
}

/* A fetcher that notes this and ends so. */
static void
fetcher(enum careful_stage stage, uint32_t uid, enum death death)
{
	struct careful *c;
	struct err err = ERR_INIT;
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid > 0) {
		if (death == ABORTED) {
			waitpid(pid, &status, WUNTRACED);
			kill(pid, SIGABRT);
			kill(pid, SIGCONT);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(WIFSIGNALED(status) ? WTERMSIG(status) : 0,
		    death <= ABORTED        ? SIGABRT
		        : death < NO_MEMORY ? SIGKILL
		                            : 0);
		assert_int_equal(WEXITSTATUS(status),
		    death == NO_MEMORY ? MEM_EXIT_STATUS : 0);
		return;
	}
	stop_in_write = death == STOP_IN_WRITE_AND_KILL;
	if ((c = begin("INBOX")) == NULL ||
	    careful_begin(c, stage, uid, &err) == -1)
		_exit(9);
	if (death == CRASH)
		raise(SIGABRT); /* not one that cmocka catches */
	if (death == ABORTED)
		raise(SIGSTOP);
	if (death == NO_MEMORY)
		xmalloc(SIZE_MAX / 2);
	if (death == STOP_AND_KILL)
		careful_on_stop();
	if (death < WELL)
		raise(SIGKILL);
	careful_end(c,
	    death == WELL          ? CAREFUL_WELL
	        : death == PASSING ? CAREFUL_STOPPED
	                           : CAREFUL_BROKEN);
	_exit(0);
}

/* What the next fetcher thinks; -1: it is not careful. */
static int
attempts(enum careful_stage stage, uint32_t uid, bool *given_up)
{
	struct careful *c = begin("INBOX");
	const char *reason;
	int n = -1;

	assert_non_null(c);
	if (careful_is_on(c, stage))
		n = careful_attempts(c, stage, uid, &reason);
	*given_up = n != -1 && reason != NULL;
	careful_close(c);
	return n;
}

#define ATTEMPTS(stage, uid, n, gone) \
	do { \
		bool given_up; \
		assert_int_equal(attempts(stage, uid, &given_up), n); \
		assert_int_equal(given_up, gone); \
	} while (0)

static void
a_good_end_or_a_stop_makes_nobody_careful(void **state)
{
	(void)state;
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
	fetcher(CAREFUL_READ, 0, WELL);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
	fetcher(CAREFUL_READ, 0, STOP_AND_KILL);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
	fetcher(CAREFUL_READ, 0, STOP_IN_WRITE_AND_KILL);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
	fetcher(CAREFUL_READ, 0, PASSING);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
}

static void
a_crash_among_many_counts_for_each_of_them(void **state)
{
	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	ATTEMPTS(CAREFUL_READ, 5, 1, false);
	fetcher(CAREFUL_READ, 5, CRASH);
	ATTEMPTS(CAREFUL_READ, 5, 2, true);
	ATTEMPTS(CAREFUL_READ, 6, 0, false);
	fetcher(CAREFUL_READ, 0, WELL);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
}

static void
a_kill_does_not_make_a_crash_forgotten(void **state)
{
	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	fetcher(CAREFUL_READ, 4, KILL);
	fetcher(CAREFUL_READ, 3, STOP_AND_KILL);
	ATTEMPTS(CAREFUL_READ, 5, 1, false);
	fetcher(CAREFUL_READ, 5, CRASH);
	ATTEMPTS(CAREFUL_READ, 5, 2, true);
	ATTEMPTS(CAREFUL_READ, 3, 0, false);
}

static void
kills_are_no_attempts_but_five_are_enough(void **state)
{
	int i;

	(void)state;
	fetcher(CAREFUL_READ, 0, KILL);
	for (i = 0; i < CAREFUL_KILLS; i++) {
		ATTEMPTS(CAREFUL_READ, 5, 0, false);
		fetcher(CAREFUL_READ, 5, KILL);
	}
	ATTEMPTS(CAREFUL_READ, 5, 5, true);
}

static void
who_is_aborted_by_somebody_else_accuses_nobody(void **state)
{
	(void)state;
	fetcher(CAREFUL_READ, 0, ABORTED);
	ATTEMPTS(CAREFUL_READ, 5, 0, false);
	fetcher(CAREFUL_READ, 5, ABORTED);
	fetcher(CAREFUL_READ, 5, ABORTED);
	ATTEMPTS(CAREFUL_READ, 5, 0, false);
}

static void
lack_of_memory_accuses_nobody_but_that_mail_comes_last(void **state)
{
	struct careful *c;
	int i;

	(void)state;
#ifdef __SANITIZE_ADDRESS__
	skip(); /* it has a malloc() of its own */
#endif
	for (i = 0; i < 2 * CAREFUL_KILLS; i++)
		fetcher(CAREFUL_READ, i == 0 ? 0 : 5, NO_MEMORY);
	ATTEMPTS(CAREFUL_READ, 5, 0, false);
	c = begin("INBOX");
	assert_int_equal(careful_last_uid(c), 5);
	careful_close(c);
}

static void
stops_and_passing_faults_take_the_attempt_back(void **state)
{
	int i;

	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	for (i = 0; i < 8; i++) {
		fetcher(CAREFUL_READ, 5, i % 2 ? STOP_AND_KILL : PASSING);
		ATTEMPTS(CAREFUL_READ, 5, 1, false);
	}
}

static void
over_whom_the_session_ends_comes_last(void **state)
{
	struct careful *c;

	(void)state;
	fetcher(CAREFUL_READ, 0, BROKEN);
	ATTEMPTS(CAREFUL_READ, 5, 0, false);
	fetcher(CAREFUL_READ, 5, BROKEN);
	ATTEMPTS(CAREFUL_READ, 5, 0, false);
	c = begin("INBOX");
	assert_int_equal(careful_last_uid(c), 5);
	careful_close(c);
}

static void
another_folder_is_not_accused(void **state)
{
	struct careful *c;
	const char *reason;

	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	fetcher(CAREFUL_READ, 5, CRASH);
	c = begin("Other");
	assert_true(careful_is_on(c, CAREFUL_READ));
	assert_int_equal(careful_attempts(c, CAREFUL_READ, 5, &reason), 0);
	assert_null(reason);
	careful_close(c);
	ATTEMPTS(CAREFUL_READ, 5, 2, true);
}

static void
filing_is_careful_only_after_filing_crashed(void **state)
{
	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	ATTEMPTS(CAREFUL_FILE, 5, -1, false);
	fetcher(CAREFUL_FILE, 0, CRASH);
	ATTEMPTS(CAREFUL_FILE, 5, 1, false);
	fetcher(CAREFUL_FILE, 5, CRASH);
	ATTEMPTS(CAREFUL_FILE, 5, 2, true);
	ATTEMPTS(CAREFUL_FILE, 6, 0, false);
}

static void
the_suspects_are_so_many_and_no_more(void **state)
{
	struct careful *c;
	struct err err = ERR_INIT;

	(void)state;
	fetcher(CAREFUL_READ, 0, CRASH);
	c = begin("INBOX");
	assert_int_equal(careful_pass(c, CAREFUL_MAILS - 1, &err), 0);
	assert_true(careful_is_on(c, CAREFUL_READ));
	assert_int_equal(careful_pass(c, 1, &err), 0);
	assert_false(careful_is_on(c, CAREFUL_READ));
	careful_end(c, CAREFUL_STOPPED);
	careful_close(c);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
}

static void
an_accused_mail_stays_accused_until_it_is_acquitted(void **state)
{
	struct careful *c;
	struct err err = ERR_INIT;

	(void)state;
	c = begin("INBOX");
	assert_int_equal(careful_begin(c, CAREFUL_READ, 0, &err), 0);
	assert_int_equal(careful_set_crashes(c, 5, 1, &err), 0);
	assert_int_equal(careful_begin(c, CAREFUL_READ, 0, &err), 0);
	careful_on_stop();
	careful_close(c);
	ATTEMPTS(CAREFUL_READ, 5, 1, false);
	c = begin("INBOX");
	assert_int_equal(careful_pass(c, CAREFUL_MAILS, &err), 0);
	assert_int_equal(careful_set_crashes(c, 5, 2, &err), 0);
	assert_int_equal(careful_set_outcome(c, 4, &err), 0);
	assert_int_equal(careful_set_outcome(c, 5, &err), 0);
	careful_end(c, CAREFUL_STOPPED);
	careful_close(c);
	ATTEMPTS(CAREFUL_READ, 5, -1, false);
}

static void
one_at_a_time_has_the_mailbox(void **state)
{
	struct careful *c = begin("INBOX"), *other;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(careful_open(&other, database, 3, &err), -1);
	assert_int_equal(err.class, ERR_AGAIN);
	assert_int_equal(careful_open(&other, database, 2, &err), 0);
	careful_close(other);
	careful_close(c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static mode_t
lock_mode(const char *lock)
{
	struct stat st;

	assert_int_equal(stat(lock, &st), 0);
	return st.st_mode & 07777;
}

static void
the_lock_is_a_file_of_ours_alone(void **state)
{
	struct err err = ERR_INIT;
	struct careful *c;
	char *lock, *other;

	(void)state;
	xasprintf(&lock, "%s.lock", database);
	xasprintf(&other, "%s.other", database);
	careful_close(begin("INBOX"));
	assert_int_equal(lock_mode(lock), 0600);
	/* One that was made when the group could read it. */
	assert_int_equal(chmod(lock, 0640), 0);
	careful_close(begin("INBOX"));
	assert_int_equal(lock_mode(lock), 0600);

	assert_int_equal(link(lock, other), 0);
	assert_int_equal(careful_open(&c, database, 3, &err), -1);
	assert_int_equal(err.class, ERR_CREATE);
	assert_non_null(strstr(err.text, "without a second name"));
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(symlink(other, lock), 0);
	assert_int_equal(careful_open(&c, database, 3, &err), -1);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(mkfifo(lock, 0600), 0);
	assert_int_equal(careful_open(&c, database, 3, &err), -1);
	assert_non_null(strstr(err.text, "regular file"));
	assert_int_equal(unlink(other), 0);
	free(lock);
	free(other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_lock_is_a_file_of_ours_alone),
		TEST(a_good_end_or_a_stop_makes_nobody_careful),
		TEST(a_crash_among_many_counts_for_each_of_them),
		TEST(a_kill_does_not_make_a_crash_forgotten),
		TEST(kills_are_no_attempts_but_five_are_enough),
		TEST(who_is_aborted_by_somebody_else_accuses_nobody),
		TEST(lack_of_memory_accuses_nobody_but_that_mail_comes_last),
		TEST(stops_and_passing_faults_take_the_attempt_back),
		TEST(over_whom_the_session_ends_comes_last),
		TEST(another_folder_is_not_accused),
		TEST(filing_is_careful_only_after_filing_crashed),
		TEST(the_suspects_are_so_many_and_no_more),
		TEST(an_accused_mail_stays_accused_until_it_is_acquitted),
		TEST(one_at_a_time_has_the_mailbox),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
