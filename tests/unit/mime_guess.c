/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mime: parts whose boundary, type or parameters are not as they should be.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "parse/mime.h"
#include "parse/mime_guess.h"

/* One leaf a line: "where|type|filename|data". */
static int
note_leaf(const struct mime_leaf *l, void *arg, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_printf(b, "%s|%s|%s|%.*s%s\n", l->where,
	    l->type != NULL ? l->type : "-",
	    l->filename != NULL ? l->filename : "-", (int)l->len, l->data,
	    l->unseparated ? "!" : "");
	return 0;
}

/* The walk sees a copy of exact size, for the sanitizer to watch its ends. */
static void
assert_walk(const char *mail, const char *expected)
{
	size_t len = strlen(mail);
	struct err err = ERR_INIT;
	struct buf b = { 0 };
	char *copy = malloc(len);

	assert_non_null(copy);
	memcpy(copy, mail, len);
	assert_int_equal(mime_walk(copy, len, note_leaf, &b, &err), 0);
	assert_string_equal(buf_str(&b), expected);
	buf_done(&b);
	free(copy);
}

/* Two parts, whatever the header says of their boundary. */
static void
assert_parts(const char *type)
{
	struct buf mail = { 0 };

	buf_printf(&mail,
	    "Content-Type: %s\n\npreamble\n-- \nx\n--=_b 1 \n"
	    "content-type: text/xml\n\n<a/>\n--=_b 1\n"
	    "Content-Disposition: attachment\n\nb\n--=_b 1--\nend\n",
	    type);
	assert_walk(buf_str(&mail), "part 1|text/xml|-|<a/>\npart 2|-|-|b\n");
	buf_done(&mail);
}

static void
a_boundary_that_is_not_there_is_found_in_the_body(void **state)
{
	(void)state;
	assert_parts("multipart/mixed");
	assert_parts("multipart/mixed; boundary=");
	assert_parts("multipart/mixed; boundary=\"other\"");
	assert_parts("multipart/mixed; boundary='=_b 1'");
	assert_parts("multipart/mixed; boundary=\"=_B 1\"");
	assert_parts("multipart/mixed; boundary=\xe2\x80\x9c=_b 1\xe2\x80\x9d");
	assert_parts("multipart/mixed; boundary=\"--=_b 1\"");
	assert_parts("multipart/report; report-type=tlsrpt; boundary=\"=_b\"");
	/* The right one. */
	assert_parts("multipart/mixed; boundary=\"=_b 1\"");
	assert_parts("multipart/mixed; boundary=\"=_b 1");
}

static void
it_is_found_within_other_parts(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	            "Content-Type: multipart/mixed; boundary=x\n\n--i\n"
	            "Content-Type: a/a\n\none\n--i--\n--o\n"
	            "Content-Type: multipart/mixed\n\n--i\n"
	            "Content-Type: b/b\n\ntwo\n--o\n\nthree\n--o--\n",
	    "part 1.1|a/a|-|one\npart 2.1|b/b|-|two\npart 3|-|-|three\n");
}

static void
text_is_no_boundary(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed\n\n--b\n\nx\n--b--\n",
	    "body|multipart/mixed|-|--b\n\nx\n--b--\n\n");
	assert_walk("Content-Type: multipart/mixed\n\n--b", /* at the end */
	    "body|multipart/mixed|-|--b\n");
	assert_walk("Content-Type: multipart/mixed\n\n--b\n",
	    "body|multipart/mixed|-|--b\n\n");
	assert_walk("Content-Type: multipart/mixed\n\n--b\ncontents\n",
	    "body|multipart/mixed|-|--b\ncontents\n\n");
	assert_walk("Content-Type: multipart/mixed\n\n--b\ncontent : x\n",
	    "body|multipart/mixed|-|--b\ncontent : x\n\n");
	assert_walk("Content-Type: multipart/mixed\n\n"
	            "-----BEGIN PGP MESSAGE-----\nVersion: 1\n\nx\n",
	    "body|multipart/mixed|-|-----BEGIN PGP MESSAGE-----\n"
	    "Version: 1\n\nx\n\n");
}

static void
a_boundary_of_any_length_is_no_boundary(void **state)
{
	char body[MIME_BOUNDARY + 64], boundary[MIME_BOUNDARY];
	size_t n;

	(void)state;
	for (n = MIME_BOUNDARY; n <= MIME_BOUNDARY + 1; n++) {
		memset(body, 'b', sizeof(body));
		memcpy(body, "--", 2);
		memcpy(body + 2 + n, "\nContent-Type: x\n", 18);
		assert_int_equal(mime_guess_boundary(body, body + strlen(body),
		                     false, boundary),
		    n <= MIME_BOUNDARY ? n : 0);
	}
}

static void
parts_may_begin_where_no_multipart_is_declared(void **state)
{
	(void)state;
	assert_walk("Subject: x\n\n\n--b\nContent-Type: a/a\n\none\n--b--\n",
	    "part 1|a/a|-|one\n");
	assert_walk("Content-Type: text/plain\n\n--b\nContent-Type: a/a\n\n1",
	    "part 1|a/a|-|1\n");
	/* But not behind words: somebody quotes a mail, or returns it. */
	assert_walk("Subject: x\n\nHi.\n--b\nContent-Type: a/a\n\none\n--b--\n",
	    "body|-|-|Hi.\n--b\nContent-Type: a/a\n\none\n--b--\n\n");
	assert_walk("Content-Type: text/html\n\n--b\nContent-Type: a/a\n\n1",
	    "body|text/html|-|--b\nContent-Type: a/a\n\n1\n");
}

