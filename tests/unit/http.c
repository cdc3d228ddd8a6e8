/* SPDX-License-Identifier: BSD-2-Clause */
/* http: what ruad-fetch is given, and what it may answer. */
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

#include "base/http.h"
#include "base/mem.h"

/* A ruad-fetch beside this program, which does what $DO says. */
static char *stand_in;

static int
set_up(void **state)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	FILE *f;

	(void)state;
	assert_true(n > 0);
	self[n] = '\0';
	*strrchr(self, '/') = '\0';
	xasprintf(&stand_in, "%s/ruad-fetch", self);
	f = fopen(stand_in, "w");
	assert_non_null(f);
	assert_true(fputs("#!/bin/sh\neval \"$DO\"\n", f) >= 0);
	assert_int_equal(fclose(f), 0);
	return chmod(stand_in, 0755);
}

static int
tear_down(void **state)
{
	(void)state;
	unlink(stand_in);
	free(stand_in);
	return 0;
}

static int
ask(const char *what, const struct buf *form, struct http_answer *a,
    struct err *err)
{
	const struct http_request r = { .url = "https://x.example/a",
		.ca_file = form != NULL ? "ca.pem" : NULL,
		.connect_to = form != NULL ? NULL : "192.0.2.1",
		.form = form,
		.seconds = 1 };

	err->class = ERR_NONE;
	assert_int_equal(setenv("DO", what, 1), 0);
	return http_ask(&r, a, err);
}

static void
it_is_told_what_is_asked(void **state)
{
	const char *get = "--seconds=1 --connect-to=192.0.2.1 "
	                  "https://x.example/a\n";
	const char *post = "--seconds=1 --post --ca-file=ca.pem "
	                   "https://x.example/a a=1&b=2\n";
	struct http_answer a = { 0 };
	struct err err;
	struct buf form = { 0 };

	(void)state;
	buf_add_str(&form, "a=1&b=2");
	assert_int_equal(ask("t=$(echo $*; cat); printf '%s\n' "
	                     "\"200 $((${#t} + 1)) text/x; y\" \"$t\"",
	                     NULL, &a, &err),
	    0);
	assert_int_equal(a.end, HTTP_ANSWERED);
	assert_int_equal(a.status, 200);
	assert_string_equal(a.type, "text/x; y");
	assert_int_equal(a.len, strlen(get));
	assert_memory_equal(a.body, get, a.len);
	assert_int_equal(ask("t=\"$* $(cat)\"; printf '%s\n' "
	                     "\"404 $((${#t} + 1)) -\" \"$t\"",
	                     &form, &a, &err),
	    0);
	assert_int_equal(a.status, 404);
	assert_string_equal(a.type, "-");
	assert_int_equal(a.len, strlen(post));
	assert_memory_equal(a.body, post, a.len);
	buf_done(&form);
	http_done(&a);
}

static void
what_went_wrong_is_told_apart(void **state)
{
	static const struct {
		const char *line, *why;
		enum http_end end;
	} ends[] = {
		{ "late", "", HTTP_LATE },
		{ "unreachable no route", "no route", HTTP_UNREACHABLE },
		{ "untrusted by me", "by me", HTTP_UNTRUSTED },
		{ "long", "", HTTP_LONG },
		{ "ca-file is bad", "is bad", HTTP_CA_FILE },
		{ "unreadable ", "", HTTP_UNREADABLE },
	};
	struct http_answer a = { 0 };
	char *what;
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		xasprintf(&what, "echo '%s'", ends[i].line);
		assert_int_equal(ask(what, NULL, &a, &err), 0);
		assert_int_equal(a.end, ends[i].end);
		assert_string_equal(a.why, ends[i].why);
		free(what);
	}
	http_done(&a);
}

static void
anything_else_is_no_answer(void **state)
{
	static const char *const odd[] = { "exit 71", "printf late",
		"echo later", "echo 200", "echo 200 0", "echo x 0 -",
		"echo 1000 0 -", "echo 200 1 -", "echo 200 -1 -",
		"echo 200 65537 -", "printf '200 2 -\nabc'", "echo; echo late",
		"kill -9 $$", "cat /dev/zero", "exec sleep 1000" };
	struct http_answer a = { 0 };
	struct err err;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		assert_int_equal(ask(odd[i], NULL, &a, &err), -1);
		assert_int_equal(err.class, ERR_AGAIN);
		assert_non_null(strstr(err.text, "/ruad-fetch gave no answer"));
	}
	http_done(&a);
}

static void
a_form_that_nobody_reads_does_no_harm(void **state)
{
	struct http_answer a = { 0 };
	struct err err;
	struct buf form = { 0 };

	(void)state;
	memset(buf_reserve(&form, 900000), 'a', 900000);
	form.len = 900000;
	assert_int_equal(ask("exit 1", &form, &a, &err), -1);
	assert_int_equal(
	    ask("echo unreachable; exec <&-; exit", &form, &a, &err), 0);
	assert_int_equal(a.end, HTTP_UNREACHABLE);
	buf_done(&form);
	http_done(&a);
}

static void
without_the_program_it_says_so(void **state)
{
	struct http_answer a = { 0 };
	struct err err;

	(void)state;
	assert_int_equal(chmod(stand_in, 0644), 0);
	if (access(RUAD_FETCH_PATH, X_OK) == 0)
		skip();
	assert_int_equal(ask("echo late", NULL, &a, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
	assert_non_null(
	    strstr(err.text, "cannot run " RUAD_FETCH_PATH ": No such file"));
	http_done(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_told_what_is_asked),
		cmocka_unit_test(what_went_wrong_is_told_apart),
		cmocka_unit_test(anything_else_is_no_answer),
		cmocka_unit_test(a_form_that_nobody_reads_does_no_harm),
		cmocka_unit_test(without_the_program_it_says_so),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
