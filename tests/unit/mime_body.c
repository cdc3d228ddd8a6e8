/* SPDX-License-Identifier: BSD-2-Clause */
/* mime_body: transfer encodings by what is declared, and by the bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parse/mime_body.h"

#define XML "<feedback><version>1.0</version></feedback>"
#define XML64 "PGZlZWRiYWNrPjx2ZXJzaW9uPjEuMDwvdmVyc2lvbj48L2ZlZWRiYWNrPg=="

/* It sees a copy of exact size, for the sanitizer to watch its ends. */
static void
assert_body(enum mime_encoding declared, const char *body, const char *expected)
{
	size_t len = strlen(body);
	const char *data;
	struct buf out = { 0 };
	char *copy = malloc(len + 1);

	assert_non_null(copy);
	memcpy(copy, body, len);
	copy = realloc(copy, len > 0 ? len : 1);
	data = copy;
	mime_body_decode(declared, &data, &len, &out);
	assert_int_equal(len, strlen(expected));
	assert_memory_equal(data, expected, len);
	buf_done(&out);
	free(copy);
}

static void
what_is_declared_is_undone(void **state)
{
	(void)state;
	assert_body(MIME_PLAIN, "", "");
	assert_body(MIME_BASE64, "", "");
	assert_body(MIME_PLAIN, XML, XML);
	assert_body(MIME_BASE64, XML64, XML);
	assert_body(MIME_BASE64, "aGVsbG8", "hello");
	assert_body(MIME_QP, "a=3Db", "a=b");
	assert_body(MIME_PLAIN, "aGVsbG8=", "aGVsbG8=");
}

static void
base64_shows_by_what_is_in_it(void **state)
{
	(void)state;
	assert_body(MIME_PLAIN, XML64, XML);
	assert_body(MIME_QP, XML64, XML);
	assert_body(MIME_PLAIN, "\r\n\r\n  " XML64 "\r\n", XML);
	assert_body(MIME_PLAIN, "UEsDBGFiY2RlZmc", "PK\3\4abcdefg");
	assert_true(mime_body_is_base64(XML64, sizeof(XML64) - 1));
	assert_false(mime_body_is_base64("Thequickbrownfoxjumps", 21));
	assert_false(mime_body_is_base64("", 0));
	assert_false(mime_body_is_base64(" \n", 2));
}

static void
either_alphabet_will_do(void **state)
{
	(void)state;
	assert_body(
	    MIME_PLAIN, "PGE+Pj4+fn5+P28/bz8gPC9hPg==", "<a>>>>~~~?o?o? </a>");
	assert_body(
	    MIME_PLAIN, "PGE-Pj4-fn5-P28_bz8gPC9hPg==", "<a>>>>~~~?o?o? </a>");
	assert_body(
	    MIME_BASE64, "PGE-Pj4-fn5-P28_bz8gPC9hPg", "<a>>>>~~~?o?o? </a>");
}

static void
each_piece_may_be_padded(void **state)
{
	(void)state;
	assert_body(MIME_BASE64, "PGE+\naGVsbG8=\nd29ybGQ=\n", "<a>helloworld");
	assert_body(MIME_BASE64, "YQ==YWJjYWJjYQ==\n", "aabcabca");
	assert_body(MIME_BASE64, "YWJjYQ==\n-- \nfooter\n", "abca");
	assert_body(MIME_BASE64, "YWJjYQ==\nOf what else\n", "abca");
	assert_body(MIME_BASE64, "YWJj\n____________\nThe list\n", "abc");
}

static void
words_around_do_no_harm(void **state)
{
	(void)state;
	assert_body(
	    MIME_PLAIN, "Here it is:\n\n" XML64 "\n\nBest, A. B.\n", XML);
	assert_body(MIME_PLAIN, "> " XML64 "\n", XML);
	assert_body(MIME_BASE64, "Here it is:\n\n" XML64 "\n", XML);
	assert_body(
	    MIME_PLAIN, "Content-Transfer-Encoding: base64\n\n" XML64, XML);
}

/* The field's value is base64 of its own. */
static void
a_header_is_not_searched(void **state)
{
	static const char text[] = "Feedback-Type: auth-failure\n"
	                           "DKIM-Canonicalized-Body:\n " XML64 "\n";

	(void)state;
	assert_body(MIME_PLAIN, text, text);
	assert_body(MIME_BASE64, text, text);
}

static void
encodings_may_lie_within_each_other(void **state)
{
	(void)state;
	assert_body(MIME_BASE64,
	    "UEdabFpXUmlZV05yUGp4MlpYSnphVzl1UGpFdU1Ed3ZkbVZ5YzJsdmJqNDhM"
	    "MlpsWldSaVlXTnJQZz09",
	    XML);
	assert_body(MIME_BASE64,
	    "PGZlZWRiYWNrPjx2ZXJzaW9uPjEuMDwvdmVyc2lvbj48L2Zl=\n"
	    "ZWRiYWNrPg=3D=3D",
	    XML);
}

static void
quoted_printable_shows_too(void **state)
{
	(void)state;
	assert_body(MIME_PLAIN, "<a b=3D\"c\">=\r\n</a>", "<a b=\"c\"></a>");
	assert_body(MIME_PLAIN, "<a b=\"=3D\"/>", "<a b=\"=3D\"/>");
	assert_body(MIME_PLAIN, "=3Ca/>", "<a/>");
	assert_body(MIME_PLAIN, "<a>1=20</a>", "<a>1=20</a>");
}

static void
what_is_plain_stays_so_whatever_it_is_called(void **state)
{
	(void)state;
	assert_body(MIME_BASE64, XML, XML);
	assert_body(MIME_BASE64, "{\"a\": 1}", "{\"a\": 1}");
	assert_body(MIME_QP, "\x1f\x8b\x08=3D", "\x1f\x8b\x08=3D");
}

/* A second of CPU would be a thousand times too much. */
static void
no_body_takes_more_than_linear_time(void **state)
{
	static const char *const units[] = { "A", "=", "AA==", "AA==\n", "\n",
		"A\n", "H4sI\n", "PGZl=\n", "=3D", "> ", "aGVsbG8gaGVsbG8g\n",
		"_", "--\n", "PGE+ = \n" };
	enum { SIZE = 4 << 20 };
	struct buf body = { 0 }, out = { 0 };
	const char *data;
	size_t i, len;
	int declared;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		for (declared = MIME_PLAIN; declared <= MIME_QP; declared++) {
			body.len = 0;
			while (body.len < SIZE)
				buf_add_str(&body, units[i]);
			data = body.at;
			len = body.len;
			mime_body_decode(
			    (enum mime_encoding)declared, &data, &len, &out);
			assert_true(len <= body.len);
		}
	buf_done(&body);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_declared_is_undone),
		cmocka_unit_test(base64_shows_by_what_is_in_it),
		cmocka_unit_test(either_alphabet_will_do),
		cmocka_unit_test(each_piece_may_be_padded),
		cmocka_unit_test(words_around_do_no_harm),
		cmocka_unit_test(a_header_is_not_searched),
		cmocka_unit_test(encodings_may_lie_within_each_other),
		cmocka_unit_test(quoted_printable_shows_too),
		cmocka_unit_test(what_is_plain_stays_so_whatever_it_is_called),
		cmocka_unit_test(no_body_takes_more_than_linear_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
