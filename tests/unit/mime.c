/* SPDX-License-Identifier: BSD-2-Clause */
/* mime: mails taken apart, header fields read, caps kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "parse/mime.h"
#include "parse/mime_decode.h"
#include "parse/mime_header.h"

/* What the walk found, one leaf a line: "where|type|filename|flags|data". */
static int
note_leaf(const struct mime_leaf *l, void *arg, struct err *err)
{
	struct buf *b = arg;

	(void)err;
	buf_printf(b, "%s|%s|%s|%s%s|%.*s\n", l->where,
	    l->type != NULL ? l->type : "-",
	    l->filename != NULL ? l->filename : "-", l->forwarded ? "f" : "",
	    l->in_bounce ? "b" : "", (int)l->len, l->data);
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

static void
a_mail_without_parts_is_one_leaf(void **state)
{
	(void)state;
	assert_walk("From: a@b\nContent-Type: application/zip;\n"
	            "\tname=\"x.zip\"\n\nPK\n",
	    "body|application/zip|x.zip||PK\n\n");
	assert_walk("A: b\r\n\r\n", "body|-|-||\n");
	assert_walk("A: b", "body|-|-||\n");
}

static void
multiparts_are_walked_in_order(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=\"o;x\"\r\n\r\n"
	            "preamble\r\n--o;x\r\n\r\none\r\n--o;x\r\n"
	            "Content-Type: multipart/alternative; boundary=i\r\n\r\n"
	            "--i\r\nContent-Type: TEXT/HTML\r\n\r\ntwo\r\n\r\n"
	            "--i--  \r\nepilogue\r\n--o;x\r\n"
	            "Content-Disposition: attachment; filename=c.gz\r\n\r\n"
	            "three\r\n--o;x--\r\nepilogue\r\n--o;x\r\n\r\nno\r\n",
	    "part 1|-|-||one\n"
	    "part 2.1|text/html|-||two\r\n\n"
	    "part 3|-|c.gz||three\n");
}

static void
line_feeds_alone_and_a_missing_end_do_no_harm(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n"
	            "Content-Type: text/xml\n\n<a/>\n--b\n\nlast\n",
	    "part 1|text/xml|-||<a/>\npart 2|-|-||last\n\n");
}

static void
an_outer_boundary_ends_inner_parts(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	            "Content-Type: multipart/mixed; boundary=oo\n\n--oo\n\n"
	            "in\n--o\n\nout\n--o--\n",
	    "part 1.1|-|-||in\npart 2|-|-||out\n");
}

static void
a_multipart_without_parts_is_a_leaf(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	            "Content-Type: multipart/alternative; boundary=none\n"
	            "Content-Transfer-Encoding: base64\n\nPGEvPg==\n--o--\n",
	    "part 1|multipart/alternative|-||<a/>\n");
	assert_walk("Content-Type: multipart/mixed\n\n<a/>",
	    "body|multipart/mixed|-||<a/>\n");
}

static void
only_whole_lines_are_boundaries(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n"
	            "x--b\n--bb\n --b\n--b-\n--b \t\n\ny\n--b--\n",
	    "part 1|-|-||x--b\n--bb\n --b\n--b-\npart 2|-|-||y\n");
}

static void
transfer_encodings_are_undone(void **state)
{
	(void)state;
	assert_walk("Content-Transfer-Encoding: BASE64\n\n"
	            "aGV\n  sbG8\r\ngd29y*bGQ=\n-- \nfooter\n",
	    "body|-|-||hello world\n");
	assert_walk("Content-Transfer-Encoding: quoted-printable\n\n"
	            "a=3Db=3d=\r\nc= \nd=zz=",
	    "body|-|-||a=b=cd=zz\n");
	assert_walk("Content-Transfer-Encoding: 8bit\n\n\xff=3D",
	    "body|-|-||\xff=3D\n");
}

static void
base64_of_every_length_decodes(void **state)
{
	static const char *const pairs[][2] = { { "", "" }, { "YQ==", "a" },
		{ "YWI=", "ab" }, { "YWJj", "abc" }, { "YWJjZA", "abcd" },
		{ "YWJjZGU", "abcde" }, { "Y", "" }, { "====", "" } };
	struct buf b = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(pairs) / sizeof(*pairs); i++) {
		b.len = 0;
		mime_decode_base64(pairs[i][0], strlen(pairs[i][0]), &b);
		assert_string_equal(buf_str(&b), pairs[i][1]);
	}
	buf_done(&b);
}

