/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * parser: what becomes of inputs when ruad-parse misbehaves.  This program is
 * its own stand-in for ruad-parse: run with --serve it does what the first
 * word of each input says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/mem.h"
#include "ingest/parser.h"

#define MAX 300
#define WALL 3 /* seconds for one input, a tenth of the real limit */

/* --- the stand-in ---------------------------------------------------- */

static void
stub_answer(const char *data, size_t len)
{

	if (strcmp(data, "crash") == 0)
		raise(SIGABRT);
	if (strcmp(data, "forbidden") == 0)
		raise(SIGSYS);
	if (strcmp(data, "busy") == 0)
		raise(SIGPROF);
	if (strcmp(data, "memory") == 0)
		_exit(MEM_EXIT_STATUS);
	if (strcmp(data, "sandbox") == 0)
		_exit(70);
	if (strcmp(data, "leave") == 0)
		_exit(0);
	if (strcmp(data, "killed") == 0)
		raise(SIGKILL);
	if (strcmp(data, "hang") == 0)
		for (;;)
			pause();
	if (strcmp(data, "drip") == 0)
		for (;;) {
			dprintf(1, "x");
			usleep(50000);
		}
	if (strcmp(data, "deaf") == 0) {
		close(0);
		close(1);
		for (;;)
			pause();
	}
	if (strcmp(data, "half") == 0) {
		dprintf(1, "first\nsec");
		raise(SIGABRT);
	}
	if (strcmp(data, "tunables") == 0)
		dprintf(1, "%s\n", getenv("GLIBC_TUNABLES"));
	if (strcmp(data, "lie") == 0)
		dprintf(1, "nonsense\n");
	dprintf(1, "%zu bytes\nend\n", len);
}

static int
stub_serve(void)
{
	char line[512], *data;
	size_t len;

	setvbuf(stdin, NULL, _IOFBF, 1 << 16);
	while (fgets(line, sizeof(line), stdin) != NULL) {
		len = strtoul(line, NULL, 10);
		data = xmalloc(len + 1);
		if (fread(data, 1, len, stdin) != len)
			return 1;
		data[len] = '\0';
		stub_answer(data, len);
		free(data);
	}
	return 0;
}

/* --- the other side ---------------------------------------------------- */

struct outcome {
	int lines;
	int retries;
	int done;
	bool ended;
	char failed[512];
	char first[64];
	int slow;
};

struct run {
	struct parser *parser;
	struct outcome outcomes[MAX];
	char *data[MAX];
	int n;
	int answered;
};

static int
on_line(
    void *arg, void *key, char *line, size_t len, bool *last, struct err *err)
{
	struct outcome *o = key;

	(void)arg;
	line[len] = '\0';
	if (strcmp(line, "nonsense") == 0)
		return err_set(err, ERR_BUG, "nonsense");
	if (strcmp(line, "end") == 0)
		*last = o->ended = true;
	else if (o->lines++ == 0)
		snprintf(o->first, sizeof(o->first), "%s", line);
	return 0;
}

static int
on_slow(void *arg, void *key, struct err *err)
{
	struct outcome *o = key;

	(void)arg;
	(void)err;
	o->slow++;
	return 0;
}

static int
on_retry(void *arg, void *key, struct err *err)
{
	struct outcome *o = key;

	(void)arg;
	(void)err;
	o->retries++;
	o->lines = 0;
	return 0;
}

static int
on_failed(void *arg, void *key, const struct err *why, struct err *err)
{
	struct outcome *o = key;

	(void)arg;
	(void)err;
	o->lines = 0;
	o->ended = true;
	snprintf(o->failed, sizeof(o->failed), "%s", why->text);
	return 0;
}

static void
on_done(void *arg, void *key, char *data)
{
	struct outcome *o = key;
	struct run *r = arg;

	/* In the order in which they were given. */
	assert_ptr_equal(o, &r->outcomes[r->answered++]);
	o->done++;
	free(data);
}

static int
setup_processes(void **state, int processes)
{
	const struct parser_settings settings = { .limits = LIMITS_DEFAULT,
		.processes = processes };
	struct run *r = xcalloc(1, sizeof(*r));
	const struct parser_handler h = { on_line, on_slow, on_retry, on_failed,
		on_done, r, NULL };

	r->parser = parser_new("/proc/self/exe", &settings, WALL, &h);
	*state = r;
	return 0;
}

static int
setup(void **state)
{
	return setup_processes(state, 0);
}

static int
setup_three(void **state)
{
	return setup_processes(state, 3);
}

