/* SPDX-License-Identifier: BSD-2-Clause */
/* dsn: what a bounce says, in its fields or in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "parse/dsn.h"

/* What was read last. */
static struct explain_bounce bounce;
static struct arena arena;
static bool is_cut;

static int
teardown(void **state)
{
	(void)state;
	array_done(&bounce.recipients);
	memset(&bounce, 0, sizeof(bounce));
	arena_done(&arena);
	is_cut = false;
	return 0;
}

/* Exactly as large, so that ASan watches. */
static bool
read_fields(const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));
	bool seen;

	teardown(NULL);
	assert_non_null(copy);
	memcpy(copy, text, len);
	seen = dsn_read(copy, len, &arena, &bounce, &is_cut);
	free(copy);
	return seen;
}

/* Where the original begins in the text, -1: nowhere. */
static long
read_words(const char *text)
{
	const char *original;

	teardown(NULL);
	original = dsn_read_words(text, strlen(text), &arena, &bounce, &is_cut);
	return original != NULL ? original - text : -1;
}

static const struct explain_recipient *
to(size_t n)
{
	assert_true(n < bounce.recipients.n);
	return (const struct explain_recipient *)bounce.recipients.at + n;
}

static void
each_group_of_fields_is_a_recipient(void **state)
{
	(void)state;
	assert_true(read_fields("\r\nReporting-MTA: dns; MX.example.org.\r\n"
	                        "Arrival-Date: Fri, 27 Nov 2026 09:15:07 "
	                        "+0000\r\n\r\n"
	                        "Final-Recipient: rfc822; <a@example.org>\r\n"
	                        "Action: Failed (really)\r\n"
	                        "Status: 5.1.1 (no such user)\r\n"
	                        "Remote-MTA: dns; mx.example.net. (192.0.2.1, "
	                        "the server)\r\n"
	                        "Diagnostic-Code: SMTP; 550 5.1.1\r\n"
	                        "\tUser unknown\r\n\r\n\r\n"
	                        "Original-Recipient: rfc822;b@example.org\r\n"
	                        "Status: 4.4.1\r\n"
	                        "Diagnostic-Code: no type at all\r\n"));
	assert_string_equal(bounce.reporting_mta, "mx.example.org");
	assert_int_equal(bounce.arrival, 1795770907);
	assert_int_equal(bounce.recipients.n, 2);
	assert_string_equal(to(0)->address, "a@example.org");
	assert_string_equal(to(0)->action, "failed");
	assert_string_equal(to(0)->status, "5.1.1");
	assert_string_equal(to(0)->remote_mta, "mx.example.net");
	assert_string_equal(to(0)->diagnostic_type, "smtp");
	assert_string_equal(to(0)->diagnostic, "550 5.1.1 User unknown");
	assert_int_equal(to(0)->reply.code, 550);
	assert_string_equal(to(0)->reply.text, "User unknown");
	assert_null(to(1)->address);
	assert_string_equal(to(1)->original_address, "b@example.org");
	assert_null(to(1)->diagnostic_type);
	assert_string_equal(to(1)->diagnostic, "no type at all");
	assert_int_equal(to(1)->reply.code, 0);
}

static void
what_is_no_delivery_status_is_none(void **state)
{
	(void)state;
	assert_false(read_fields(""));
	assert_false(read_fields("\n\n\n"));
	assert_false(read_fields("From: a@example.org\n\nwords\n"));
	assert_false(read_fields("no fields\nat all"));
	assert_int_equal(bounce.recipients.n, 0);
	/* Lines that are none end a group, and no field behind is lost. */
	assert_true(read_fields("Final-Recipient: rfc822; a@example.org\n"
	                        "nonsense\nFinal-Recipient: rfc822; "
	                        "b@example.org\nAction: failed"));
	assert_true(bounce.recipients.n >= 1);
	assert_string_equal(to(0)->address, "a@example.org");
}

static void
recipients_have_a_limit(void **state)
{
	struct buf b = { 0 };
	int i;

	(void)state;
	for (i = 0; i < LIMIT_EXPLAIN_RECIPIENTS; i++)
		buf_add_str(&b, "Action: failed\n\n");
	assert_true(read_fields(buf_str(&b)));
	assert_false(is_cut);
	assert_int_equal(bounce.recipients.n, LIMIT_EXPLAIN_RECIPIENTS);
	buf_add_str(&b, "Action: failed\n\n");
	assert_true(read_fields(buf_str(&b)));
	assert_true(is_cut);
	assert_int_equal(bounce.recipients.n, LIMIT_EXPLAIN_RECIPIENTS);
	buf_done(&b);
}

static void
words_name_who_failed_and_what_was_answered(void **state)
{
	static const char text[] =
	    "This is the mail system.\n\n<a@example.org>: host "
	    "mx.example.net[192.0.2.1] said: 550-5.7.1\n    550 5.7.1 no\n\n"
	    "  b@example.org\n    SMTP error: 451 4.7.1 later\n\n"
	    "Write to help@example.net if you need help.\n"
	    "---- copy of the message ----\n\n"
	    "Received: from x by y\nFrom: c@example.org\n\nHello\n";

	(void)state;
	assert_int_equal(read_words(text), strstr(text, "Received:") - text);
	assert_int_equal(bounce.recipients.n, 2);
	assert_string_equal(to(0)->address, "a@example.org");
	assert_int_equal(to(0)->reply.code, 550);
	assert_string_equal(to(0)->reply.text, "no");
	assert_string_equal(to(0)->reply.host, "mx.example.net");
	assert_string_equal(to(1)->address, "b@example.org");
	assert_int_equal(to(1)->reply.code, 451);
}

static void
an_answer_without_a_name_is_kept_and_words_alone_are_nothing(void **state)
{
	(void)state;
	assert_int_equal(read_words("It failed: 554 5.7.9 policy\n"), -1);
	assert_int_equal(bounce.recipients.n, 1);
	assert_null(to(0)->address);
	assert_string_equal(to(0)->reply.enhanced, "5.7.9");
	assert_int_equal(read_words("It failed.  Sorry.\n"), -1);
	assert_int_equal(bounce.recipients.n, 0);
	assert_int_equal(read_words(""), -1);
	/* One field by itself is no header. */
	assert_int_equal(read_words("Subject: x is what you wrote\nBye\n"), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
		    each_group_of_fields_is_a_recipient, teardown),
		cmocka_unit_test_teardown(
		    what_is_no_delivery_status_is_none, teardown),
		cmocka_unit_test_teardown(recipients_have_a_limit, teardown),
		cmocka_unit_test_teardown(
		    words_name_who_failed_and_what_was_answered, teardown),
		cmocka_unit_test_teardown(
		    an_answer_without_a_name_is_kept_and_words_alone_are_nothing,
		    teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