static void
nested_mails_are_read_and_marked(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	            "Content-Type: message/rfc822\n\n"
	            "Subject: inner\n"
	            "Content-Type: multipart/mixed; boundary=i\n\n"
	            "--i\n\none\n--i--\n--o\n\ntwo\n--o--\n",
	    "part 1.1|-|-|f|one\npart 2|-|-||two\n");
	assert_walk("Content-Type: message/rfc822\n\n"
	            "Content-Type: message/rfc822\n\nA: b\n\nx",
	    "body|-|-|f|x\n");
}

static void
encoded_nested_mails_are_read_too(void **state)
{
	/* "A: b\nContent-Type: multipart/mixed; boundary=o\n\n--o\n\nx" */
	static const char inner[] =
	    "QTogYgpDb250ZW50LVR5cGU6IG11bHRpcGFydC9taXhlZDsgYm91bmRhcnk9"
	    "bwoKLS1vCgp4\n";
	char mail[512];

	(void)state;
	snprintf(mail, sizeof(mail),
	    "Content-Type: multipart/mixed; boundary=o\n\n--o\n"
	    "Content-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\n%s--o\n\nafter\n--o--\n",
	    inner);
	assert_walk(mail, "part 1.1|-|-|f|x\npart 2|-|-||after\n");
	snprintf(mail, sizeof(mail),
	    "Content-Type: application/octet-stream; name=r.EML\n"
	    "Content-Transfer-Encoding: base64\n\n%s",
	    inner);
	assert_walk(mail, "part 1|-|-|f|x\n");
}

static void
what_a_bounce_returns_is_marked(void **state)
{
	(void)state;
	assert_walk("Content-Type: multipart/report; boundary=o;\n"
	            " report-type=\"delivery-status\"\n\n"
	            "--o\n\nsorry\n--o\nContent-Type: message/rfc822\n\n"
	            "A: b\n\nreport\n--o--\n",
	    "part 1|-|-||sorry\npart 2|-|-|fb|report\n");
	/* Not every bounce names its type. */
	assert_walk("Content-Type: multipart/mixed; boundary=o\n\n"
	            "--o\nContent-Type: message/delivery-status\n\nx\n"
	            "--o\nContent-Type: message/rfc822\n\n"
	            "A: b\n\nreport\n--o--\n",
	    "part 1|message/delivery-status|-||x\n"
	    "part 2|-|-|fb|report\n");
}

static void
broken_part_headers_lose_no_body(void **state)
{
	(void)state;
	assert_walk("ContentType: multipart/mixed; boundary=b\n\n"
	            "--b\nContentType: application/zip; name=a.zip\n"
	            "Content-Transfer-Encoding: base64\nUEs=\n"
	            "--b\n<a/>\n--b\nContent-Type: text/xml\n--b--\n",
	    "part 1|application/zip|a.zip||PK\n"
	    "part 2|-|-||<a/>\n"
	    "part 3|text/xml|-||\n");
}

static void
file_names_are_joined_and_decoded(void **state)
{
	(void)state;
	assert_walk("Content-Disposition: attachment;\n"
	            " filename*0=\"a!b!1!2.xm\";\n filename*1=\"l.gz\"\n\n",
	    "body|-|a!b!1!2.xml.gz||\n");
	assert_walk("Content-Disposition: attachment;"
	            " filename*1*=%E9; filename*0*=iso-8859-1'de'caf\n\n",
	    "body|-|caf\xc3\xa9||\n");
	assert_walk("Content-Disposition: x; filename*=UTF-8''%C3%A9.gz\n\n",
	    "body|-|\xc3\xa9.gz||\n");
	assert_walk("Content-Type: a/b; name=\"=?utf-8?Q?=C3=A9?=.gz\"\n\n",
	    "body|a/b|\xc3\xa9.gz||\n");
	assert_walk("Content-Type: a/b; name=a b!c.zip ; x=y\n\n",
	    "body|a/b|a b!c.zip||\n");
	assert_walk("Content-Type: a/b; name=\"a\\\"b;c.zip\n\n",
	    "body|a/b|a\"b;c.zip||\n");
	assert_walk("Content-Type: a/b; name*99=x; name*100=y; name*7=\n\n",
	    "body|a/b|-||\n");
}

