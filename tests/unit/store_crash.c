/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * store: several processes at once, and killed ones; store_faults.c has memory
 * and disk.
 */
#include "store_help.h"

#include <signal.h>
#include <time.h>

#include "store/store_priv.h"

#define CHILDREN 6

/* Store mails first to first + n - 1 in batches of 5; the exit status. */
static int
store_mails(int first, int n)
{
	struct err err = ERR_INIT;
	enum store_outcome outcome;
	struct store *s = NULL;
	struct store_message m;
	struct record rec = help_record("192.0.2.1", 1);
	struct report r;
	char id[16];
	int i;

	if (store_open(&s, help_db, &err) == -1)
		return 2;
	for (i = first; i < first + n; i++) {
		snprintf(id, sizeof(id), "%d", i);
		m = help_message(0, 0, id);
		r = help_report(id, 1);
		if (((i - first) % 5 == 0 && store_begin(s, &err) == -1) ||
		    store_begin_message(s, &m, &err) == -1 ||
		    store_add_report(s, &r, &outcome, &err) == -1 ||
		    store_add_record(s, &rec, &err) == -1 ||
		    store_end_message(s, "stored", NULL, 1, &err) == -1 ||
		    ((i - first) % 5 == 4 && store_commit(s, &err) == -1)) {
			fprintf(stderr, "%s\n", err.text);
			return 3;
		}
	}
	store_close(s);
	return 0;
}

static void
several_processes_create_and_write_at_once(void **state)
{
	pid_t pid[CHILDREN];
	int i;

	(void)state;
	for (i = 0; i < CHILDREN; i++)
		if ((pid[i] = fork()) == 0)
			_exit(store_mails(i * 100, 50));
	for (i = 0; i < CHILDREN; i++)
		assert_int_equal(help_wait(pid[i]), 0);
	asked("300|300|1|0",
	    "SELECT count(*), (SELECT count(*) FROM record),"
	    " (SELECT count(*) FROM source), sum(conflict) FROM report");
	help_check();
}

static void
a_killed_writer_leaves_what_was_committed(void **state)
{
	struct store_message m = help_message(0, 0, "first");
	struct report r = help_report("first", 1);
	struct store *s = NULL;
	int pipes[2], i;
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (pid == 0) {
		s = help_open();
		ok(store_begin(s, &err));
		help_store(s, &m, &r, "192.0.2.1");
		ok(store_commit(s, &err));
		ok(store_begin(s, &err));
		/* More than the page cache holds: some of it is in the WAL. */
		sqlite3_exec(s->db, "PRAGMA cache_size = 10", NULL, NULL, NULL);
		for (i = 0; i < 2000; i++) {
			char id[16];

			snprintf(id, sizeof(id), "%d", i);
			r = help_report(id, 1);
			help_store(s, &m, &r, "192.0.2.2");
		}
		if (write(pipes[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(pipes[0], &byte, 1), 1);
	kill(pid, SIGKILL);
	assert_int_equal(help_wait(pid), 1000 + SIGKILL);
	close(pipes[0]);
	close(pipes[1]);

	s = help_open();
	asked("first|1|192.0.2.1",
	    "SELECT external_id, (SELECT count(*) FROM record),"
	    " (SELECT group_concat(ip) FROM source) FROM report");
	ok(store_begin(s, &err));
	r = help_report("next", 1);
	assert_int_equal(help_store(s, &m, &r, "192.0.2.2"), STORE_NEW);
	ok(store_commit(s, &err));
	store_close(s);
	asked("2", "SELECT count(*) FROM report");
	help_check();
}

static void
writers_killed_at_any_moment_leave_whole_batches(void **state)
{
	struct timespec delay = { 0, 0 };
	pid_t pid;
	int i;

	(void)state;
	for (i = 0; i < 30; i++) {
		if ((pid = fork()) == 0)
			_exit(store_mails(i * 1000, 1000));
		delay.tv_nsec = (i + 1) * 1500000L;
		nanosleep(&delay, NULL);
		kill(pid, SIGKILL);
		help_wait(pid);
	}
	assert_int_equal(store_mails(999000, 5), 0);
	asked("0|0|0",
	    "SELECT count(*) % 5, count(*) - (SELECT count(*) FROM record),"
	    " count(*) - (SELECT count(*) FROM message) FROM report");
	help_check();
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(several_processes_create_and_write_at_once),
		t(a_killed_writer_leaves_what_was_committed),
		t(writers_killed_at_any_moment_leave_whole_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
