/* SPDX-License-Identifier: BSD-2-Clause */
/* secret: passwords from files, commands, credentials and the config. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "mail/secret.h"

static char dir[] = "/tmp/ruad-secret-XXXXXX";

static const char *
path_of(const char *name)
{
	static char path[200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static const char *
write_file(const char *name, const char *data, size_t n, mode_t mode)
{
	const char *path = path_of(name);
	FILE *f;

	/* One that may not be written is replaced, too. */
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, mode), 0);
	return path;
}

static int
remove_dir(void **state)
{
	static const char *const names[] = { "a", "b", "link" };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++)
		unlink(path_of(names[i]));
	return rmdir(dir);
}

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) == NULL;
}

static void
assert_gives(const struct secret_source *from, const char *want)
{
	struct err err = ERR_INIT;
	char *got = NULL;

	if (secret_load(from, &got, &err) == -1)
		fail_msg("%s", err.text);
	assert_string_equal(got, want);
	secret_free(got);
}

static void
assert_refused(const struct secret_source *from, const char *why)
{
	struct err err = ERR_INIT;
	char *got = NULL;

	assert_int_equal(secret_load(from, &got, &err), -1);
	assert_null(got);
	assert_int_equal(err.class, ERR_AUTH);
	if (strstr(err.text, why) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", err.text, why);
	assert_null(strstr(err.text, "hunter2"));
}

static void
the_first_line_of_a_file_is_the_password(void **state)
{
	struct secret_source from = { 0 };

	(void)state;
	from.file = write_file("a", "hunter2 \nnot this\n", 18, 0600);
	assert_gives(&from, "hunter2 ");
	from.file = write_file("a", "hunter2", 7, 0400);
	assert_gives(&from, "hunter2");
	from.file = write_file("a", "hunter2\r\n", 9, 0600);
	assert_gives(&from, "hunter2");
	from.file = write_file("a", "h\xc3\xbcnter\n", 8, 0600);
	assert_gives(&from, "h\xc3\xbcnter");
}

static void
a_file_that_is_not_ours_alone_is_refused(void **state)
{
	static const mode_t modes[] = { 0640, 0604, 0620, 0601, 0666 };
	struct secret_source from = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		from.file = write_file("a", "hunter2\n", 8, modes[i]);
		assert_refused(&from, "others can read it");
	}
	if (geteuid() == 0) {
		from.file = write_file("a", "hunter2\n", 8, 0600);
		assert_int_equal(chown(from.file, 12345, 12345), 0);
		assert_refused(&from, "belongs to another user");
		assert_int_equal(chown(from.file, 0, 0), 0);
	}
}

static void
what_is_no_password_is_refused(void **state)
{
	struct secret_source from = { 0 };
	char link[200], big[SECRET_MAX + 2];

	(void)state;
	from.file = write_file("a", "", 0, 0600);
	assert_refused(&from, "empty");
	from.file = write_file("a", "\nhunter2\n", 9, 0600);
	assert_refused(&from, "empty");
	from.file = write_file("a", "hunt\0er2\n", 9, 0600);
	assert_refused(&from, "CR or NUL");
	from.file = write_file("a", "hunt\rer2\n", 9, 0600);
	assert_refused(&from, "CR or NUL");
	memset(big, 'x', sizeof(big));
	from.file = write_file("a", big, sizeof(big), 0600);
	assert_refused(&from, "too long");
	from.file = "/nonexistent/pass";
	assert_refused(&from, "/nonexistent/pass");
	from.file = dir;
	assert_refused(&from, "not a regular file");
	snprintf(link, sizeof(link), "%s", path_of("link"));
	assert_int_equal(symlink(path_of("a"), link), 0);
	from.file = link;
	assert_refused(&from, "symbolic link");
	assert_int_equal(unlink(link), 0);
	assert_int_equal(mkfifo(link, 0600), 0);
	assert_refused(&from, "not a regular file");
}

static void
a_literal_is_taken_as_it_is(void **state)
{
	struct secret_source from = { .literal = " hunter2 " };

	(void)state;
	assert_gives(&from, " hunter2 ");
	from.literal = "hunter2\nx";
	assert_refused(&from, "line break");
	from.literal = "";
	assert_refused(&from, "empty");
}

static void
a_credential_is_a_file_in_its_directory(void **state)
{
	struct secret_source from = { .credential = "b" };

	(void)state;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_refused(&from, "LoadCredential=b:FILE");
	setenv("CREDENTIALS_DIRECTORY", dir, 1);
	write_file("b", "hunter2\n", 8, 0400);
	assert_gives(&from, "hunter2");
	from.credential = "../b";
	assert_refused(&from, "not the name");
	from.credential = "missing";
	assert_refused(&from, "missing");
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
a_command_prints_the_password(void **state)
{
	static const char *const good[] = { "/bin/sh", "-c",
		"echo hunter2; echo more", NULL };
	static const char *const argument[] = { "printf", "%s\n", "$HOME`id`",
		NULL };
	struct secret_source from = { .command = good };

	(void)state;
	assert_gives(&from, "hunter2");
	from.command = argument; /* found in PATH; no shell in between */
	assert_gives(&from, "$HOME`id`");
}

static void
a_command_sees_little_of_our_environment(void **state)
{
	static const char *const env[] = { "/bin/sh", "-c",
		"echo \"<$CANARY>$(cat)\"", NULL };
	struct secret_source from = { .command = env };

	(void)state;
	setenv("CANARY", "sings", 1);
	assert_gives(&from, "<>");
}

static void
a_command_that_fails_is_refused(void **state)
{
	static const char *const fails[] = { "/bin/sh", "-c",
		"echo hunter2; exit 3", NULL };
	static const char *const dies[] = { "/bin/sh", "-c",
		"echo hunter2; kill -9 $$", NULL };
	static const char *const missing[] = { "/nonexistent/cmd", NULL };
	static const char *const silent[] = { "/bin/true", NULL };
	static const char *const endless[] = { "/usr/bin/yes", NULL };
	static const char *const flood[] = { "/bin/cat", "/dev/zero", NULL };
	struct secret_source from = { .command = fails };

	(void)state;
	assert_refused(&from, "failed with status 3");
	from.command = dies;
	assert_refused(&from, "killed by signal 9");
	from.command = missing;
	assert_refused(&from, "cannot run /nonexistent/cmd");
	from.command = silent;
	assert_refused(&from, "empty");
	from.command = endless;
	assert_refused(&from, "too long");
	from.command = flood;
	assert_refused(&from, "too long");
}

static void
nothing_to_free_is_fine(void **state)
{
	(void)state;
	secret_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_of_a_file_is_the_password),
		cmocka_unit_test(a_file_that_is_not_ours_alone_is_refused),
		cmocka_unit_test(what_is_no_password_is_refused),
		cmocka_unit_test(a_literal_is_taken_as_it_is),
		cmocka_unit_test(a_credential_is_a_file_in_its_directory),
		cmocka_unit_test(a_command_prints_the_password),
		cmocka_unit_test(a_command_sees_little_of_our_environment),
		cmocka_unit_test(a_command_that_fails_is_refused),
		cmocka_unit_test(nothing_to_free_is_fine),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
