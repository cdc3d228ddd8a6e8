/* SPDX-License-Identifier: BSD-2-Clause */
/* auth: the file of users, and what browsers send. */
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

#include "web/auth.h"

/* The passwords are "secret" and "oth:er". */
#define ANNA \
	"anna:$6$rounds=1000$saltsalt$" \
	"LAV5VE5Y7w1d73x1mFNspYWUpazfmwv2SoepNXNK" \
	"J/otop/Zok96Hr8Q13LEv0DRY/x8v0/crpIjl8NJSAqXV/\n"
#define BERT \
	"bert:$6$rounds=1000$saltsalu$Jf/" \
	"JdmbEtyezwW3258Xbn8IPDbf19Tz1osJCzSWY" \
	"Ya5XHw/GU.0BuAE1u1/adAzJ4R7hYrUnXjZHwNZ7BfOXb0\r\n"

/* Load a file with this in it. */
static int
load(struct auth **a, const char *text, mode_t mode, struct err *err)
{
	char path[] = "/tmp/ruad-auth-XXXXXX";
	const int fd = mkstemp(path);
	int rc;

	assert_true(fd != -1);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
	memset(err, 0, sizeof(*err));
	rc = auth_load(a, path, err);
	unlink(path);
	return rc;
}

static void
who_knows_his_word_may_look(void **state)
{
	struct auth *a;
	struct err err;

	(void)state;
	assert_int_equal(load(&a, "# users\n\n" ANNA BERT, 0640, &err), 0);
	assert_int_equal(auth_check(a, "Basic YW5uYTpzZWNyZXQ="), AUTH_YES);
	assert_int_equal(auth_check(a, "basic YmVydDpvdGg6ZXI="), AUTH_YES);
	auth_free(a);
}

static void
nobody_else_may(void **state)
{
	static const char *const fields[] = { NULL, "", "Basic", "Basic ",
		"Basic YW5uYQ==", "Bearer YW5uYTpzZWNyZXQ=",
		"Basic YW5uYTpzZWNyZXQ=x", "Basic \xff", "Basic AAAA" };
	struct auth *a;
	struct err err;
	size_t i;

	(void)state;
	assert_int_equal(load(&a, ANNA, 0600, &err), 0);
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		assert_int_equal(auth_check(a, fields[i]), AUTH_NO);
	assert_int_equal(auth_check(a, "Basic YW5uYTp3cm9uZw=="), AUTH_NO);
	auth_free(a);
	assert_int_equal(load(&a, ANNA, 0600, &err), 0);
	assert_int_equal(auth_check(a, "Basic bm9ib2R5OnNlY3JldA=="), AUTH_NO);
	auth_free(a);
}

/* Guesses are slow; who was right before is not kept waiting by them. */
static void
who_guesses_is_slowed_down(void **state)
{
	struct auth *a;
	struct err err;

	(void)state;
	assert_int_equal(load(&a, ANNA BERT, 0600, &err), 0);
	assert_int_equal(auth_check(a, "Basic YW5uYTpzZWNyZXQ="), AUTH_YES);
	assert_int_equal(auth_check(a, "Basic YW5uYTp3cm9uZw=="), AUTH_NO);
	assert_int_equal(auth_check(a, "Basic YW5uYTp3cm9uZw=="), AUTH_LATER);
	assert_int_equal(auth_check(a, "Basic YmVydDpvdGg6ZXI="), AUTH_LATER);
	assert_int_equal(auth_check(a, "Basic YW5uYTpzZWNyZXQ="), AUTH_YES);
	auth_free(a);
}

static void
a_wrong_file_is_told(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *why;
	} files[] = {
		{ "", 0600, "names no user" },
		{ "# nobody\n", 0600, "names no user" },
		{ ANNA "anna\n", 0600, ":2: a line is USER:HASH" },
		{ "anna:secret\n", 0600, ":1: a line is USER:HASH" },
		{ ":$6$x$y\n", 0600, ":1: a line is USER:HASH" },
		{ ANNA "b:$apr1$4Vf1xQ4e$Z0y1pZxM9zq9JzqfVw8Ck0\n", 0600,
		    ":2: the hash of b" },
		{ "b:$6$x$y:19000:0:99999:7:::\n", 0600, ":1: the hash of b" },
		{ ANNA, 0644, "can be read by anybody" },
		{ ANNA, 0660, "changed by its group" },
	};
	struct auth *a = NULL;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		assert_int_equal(
		    load(&a, files[i].text, files[i].mode, &err), -1);
		assert_int_equal(err.class, ERR_CONF);
		assert_non_null(strstr(err.text, files[i].why));
	}
	assert_int_equal(auth_load(&a, "/nonexistent/users", &err), -1);
	assert_int_equal(auth_load(&a, "/tmp", &err), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_knows_his_word_may_look),
		cmocka_unit_test(nobody_else_may),
		cmocka_unit_test(who_guesses_is_slowed_down),
		cmocka_unit_test(a_wrong_file_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
