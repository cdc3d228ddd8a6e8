/* SPDX-License-Identifier: BSD-2-Clause */
/* store: what others lock, and who is named for it. */
#include "store_help.h"

#include <fcntl.h>
#include <signal.h>

#include "store/schema.h"
#include "store/store_priv.h"

static const struct store_options hasty = { .sql = schema_sql,
	.views = schema_views_sql,
	.steps = schema_steps,
	.version = SCHEMA_VERSION,
	.busy_ms = 30 };

static void
a_lock_that_stays_is_a_passing_fault(void **state)
{
	struct store *a = help_open(), *b = NULL;

	(void)state;
	ok(store_open_with(&b, help_db, &hasty, &err));
	ok(store_begin(a, &err));
	refused(ERR_AGAIN, store_begin(b, &err));
	ok(store_commit(a, &err));
	ok(store_begin(b, &err));
	store_rollback(b);
	store_close(a);
	store_close(b);
}

/* A process that has this lock of its own on a file of the database. */
static pid_t
hold(const char *suffix, off_t start, off_t len)
{
	struct flock lock = { .l_type = F_RDLCK,
		.l_whence = SEEK_SET,
		.l_start = start,
		.l_len = len };
	char file[128], word = 0;
	int ends[2], fd;
	pid_t pid;

	snprintf(file, sizeof(file), "%s%s", help_db, suffix);
	assert_int_equal(pipe(ends), 0);
	assert_true((pid = fork()) != -1);
	if (pid == 0) {
		fd = open(file, O_RDONLY);
		if (fd == -1 || fcntl(fd, F_SETLK, &lock) == -1 ||
		    write(ends[1], "x", 1) != 1)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &word, 1), 1);
	close(ends[0]);
	return pid;
}

static void
who_only_reads_and_locks_is_named(void **state)
{
	struct err first = ERR_INIT;
	struct store *s = NULL;
	char words[64];
	pid_t pid;

	(void)state;
	store_close(help_open());
	ok(store_open_with(&s, help_db, &hasty, &err));
	pid = hold("-shm", 0, 0);
	assert_int_equal(store_begin(s, &first), -1);
	assert_int_equal(first.class, ERR_AGAIN);
	snprintf(words, sizeof(words), "process %d (", (int)pid);
	assert_non_null(strstr(first.text, words));
	assert_non_null(strstr(first.text, ") keeps it locked"));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	ok(store_begin(s, &err));
	store_rollback(s);

	/* These keep nobody from writing. */
	pid = hold("", 0, 0);
	ok(store_begin(s, &err));
	ok(store_commit(s, &err));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	pid = hold("-wal", 0, 0);
	ok(store_begin(s, &err));
	ok(store_commit(s, &err));
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	store_close(s);
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(a_lock_that_stays_is_a_passing_fault),
		t(who_only_reads_and_locks_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