static int
teardown(void **state)
{
	struct run *r = *state;
	int i;

	parser_free(r->parser);
	for (i = 0; i < r->n; i++)
		assert_int_equal(r->outcomes[i].done, 1);
	free(r);
	return 0;
}

static int
give(struct run *r, const char *text, size_t len, struct err *err)
{
	struct outcome *o = &r->outcomes[r->n++];

	return parser_send(
	    r->parser, o, NULL, xstrndup(text, len), len, 0, err);
}

/* text among others: it alone fails, with this reason, after this many. */
static void
one_fails_the_others_go_on(struct run *r, const char *text, const char *why)
{
	struct err err = ERR_INIT;
	int i;

	for (i = 0; i < 100; i++)
		assert_int_equal(give(r, i == 40 ? text : "good",
		                     i == 40 ? strlen(text) : 4, &err),
		    0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	for (i = 0; i < 100; i++) {
		assert_true(r->outcomes[i].ended);
		if (i == 40) {
			assert_non_null(strstr(r->outcomes[i].failed, why));
			assert_int_equal(r->outcomes[i].retries, 1);
		} else {
			assert_string_equal(r->outcomes[i].failed, "");
			assert_int_equal(r->outcomes[i].lines, 1);
			assert_string_equal(r->outcomes[i].first, "4 bytes");
		}
	}
}

static void
a_crash_costs_the_one_mail_that_caused_it(void **state)
{
	one_fails_the_others_go_on(*state, "crash", "crashed");
}

static void
a_forbidden_call_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "forbidden", "sandbox");
}

static void
leaving_in_the_middle_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "leave", "exited");
}

static void
too_much_cpu_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "busy", "of CPU");
}

static void
too_much_memory_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "memory", "of memory");
}

static void
a_hang_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "hang", "too long");
}

static void
what_hangs_is_said_to_be_slow_at_each_try(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(r, "good", 4, &err), 0);
	assert_int_equal(give(r, "hang", 4, &err), 0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	assert_int_equal(r->outcomes[0].slow, 0);
	assert_int_equal(r->outcomes[1].slow, 2);
}

static void
what_was_tried_before_is_tried_as_often_less(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	struct outcome *o = &r->outcomes[r->n++];

	assert_int_equal(
	    parser_send(r->parser, o, NULL, xstrdup("crash"), 5, 1, &err), 0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	assert_true(o->ended);
	assert_int_equal(o->retries, 0);
	assert_non_null(strstr(o->failed, "crashed"));
}

static void
an_answer_that_drips_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "drip", "too long");
}

static void
a_socket_that_is_closed_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "deaf", "too long");
}

static void
half_an_answer_is_forgotten(void **state)
{
	one_fails_the_others_go_on(*state, "half", "crashed");
}

static void
an_answer_that_cannot_be_believed_costs_one_mail(void **state)
{
	one_fails_the_others_go_on(*state, "lie", "nonsense");
}

static void
no_sandbox_blames_no_mail(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	int rc;

	if ((rc = give(r, "sandbox", 7, &err)) == 0)
		rc = parser_handle_all(r->parser, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.class, ERR_CONF);
	assert_false(r->outcomes[0].ended);
}

static void
a_kill_from_outside_blames_no_mail(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	int rc;

	if ((rc = give(r, "killed", 6, &err)) == 0)
		rc = parser_handle_all(r->parser, &err);
	assert_int_equal(rc, -1);
	assert_int_equal(err.class, ERR_AGAIN);
	assert_false(r->outcomes[0].ended);
}

/* Of address space, so that nothing of this size can be had. */
static rlim_t
limit_memory(rlim_t max)
{
	struct rlimit old, new;

	assert_int_equal(getrlimit(RLIMIT_AS, &old), 0);
	new = old;
	new.rlim_cur = max;
	assert_int_equal(setrlimit(RLIMIT_AS, &new), 0);
	return old.rlim_cur;
}

static void
a_machine_without_memory_blames_no_mail(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	rlim_t old;
	int rc;

#ifdef __SANITIZE_ADDRESS__
	skip();
#endif
	old = limit_memory(LIMIT_PARSE_MEMORY / 2);
	if ((rc = give(r, "memory", 6, &err)) == 0)
		rc = parser_handle_all(r->parser, &err);
	limit_memory(old);
	assert_int_equal(rc, -1);
	assert_int_equal(err.class, ERR_AGAIN);
	assert_false(r->outcomes[0].ended);
}