/* --- facts ---------------------------------------------------------------- */

struct facts_test {
	struct arena arena;
	struct mail_facts facts;
};

static int
setup_facts(void **state)
{
	*state = calloc(1, sizeof(struct facts_test));
	return *state == NULL;
}

static int
teardown_facts(void **state)
{
	struct facts_test *t = *state;

	arena_done(&t->arena);
	free(t);
	return 0;
}

static const struct mail_facts *
read_facts(void **state, const char *mail)
{
	struct facts_test *t = *state;

	mime_read_facts(mail, strlen(mail), &t->arena, &t->facts);
	return &t->facts;
}

static void
the_outer_header_gives_the_facts(void **state)
{
	const struct mail_facts *f = read_facts(state,
	    "From x Mon Nov 23 00:00:00 2026\n"
	    "MESSAGE-ID:\n <1@b>\nFrom: X <a@Example.ORG>\n"
	    "subject:  Report\n domain:  x \nDate: Mon, 23 Nov 2026 "
	    "01:02:03 +0100\n\nFrom: no@no\n");

	assert_string_equal(f->msgid, "1@b");
	assert_string_equal(f->sender, "a@Example.ORG");
	assert_string_equal(f->from_domain, "example.org");
	assert_string_equal(f->subject, "Report domain:  x");
	assert_int_equal(f->sent_ts, 1795392123);
	f = read_facts(state, "X: y\n\nSubject: body\n");
	assert_null(f->msgid);
	assert_null(f->sender);
	assert_null(f->from_domain);
	assert_null(f->subject);
	assert_int_equal(f->sent_ts, 0);
}

static void
senders_are_found_in_any_form(void **state)
{
	static const char *const forms[][2] = {
		{ "a@b", "a@b" },
		{ "(c (d\\)) e) a@b (f)", "a@b" },
		{ "\"x <y@z>, w\" <a@b>", "a@b" },
		{ "a@b, c@d", "a@b" },
		{ "X a@b", "a@b" },
		{ "q@r <a@b>", "a@b" },
		{ "group: a@b, c@d;", "a@b" },
		{ "=?utf-8?Q?x_=3Cy=40z=3E?= <a@b>", "a@b" },
		{ "\"a b\"@c", "\"a b\"@c" },
		{ "<a@b", "a@b" },
		{ "nobody", NULL },
		{ "", NULL },
		{ "((((", NULL },
	};
	char mail[256];
	const struct mail_facts *f;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		snprintf(mail, sizeof(mail), "From: %s\n\n", forms[i][0]);
		f = read_facts(state, mail);
		if (forms[i][1] == NULL)
			assert_null(f->sender);
		else
			assert_string_equal(f->sender, forms[i][1]);
	}
}

static void
dates_are_read_leniently(void **state)
{
	static const struct {
		const char *text;
		int64_t ts;
	} dates[] = {
		{ "Mon, 23 Nov 2026 00:02:03 +0000 (UTC)", 1795392123 },
		{ "23 Nov 26 00:02:03 GMT", 1795392123 },
		{ "Mon Nov 23 00:02:03 2026", 1795392123 },
		{ "Sun, 22 Nov 2026 19:02 EST", 1795392120 },
		{ "Mon, 23 November 2026 00:02:03 -0000", 1795392123 },
		{ "29 Feb 2024 12:00:00 +0530", 1709188200 },
		{ "1 Jan 1970 00:00:01 +0000", 1 },
		{ "31 Dec 9999 23:59:59 +0000", 253402300799 },
		{ "31 Dec 9999 23:59:59 -0001", 0 },
		{ "1 Jan 1970 00:00:00 +0100", 0 },
		{ "yesterday", 0 },
		{ "2026-11-23T00:02:03Z", 1795392123 },
		{ "Montag, 23 Nov 2026 00:02:03 +0000", 1795392123 },
		{ "32 Nov 2026 00:00:00 +0000", 0 },
		{ "23 Nov 2026", 0 },
		{ "23 Nov 2026 99:00:00", 0 },
		{ "", 0 },
	};
	char mail[128];
	size_t i;

	for (i = 0; i < sizeof(dates) / sizeof(*dates); i++) {
		snprintf(mail, sizeof(mail), "Date: %s\n\n", dates[i].text);
		assert_int_equal(read_facts(state, mail)->sent_ts, dates[i].ts);
	}
}