static void
a_digest_is_of_mails(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/digest; boundary=b\n\n"
	            "--b\n\nFrom: a@b\nContent-Type: text/xml\n\n<a/>\n"
	            "--b\nContent-Type: text/plain\n\ncontents\n--b\n"
	            "Content-Transfer-Encoding: base64\n\n"
	            "RnJvbTogYUBiCkNvbnRlbnQtVHlwZTogYS9iCgp4\n--b--\n",
	    "part 1|text/xml|-|<a/>\npart 2|text/plain|-|contents\n"
	    "part 3|a/b|-|x\n");
	/* Without its boundary, too. */
	assert_walk("Content-Type: multipart/digest\n\n--- \nwords\n"
	            "--b\n\nFrom: a@b\nContent-Type: text/xml\n\n<a/>\n--b--\n",
	    "part 1|text/xml|-|<a/>\n");
	/* A part of another multipart is text. */
	assert_walk("Content-Type: multipart/mixed; boundary=b\n\n"
	            "--b\n\nFrom: a@b\n\nx\n--b--\n",
	    "part 1|-|-|From: a@b\n\nx\n");
}

static void
comments_are_passed_over(void **state)
{
	static const char expected[] = "part 1|text/xml|-|<a/>\n";

	(void)state;
	assert_walk("Content-Type: (c) multipart/mixed (a;b=(c)\\)) ; (\"d)"
	            " boundary (e) = (f) b (g;boundary=h)\n\n--b\n"
	            "Content-Type: text/xml(x;y)\n\n<a/>\n--b--\n",
	    expected);
	assert_walk("Content-Type: multipart/mixed; boundary=\"b\" (x)\n\n"
	            "--b\nContent-Type: text/xml (x) ; name (y)\n\n<a/>\n--b--",
	    expected);
	/* One without end, and what looks like one in a file's name. */
	assert_walk("Content-Type: multipart/mixed (x; boundary=b\n\n"
	            "--b\nContent-Type: text/xml\n\n<a/>\n--b--",
	    expected);
	assert_walk("Content-Type: text/xml; name=a (1).xml\n\n<a/>",
	    "body|text/xml|a (1).xml|<a/>\n");
	assert_walk("Content-Type: a/b; name=\"a (1;2).xml\" (c)\n\nx",
	    "body|a/b|a (1;2).xml|x\n");
}

static void
a_body_that_is_taken_for_the_header_is_marked(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	            "Content-Type: a/b\nabcd\nefgh\n\n--b--\n",
	    "part 1|a/b|-|!\n");
	/* Without an empty line the first line that is no field begins it. */
	assert_walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	            "Content-Type: a/b\nabcd\nefgh\n--b--\n",
	    "part 1|a/b|-|abcd\nefgh\n");
}

static int
count_leaf(const struct mime_leaf *l, void *arg, struct err *err)
{
	(void)l;
	(void)err;
	++*(int *)arg;
	return 0;
}

/* A mail within mails within mails, each a file in the one around it. */
static int
walk_nested(int depth, struct err *err)
{
	struct buf mail = { 0 };
	int i, leaves = 0, status;

	for (i = 0; i < depth; i++)
		buf_add_str(&mail,
		    "From: a@b\nMIME-Version: 1.0\n"
		    "Content-Type: application/x-mail\n\n");
	buf_add_str(&mail, "From: a@b\nMIME-Version: 1.0\n\nx");
	status = mime_walk(mail.at, mail.len, count_leaf, &leaves, err);
	assert_int_equal(leaves, status == 0);
	buf_done(&mail);
	return status;
}

static void
parts_are_nested_as_deep_as_the_limit(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(LIMIT_MIME_DEPTH, 32);
	assert_int_equal(walk_nested(LIMIT_MIME_DEPTH, &err), 0);
	assert_int_equal(walk_nested(LIMIT_MIME_DEPTH + 1, &err), -1);
	assert_int_equal(err.class, ERR_LIMIT);
}

static void
mails_that_were_decoded_are_counted(void **state)
{
	struct err err = ERR_INIT;
	struct buf mail = { 0 };
	int i, leaves = 0;

	(void)state;
	for (i = 0; i < 3; i++)
		buf_add_str(&mail,
		    "From: a@b\nContent-Type: message/rfc822\n"
		    "Content-Transfer-Encoding: quoted-printable\n\n");
	buf_add_str(&mail, "From: a@b\n\n");
	buf_reserve(&mail, LIMIT_MIME_NESTED / 2);
	memset(mail.at + mail.len, 'x', LIMIT_MIME_NESTED / 2);
	mail.len += LIMIT_MIME_NESTED / 2;
	assert_int_equal(
	    mime_walk(mail.at, mail.len, count_leaf, &leaves, &err), -1);
	assert_int_equal(err.class, ERR_LIMIT);
	assert_non_null(strstr(err.text, "decode to more than 48 MiB"));
	buf_done(&mail);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_boundary_that_is_not_there_is_found_in_the_body),
		cmocka_unit_test(it_is_found_within_other_parts),
		cmocka_unit_test(text_is_no_boundary),
		cmocka_unit_test(a_boundary_of_any_length_is_no_boundary),
		cmocka_unit_test(
		    parts_may_begin_where_no_multipart_is_declared),
		cmocka_unit_test(a_digest_is_of_mails),
		cmocka_unit_test(comments_are_passed_over),
		cmocka_unit_test(a_body_that_is_taken_for_the_header_is_marked),
		cmocka_unit_test(parts_are_nested_as_deep_as_the_limit),
		cmocka_unit_test(mails_that_were_decoded_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
