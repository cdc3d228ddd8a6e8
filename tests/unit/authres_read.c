/* SPDX-License-Identifier: BSD-2-Clause */
/* authres_read: a field of any dialect, cut into its parts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "parse/authres_read.h"

static void
add_comment(const char *p, size_t n, void *arg)
{
	buf_printf(arg, "(%.*s)", (int)n, p);
}

/*
 * All that is in a field, as "id|method=result name=value ...|..." with
 * comments in parentheses where they were met.
 */
static void
assert_field(const char *field, const char *parts)
{
	struct buf out = { 0 };
	struct authres_read r = { .comment = add_comment, .arg = &out };
	size_t len = strlen(field);
	char *copy = malloc(len + (len == 0));
	int i;

	assert_non_null(copy);
	memcpy(copy, field, len);
	authres_read_start(&r, copy, len);
	if ((i = authres_read_instance(&r)) > 0)
		buf_printf(&out, "%d:", i);
	switch (authres_read_id(&r)) {
	case AUTHRES_ID:
		buf_add_str(&out, r.value);
		break;
	case AUTHRES_NO_ID:
		buf_add_str(&out, "no id");
		break;
	case AUTHRES_ID_BROKEN:
		buf_printf(&out, "broken %s", r.value);
		break;
	}
	while (authres_read_result(&r)) {
		buf_printf(&out, "|%s=%s", r.method, r.result);
		while (authres_read_property(&r))
			buf_printf(&out, " %s=%s", r.name, r.value);
	}
	if (r.broken)
		buf_add_str(&out, "!");
	if (strcmp(buf_str(&out), parts) != 0)
		fail_msg("%s: %s, not %s", field, buf_str(&out), parts);
	buf_done(&out);
	free(copy);
}

static void
every_dialect_has_the_same_parts(void **state)
{
	(void)state;
	assert_field(" mx.example.org; dkim=pass header.d=example.org "
	             "header.s=k1;\r\n\tspf=fail (no) smtp.mailfrom=a@b.c",
	    "mx.example.org|dkim=pass header.d=example.org header.s=k1"
	    "|spf=fail(no) smtp.mailfrom=a@b.c");
	assert_field("mx.example.org 1; none", "mx.example.org");
	assert_field("spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=a.b; "
	             "host.example;dkim=none (message not signed) "
	             "header.d=none;compauth=pass reason=100",
	    "no id|spf=pass(sender IP is 192.0.2.1) smtp.mailfrom=a.b"
	    "|dkim=none(message not signed) header.d=none"
	    "|compauth=pass reason=100");
	assert_field(
	    "i=2; mx.microsoft.com 1; spf=none", "2:mx.microsoft.com|spf=none");
	assert_field("y; dmarc=pass(p=REJECT) header.from=a.b",
	    "y|dmarc=pass(p=REJECT) header.from=a.b");
	assert_field("y; dmarc/1=fail reason=\"a; b=c (d)\" policy.x=y",
	    "y|dmarc=fail reason=a; b=c (d) policy.x=y");
	assert_field("y; dkim = pass header.b = \"a\\\"b\"",
	    "y|dkim=pass header.b=a\"b");
}

static void
what_is_broken_is_told(void **state)
{
	(void)state;
	assert_field("", "broken ");
	assert_field("mx.example.org", "broken mx.example.org");
	assert_field(
	    "mx.example.org 2; spf=pass", "broken mx.example.org|spf=pass");
	assert_field("y; spf=pass (never ends smtp.mailfrom=x", "y|spf=pass!");
	assert_field("y; spf=pass smtp.mailfrom=\"x",
	    "y|spf=pass "
	    "smtp.mailfrom=x!");
	assert_field("i=0; y; spf=pass", "no id|i=0|spf=pass");
}

static void
words_between_are_passed_over(void **state)
{
	(void)state;
	assert_field("y; ; ;spf; =pass; dkim=; dmarc=pass word a= b",
	    "y|dmarc=pass a=b");
	assert_field("y; spf=pass (a (nested \\) one)) a=b (last)",
	    "y|spf=pass(a (nested \\) one)) a=b(last)");
}

static void
a_word_that_is_too_long_is_empty(void **state)
{
	struct authres_read r = { 0 };
	struct buf b = { 0 };
	size_t i;

	(void)state;
	buf_add_str(&b, "y; spf=pass smtp.mailfrom=");
	for (i = 0; i < AUTHRES_WORD; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, " a=b");
	authres_read_start(&r, b.at, b.len);
	assert_int_equal(authres_read_id(&r), AUTHRES_ID);
	assert_true(authres_read_result(&r));
	assert_true(authres_read_property(&r));
	assert_string_equal(r.name, "smtp.mailfrom");
	assert_string_equal(r.value, "");
	assert_true(authres_read_property(&r));
	assert_string_equal(r.value, "b");
	buf_done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_has_the_same_parts),
		cmocka_unit_test(what_is_broken_is_told),
		cmocka_unit_test(words_between_are_passed_over),
		cmocka_unit_test(a_word_that_is_too_long_is_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