static void
subjects_are_decoded(void **state)
{
	static const char *const subjects[][2] = {
		{ "=?UTF-8?B?UsOpcG9ydA==?=", "R\xc3\xa9port" },
		{ "=?utf-8?q?a_b?= =?utf-8?Q?=20c?= d", "a b c d" },
		/* A character cut in two by its writer. */
		{ "=?utf-8?q?=C3?=\n =?utf-8?q?=A9?=", "\xc3\xa9" },
		{ "=?iso-8859-1?q?=E9?=", "\xc3\xa9" },
		{ "=?windows-1252*en?q?=80?=", "\xe2\x82\xac" },
		{ "=?koi8-r?q?a=E9b?=",
		    "a\xd0\x98"
		    "b" },
		{ "=?utf-8?q?=FF=00x?=", "\xc3\xbf x" },
		{ "raw \xe9 \x01", "raw \xc3\xa9" },
		{ "=?iso-2022-jp?B?GyRCQEE1YT1xGyhC?=",
		    "\xe8\xab\x8b\xe6\xb1\x82\xe6\x9b\xb8" },
		/* Cut within its last character. */
		{ "=?gb2312?B?t6LG?=", "\xe5\x8f\x91\xef\xbf\xbd" },
		/* As it came: nobody knows it, or it is none of it. */
		{ "a =?x-none?Q?=E9?=\n =?x-none?Q?=E8?= b",
		    "a =?x-none?Q?=E9?= =?x-none?Q?=E8?= b" },
		{ "=?big5?Q?=FF=FF=FF?= =?utf-8?q?=C3=A9?=",
		    "=?big5?Q?=FF=FF=FF?= \xc3\xa9" },
		{ "=?x-none?Q?=C3=A9?=", "\xc3\xa9" },
		{ "=?utf-8?x?a?= =?utf-8?q?b", "=?utf-8?x?a?= =?utf-8?q?b" },
		{ "=?utf-8?q?=0Aa=0D?=", "a" },
	};
	char mail[256];
	size_t i;

	for (i = 0; i < sizeof(subjects) / sizeof(*subjects); i++) {
		snprintf(mail, sizeof(mail), "Subject: %s\n\n", subjects[i][0]);
		assert_string_equal(
		    read_facts(state, mail)->subject, subjects[i][1]);
	}
}

static void
long_subjects_are_cut_between_characters(void **state)
{
	char mail[3 * LIMIT_TEXT];
	size_t i, len;

	memcpy(mail, "Subject: x", 10);
	for (i = 10; i + 2 < sizeof(mail); i += 2)
		memcpy(mail + i, "\xc3\xa9", 2);
	mail[i] = '\0';
	len = strlen(read_facts(state, mail)->subject);
	assert_int_equal(len, LIMIT_TEXT - 1);
}

/* --- mails and files ------------------------------------------------------ */

static void
any_field_of_the_outer_header_can_be_asked_for(void **state)
{
	static const char mail[] =
	    "From: a@b.example\nTLS-report-DOMAIN:\n =?utf-8?q?ex?=\n"
	    "X-Empty:\nTLS-Report-Domain: second\n\nX-Body: no\n";
	struct facts_test *t = *state;

	assert_string_equal(mime_read_field(mail, sizeof(mail) - 1,
	                        "tls-report-domain", &t->arena),
	    "ex");
	assert_null(
	    mime_read_field(mail, sizeof(mail) - 1, "x-empty", &t->arena));
	assert_null(
	    mime_read_field(mail, sizeof(mail) - 1, "x-body", &t->arena));
}

static void
mails_are_told_from_files(void **state)
{
	static const char *const mails[] = { "Received: x\n", "A:\n",
		"From x@y Mon\nA: b\n", "\r\nA: b\r\n", "\357\273\277A: b\n" };
	static const char *const files[] = { "<?xml version='1.0'?>", "{}",
		"PK\3\4", "\x1f\x8b", "BZh9", "", "hello\n", "\n\nA b: c",
		"<a:b>" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mails) / sizeof(*mails); i++)
		assert_true(mime_is_mail(mails[i], strlen(mails[i])));
	for (i = 0; i < sizeof(files) / sizeof(*files); i++)
		assert_false(mime_is_mail(files[i], strlen(files[i])));
}

/* --- caps ----------------------------------------------------------------- */

static int
count_leaf(const struct mime_leaf *l, void *arg, struct err *err)
{
	(void)l;
	(void)err;
	++*(int *)arg;
	return 0;
}

