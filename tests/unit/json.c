/* SPDX-License-Identifier: BSD-2-Clause */
/* json: strings of strangers in JSON, safe for a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"

static void
assert_added(void (*add)(struct buf *, const char *), const char *s,
    const char *expected)
{
	struct buf b = { 0 };

	add(&b, s);
	assert_string_equal(buf_str(&b), expected);
	buf_done(&b);
}

static void
a_string_is_quoted_and_its_quotes_are_escaped(void **state)
{
	(void)state;
	assert_added(json_add_string, "", "\"\"");
	assert_added(json_add_string, "a \"b\" \\ c", "\"a \\\"b\\\" \\\\ c\"");
	assert_added(json_add_string, "\xc3\xa9\xf0\x9f\x93\xa7",
	    "\"\xc3\xa9\xf0\x9f\x93\xa7\"");
}

static void
what_could_drive_a_terminal_is_escaped(void **state)
{
	(void)state;
	assert_added(
	    json_add_string, "\x1b[2J\n\x7f", "\"\\u001b[2J\\u000a\\u007f\"");
	assert_added(json_add_string, "\xe2\x80\xae", "\"\\u202e\"");
	/* U+E0001, beyond the BMP. */
	assert_added(json_add_string, "\xf3\xa0\x80\x81", "\"\\udb40\\udc01\"");
}

static void
bytes_that_are_not_utf8_become_the_replacement_character(void **state)
{
	(void)state;
	assert_added(
	    json_add_string, "a\xff\xc3", "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void
strings_are_an_array(void **state)
{
	const char *two[] = { "a", "b\"" };
	struct array a = { two, 2, 2 };
	struct buf b = { 0 };

	(void)state;
	json_add_strings(&b, &a);
	a.n = 0;
	json_add_strings(&b, &a);
	assert_string_equal(buf_str(&b), "[\"a\",\"b\\\"\"][]");
	buf_done(&b);
}

static void
json_stays_json_on_one_line(void **state)
{
	(void)state;
	assert_added(json_add_json, "{\"a\\\"\":\n\t[1, \"\xc2\x9b\"]}",
	    "{\"a\\\"\":  [1, \"\\u009b\"]}");
}

static void
items_are_separated_where_they_are_not_the_first(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_add_char(&b, '[');
	json_add_item(&b, "a[");
	json_add_item(&b, NULL);
	json_add_item_int(&b, INT64_MIN);
	buf_add_str(&b, ",{");
	json_add_member(&b, "n", "x:");
	json_add_member_int(&b, "m", 0);
	json_add_member(&b, "o", NULL);
	buf_add_str(&b, "}");
	json_add_item_int(&b, 1);
	buf_add_char(&b, ']');
	assert_string_equal(buf_str(&b),
	    "[\"a[\",null,-9223372036854775808,"
	    "{\"n\":\"x:\",\"m\":0,\"o\":null},1]");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_string_is_quoted_and_its_quotes_are_escaped),
		cmocka_unit_test(what_could_drive_a_terminal_is_escaped),
		cmocka_unit_test(
		    bytes_that_are_not_utf8_become_the_replacement_character),
		cmocka_unit_test(strings_are_an_array),
		cmocka_unit_test(json_stays_json_on_one_line),
		cmocka_unit_test(
		    items_are_separated_where_they_are_not_the_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