static void
large_and_empty_inputs_pass(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	size_t len = 20 << 20;
	char *big = xcalloc(1, len + 1);
	int i;

	memset(big, 'x', len);
	for (i = 0; i < 3; i++) {
		assert_int_equal(give(r, big, len, &err), 0);
		assert_int_equal(give(r, "", 0, &err), 0);
	}
	free(big);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	for (i = 0; i < 6; i++) {
		assert_true(r->outcomes[i].ended);
		assert_string_equal(r->outcomes[i].first,
		    i % 2 == 0 ? "20971520 bytes" : "0 bytes");
	}
}

/* So that its heap shrinks again; tests/system/test_hostile.py shows it. */
static void
freed_memory_is_not_kept_for_later(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;

	assert_int_equal(give(r, "tunables", 8, &err), 0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	assert_string_equal(
	    r->outcomes[0].first, "glibc.malloc.tcache_count=0");
}

static void
several_processes_answer_in_order(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	char text[MAX + 1], want[32];
	int i;

	memset(text, 'x', sizeof(text));
	for (i = 0; i < MAX; i++)
		assert_int_equal(give(r, text, (size_t)i, &err), 0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	for (i = 0; i < MAX; i++) {
		snprintf(want, sizeof(want), "%d bytes", i);
		assert_string_equal(r->outcomes[i].first, want);
	}
	assert_int_equal(r->answered, MAX);
}

static void
several_that_crash_cost_one_mail_each(void **state)
{
	struct run *r = *state;
	struct err err = ERR_INIT;
	int i;

	for (i = 0; i < 60; i++)
		assert_int_equal(give(r, i % 7 == 2 ? "crash" : "good",
		                     i % 7 == 2 ? 5 : 4, &err),
		    0);
	assert_int_equal(parser_handle_all(r->parser, &err), 0);
	for (i = 0; i < 60; i++) {
		assert_true(r->outcomes[i].ended);
		assert_int_equal(r->outcomes[i].failed[0] != '\0', i % 7 == 2);
	}
}

static void
a_program_that_is_not_there_is_a_configuration_error(void **state)
{
	const struct parser_settings settings = { .limits = LIMITS_DEFAULT };
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(parser_check("/nonexistent", &settings, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
	assert_non_null(strstr(err.text, "/nonexistent"));
	assert_int_equal(parser_check("/proc/self/exe", &settings, &err), 0);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
#define THREE(f) cmocka_unit_test_setup_teardown(f, setup_three, teardown)
		TEST(a_crash_costs_the_one_mail_that_caused_it),
		TEST(a_forbidden_call_costs_one_mail),
		TEST(leaving_in_the_middle_costs_one_mail),
		TEST(too_much_cpu_costs_one_mail),
		TEST(too_much_memory_costs_one_mail),
		TEST(a_hang_costs_one_mail),
		TEST(what_hangs_is_said_to_be_slow_at_each_try),
		TEST(what_was_tried_before_is_tried_as_often_less),
		TEST(an_answer_that_drips_costs_one_mail),
		TEST(a_socket_that_is_closed_costs_one_mail),
		TEST(half_an_answer_is_forgotten),
		TEST(an_answer_that_cannot_be_believed_costs_one_mail),
		TEST(no_sandbox_blames_no_mail),
		TEST(a_kill_from_outside_blames_no_mail),
		TEST(a_machine_without_memory_blames_no_mail),
		TEST(large_and_empty_inputs_pass),
		TEST(a_program_that_is_not_there_is_a_configuration_error),
		TEST(several_that_crash_cost_one_mail_each),
		THREE(a_crash_costs_the_one_mail_that_caused_it),
		THREE(a_forbidden_call_costs_one_mail),
		THREE(leaving_in_the_middle_costs_one_mail),
		THREE(too_much_cpu_costs_one_mail),
		THREE(too_much_memory_costs_one_mail),
		THREE(a_hang_costs_one_mail),
		THREE(what_was_tried_before_is_tried_as_often_less),
		THREE(half_an_answer_is_forgotten),
		THREE(an_answer_that_cannot_be_believed_costs_one_mail),
		THREE(no_sandbox_blames_no_mail),
		THREE(a_kill_from_outside_blames_no_mail),
		THREE(large_and_empty_inputs_pass),
		TEST(freed_memory_is_not_kept_for_later),
		THREE(several_that_crash_cost_one_mail_each),
		THREE(several_processes_answer_in_order),
	};

	if (argc > 1 && strcmp(argv[1], "--serve") == 0)
		_exit(stub_serve()); /* no search for leaks: it ends often */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
