/* SPDX-License-Identifier: BSD-2-Clause */
/* port: what is promised whatever the C library. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/port.h"

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
a_file_is_never_replaced(void **state)
{
	char dir[] = "/tmp/ruad-port-XXXXXX", a[64], b[64];
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(a, sizeof(a), "%s/a", dir);
	snprintf(b, sizeof(b), "%s/b", dir);
	write_file(a, "one");
	write_file(b, "longer");
	assert_int_equal(port_rename_new(a, b), -1);
	assert_int_equal(errno, EEXIST);
	assert_int_equal(stat(a, &st), 0);
	assert_int_equal(stat(b, &st), 0);
	assert_int_equal(st.st_size, 6);
	assert_int_equal(unlink(b), 0);
	assert_int_equal(port_rename_new(a, b), 0);
	assert_int_equal(stat(a, &st), -1);
	assert_int_equal(stat(b, &st), 0);
	assert_int_equal(st.st_size, 3);
	assert_int_equal(unlink(b), 0);
	assert_int_equal(rmdir(dir), 0);
}

static int
exit_status(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void
descriptors_are_closed_from_one_on(void **state)
{
	pid_t pid = fork();

	(void)state;
	assert_int_not_equal(pid, -1);
	if (pid == 0) {
		if (dup2(1, 57) == -1 || dup2(1, 58) == -1 ||
		    dup2(1, 900) == -1 || port_close_from(58) == -1)
			_exit(1);
		_exit(fcntl(57, F_GETFD) == -1 || fcntl(58, F_GETFD) != -1 ||
		    fcntl(900, F_GETFD) != -1);
	}
	assert_int_equal(exit_status(pid), 0);
}

static void
what_is_spawned_has_no_others(void **state)
{
	char sh[] = "sh", option[] = "-c";
	char look[] = "test -e /proc/self/fd/1 && ! test -e /proc/self/fd/57";
	char *argv[] = { sh, option, look, NULL }, *env[] = { NULL };
	posix_spawn_file_actions_t actions;
	pid_t pid;

	(void)state;
	assert_int_equal(dup2(1, 57), 57);
	assert_int_equal(posix_spawn_file_actions_init(&actions), 0);
	assert_int_equal(port_spawn_close_from(&actions, 3), 0);
	assert_int_equal(
	    posix_spawn(&pid, "/bin/sh", &actions, NULL, argv, env), 0);
	posix_spawn_file_actions_destroy(&actions);
	assert_int_equal(exit_status(pid), 0);
	assert_int_equal(fcntl(57, F_GETFD) & ~FD_CLOEXEC, 0);
	close(57);
}

static void
memory_is_as_good_as_before(void **state)
{
	char *small, *large;

	(void)state;
	port_tune_heap(1 << 20, 32 << 20);
	small = malloc(100);
	large = malloc(4 << 20);
	assert_non_null(small);
	assert_non_null(large);
	memset(small, 'a', 100);
	memset(large, 'b', 4 << 20);
	port_trim_heap();
	assert_int_equal(small[99], 'a');
	assert_int_equal(large[(4 << 20) - 1], 'b');
	free(small);
	free(large);
	port_trim_heap();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_never_replaced),
		cmocka_unit_test(descriptors_are_closed_from_one_on),
		cmocka_unit_test(what_is_spawned_has_no_others),
		cmocka_unit_test(memory_is_as_good_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