static int
stop_at_leaf(const struct mime_leaf *l, void *arg, struct err *err)
{
	(void)l;
	(void)arg;
	return err_set(err, ERR_BUG, "stop");
}

static void
assert_limit(struct buf *mail, int leaves)
{
	struct err err = ERR_INIT;
	int n = 0;

	assert_int_equal(
	    mime_walk(mail->at, mail->len, count_leaf, &n, &err), -1);
	assert_int_equal(err.class, ERR_LIMIT);
	assert_int_equal(n, leaves);
	buf_done(mail);
}

static void
the_number_of_parts_is_capped(void **state)
{
	struct buf mail = { 0 };
	int i;

	(void)state;
	buf_add_str(&mail, "Content-Type: multipart/mixed; boundary=b\n\n");
	for (i = 0; i <= LIMIT_MIME_PARTS; i++)
		buf_add_str(&mail, "--b\n\nx\n");
	assert_limit(&mail, LIMIT_MIME_PARTS);
}

static void
nesting_is_capped(void **state)
{
	struct buf mail = { 0 };
	int i;

	(void)state;
	for (i = 0; i < 20000; i++)
		buf_printf(&mail,
		    "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i,
		    i);
	assert_limit(&mail, 0);
	for (i = 0; i < 20000; i++)
		buf_add_str(&mail, "Content-Type: message/rfc822\n\n");
	assert_limit(&mail, 0);
}

static void
headers_are_capped(void **state)
{
	struct buf mail = { 0 };
	int i;

	(void)state;
	buf_add_str(&mail, "Subject: ");
	for (i = 0; i < 2 << 20; i++)
		buf_add_char(&mail, 'x');
	assert_limit(&mail, 0);
	for (i = 0; i < 100000; i++)
		buf_add_str(&mail, "A: b\n c\n");
	assert_limit(&mail, 0);
}

static void
long_lines_make_neither_a_mail_nor_none(void **state)
{
	struct buf b = { 0 };
	int i;

	(void)state;
	buf_add(&b, "\x1f\x8b", 2);
	for (i = 0; i < 2 * LIMIT_MIME_HEADER; i++)
		buf_add_char(&b, 'x');
	assert_false(mime_is_mail(b.at, b.len));
	memcpy(b.at, "X:", 2);
	assert_true(mime_is_mail(b.at, b.len));
	buf_done(&b);
}

static void
a_leaf_function_can_stop_the_walk(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    mime_walk("A: b\n\nx", 7, stop_at_leaf, NULL, &err), -1);
	assert_int_equal(err.class, ERR_BUG);
}

int
main(void)
{
#define FACTS(f) cmocka_unit_test_setup_teardown(f, setup_facts, teardown_facts)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mail_without_parts_is_one_leaf),
		cmocka_unit_test(multiparts_are_walked_in_order),
		cmocka_unit_test(line_feeds_alone_and_a_missing_end_do_no_harm),
		cmocka_unit_test(an_outer_boundary_ends_inner_parts),
		cmocka_unit_test(a_multipart_without_parts_is_a_leaf),
		cmocka_unit_test(only_whole_lines_are_boundaries),
		cmocka_unit_test(transfer_encodings_are_undone),
		cmocka_unit_test(base64_of_every_length_decodes),
		cmocka_unit_test(nested_mails_are_read_and_marked),
		cmocka_unit_test(encoded_nested_mails_are_read_too),
		cmocka_unit_test(what_a_bounce_returns_is_marked),
		cmocka_unit_test(broken_part_headers_lose_no_body),
		cmocka_unit_test(file_names_are_joined_and_decoded),
		FACTS(the_outer_header_gives_the_facts),
		FACTS(senders_are_found_in_any_form),
		FACTS(dates_are_read_leniently),
		FACTS(subjects_are_decoded),
		FACTS(long_subjects_are_cut_between_characters),
		FACTS(any_field_of_the_outer_header_can_be_asked_for),
		cmocka_unit_test(mails_are_told_from_files),
		cmocka_unit_test(the_number_of_parts_is_capped),
		cmocka_unit_test(nesting_is_capped),
		cmocka_unit_test(headers_are_capped),
		cmocka_unit_test(long_lines_make_neither_a_mail_nor_none),
		cmocka_unit_test(a_leaf_function_can_stop_the_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
