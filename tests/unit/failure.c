/* SPDX-License-Identifier: BSD-2-Clause */
/* failure: what is kept of a sample, what tells two reports apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "parse/failure.h"
#include "parse/mime.h"

#define FIELDS "Feedback-Type: auth-failure\nAuth-Failure: dmarc\n"

/* A copy of exact size, for the sanitizer to watch its end. */
static char *
copy_of(const char *s)
{
	char *copy = malloc(strlen(s) + 1);

	assert_non_null(copy);
	memcpy(copy, s, strlen(s));
	return copy;
}

/* The line for these fields and sample (NULL: none). */
static void
read_report(bool keep, const char *fields, const char *sample, int64_t sent_ts,
    struct buf *out)
{
	struct failure_reader *r = failure_new(keep);
	struct mail_facts mail = { .sent_ts = sent_ts };
	char *f = copy_of(fields), *s = sample != NULL ? copy_of(sample) : NULL;

	out->len = 0;
	assert_int_equal(
	    failure_read_fields(r, f, strlen(fields)), FAILURE_AUTH);
	if (s != NULL)
		failure_read_sample(r, s, strlen(sample));
	failure_finish(r, &mail, out);
	failure_free(r);
	free(f);
	free(s);
}

static void
assert_says(struct buf *out, const char *what)
{
	if (strstr(buf_str(out), what) == NULL)
		fail_msg("%s is not in %s", what, buf_str(out));
}

static void
assert_does_not_say(struct buf *out, const char *what)
{
	if (strstr(buf_str(out), what) != NULL)
		fail_msg("%s is in %s", what, buf_str(out));
}

static void
the_header_of_a_sample_is_kept_only_when_asked_for(void **state)
{
	static const char sample[] = "From: a@b.example\r\nX: \xff\ty\n"
	                             "Subject: s\n\nsecret body\n";
	struct buf out = { 0 };

	(void)state;
	read_report(false, FIELDS, sample, 1, &out);
	assert_does_not_say(&out, "\"sample\"");
	assert_does_not_say(&out, "secret");
	read_report(true, FIELDS, sample, 1, &out);
	assert_says(&out,
	    "\"sample\":\"From: a@b.example\\u000aX: \xc3\xbf y\\u000a"
	    "Subject: s\\u000a\\u000a\"");
	assert_does_not_say(&out, "secret");
	buf_done(&out);
}

static void
a_kept_sample_is_bounded(void **state)
{
	struct buf out = { 0 }, sample = { 0 };

	(void)state;
	while (sample.len < 2 * LIMIT_SAMPLE)
		buf_add_str(&sample, "X: \xc3\xa4\n");
	read_report(true, FIELDS, buf_str(&sample), 1, &out);
	assert_in_range(out.len, LIMIT_SAMPLE, 2 * LIMIT_SAMPLE);
	buf_done(&out);
	buf_done(&sample);
}

static const char *
digest_in(struct buf *out)
{
	const char *p = strstr(buf_str(out), "\"content_sha256\"");

	assert_non_null(p);
	return p;
}

static void
line_ends_and_folds_make_no_other_report(void **state)
{
	struct buf a = { 0 }, b = { 0 };

	(void)state;
	read_report(false, FIELDS "Arrival-Date: 1 Jan 2026 00:00 +0000\n",
	    "From: a@b.example\nSubject: one two\n\nx", 1, &a);
	read_report(false,
	    "feedback-type: auth-failure\r\nAuth-Failure:\r\n dmarc\r\n"
	    "Arrival-Date: 1 Jan 2026 00:00 +0000\r\n",
	    "From: a@b.example\r\nSubject: one\r\n two\r\n\r\ny", 2, &b);
	assert_string_equal(digest_in(&a), digest_in(&b));
	buf_done(&a);
	buf_done(&b);
}

static void
another_field_sample_or_derived_time_makes_another_report(void **state)
{
	struct buf a = { 0 }, b = { 0 };

	(void)state;
	read_report(false, FIELDS, "Subject: a\n", 1, &a);
	read_report(false, FIELDS, "Subject: b\n", 1, &b);
	assert_string_not_equal(digest_in(&a), digest_in(&b));
	read_report(false, FIELDS "X-Mine: 1\n", "Subject: a\n", 1, &b);
	assert_string_not_equal(digest_in(&a), digest_in(&b));
	read_report(false, FIELDS, "Subject: a\n", 2, &b);
	assert_string_not_equal(digest_in(&a), digest_in(&b));
	read_report(false, FIELDS, "Subject: a\n", 1, &b);
	assert_string_equal(digest_in(&a), digest_in(&b));
	buf_done(&a);
	buf_done(&b);
}

static void
the_signature_of_the_domain_that_failed_gives_the_selector(void **state)
{
	static const char sample[] =
	    "DKIM-Signature: v=1; s=one; d=other.example; bh=d=x\n"
	    "DKIM-Signature: v=1; d=b.exam\n ple; s = two\n"
	    "From: a@b.example\n\n";
	struct buf out = { 0 };

	(void)state;
	read_report(false, FIELDS "DKIM-Domain: B.example\n", sample, 1, &out);
	assert_says(
	    &out, "\"dkim_domain\":\"b.example\",\"dkim_selector\":\"two\"");
	read_report(false, FIELDS, sample, 1, &out);
	assert_says(&out,
	    "\"dkim_domain\":\"other.example\",\"dkim_selector\":\"one\"");
	buf_done(&out);
}

static void
the_report_itself_goes_before_its_sample(void **state)
{
	static const char sample[] = "Authentication-Results: top; dmarc=fail\n"
	                             "Authentication-Results: forged; x=y\n";
	struct buf out = { 0 };

	(void)state;
	read_report(false, FIELDS, sample, 1, &out);
	assert_says(&out, "\"auth_results\":\"top; dmarc=fail\"");
	assert_says(&out, "\"derived-results\"");
	read_report(false, FIELDS "Authentication-Results: own; spf=fail\n",
	    sample, 1, &out);
	assert_says(&out, "\"auth_results\":\"own; spf=fail\"");
	assert_null(strstr(buf_str(&out), "derived-results"));
	buf_done(&out);
}

static void
only_the_first_sample_counts(void **state)
{
	struct failure_reader *r = failure_new(false);
	struct mail_facts mail = { 0 };
	struct buf out = { 0 };

	(void)state;
	failure_read_fields(r, FIELDS, sizeof(FIELDS) - 1);
	failure_read_sample(r, "Subject: 1\n", 11);
	failure_read_sample(r, "Subject: 2\n", 11);
	failure_finish(r, &mail, &out);
	assert_says(&out, "\"subject\":\"1\"");
	/* The next report has nothing of the one before. */
	out.len = 0;
	failure_read_fields(r, FIELDS, sizeof(FIELDS) - 1);
	failure_finish(r, &mail, &out);
	assert_does_not_say(&out, "subject");
	assert_says(&out, "\"quirks\":[\"no-sample\"]");
	buf_done(&out);
	failure_free(r);
}

static void
feedback_on_something_else_is_told_apart(void **state)
{
	static const struct {
		const char *fields;
		enum failure_kind kind;
	} rows[] = {
		{ "Feedback-Type: abuse\n", FAILURE_ABUSE },
		{ "Feedback-Type: fraud\nAuth-Failure: spf\n", FAILURE_ABUSE },
		{ "Feedback-Type: Auth-Failure (rfc6591)\n", FAILURE_AUTH },
		{ "\n\nAuth-Failure: spf\n", FAILURE_AUTH },
		{ "Identity-Alignment: dkim\n", FAILURE_AUTH },
		{ "User-Agent: x\n", FAILURE_NOTHING },
		{ "Feedback-Type:\n", FAILURE_NOTHING },
		{ "no field at all", FAILURE_NOTHING },
		{ "", FAILURE_NOTHING },
	};
	struct failure_reader *r = failure_new(false);
	char *copy;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		copy = copy_of(rows[i].fields);
		if (failure_read_fields(r, copy, strlen(rows[i].fields)) !=
		    rows[i].kind)
			fail_msg("row %zu", i);
		free(copy);
	}
	failure_free(r);
}

static void
texts_that_talk_of_failures_are_no_reports(void **state)
{
	static const char yes[] = "x\n Sender Domain: a.example\n"
	                          "\tsender ip address: 192.0.2.1\n";
	static const char quoted[] = "> Sender Domain: a.example\n"
	                             "> Sender IP Address: 192.0.2.1\n";
	static const char half[] = "Sender Domain: a.example\n";

	(void)state;
	assert_true(failure_is_text(yes, sizeof(yes) - 1));
	assert_false(failure_is_text(quoted, sizeof(quoted) - 1));
	assert_false(failure_is_text(half, sizeof(half) - 1));
	assert_false(failure_is_text("", 0));
}

/* "where group sample", a line a leaf; the sample by its first line. */
static int
note_sample(const struct mime_leaf *l, void *arg, struct err *err)
{
	struct buf *b = arg;
	const char *nl;

	(void)err;
	nl = l->sample != NULL ? memchr(l->sample, '\n', l->sample_len) : NULL;
	buf_printf(b, "%s %u %.*s\n", l->where, l->group,
	    nl != NULL ? (int)(nl - l->sample) : 0,
	    l->sample != NULL ? l->sample : "");
	return 0;
}

static void
what_a_feedback_report_is_about_is_known(void **state)
{
	static const char mail[] =
	    "Content-Type: multipart/mixed; boundary=a\n\n"
	    "--a\nContent-Type: message/rfc822\n\nX: plain\n\nt\n"
	    "--a\nContent-Type: multipart/report; boundary=b\n\n"
	    "--b\nContent-Type: message/feedback-report\n\nF: x\n"
	    "--b\nContent-Type: message/rfc822\n\nX: outer\n"
	    "Content-Type: multipart/mixed; boundary=c\n\n"
	    "--c\nContent-Type: message/rfc822\n\nX: inner\n\nt\n--c--\n"
	    "--b--\n"
	    "--a\nContent-Type: multipart/report; boundary=d;\n"
	    " report-type=feedback-report\n\n"
	    "--d\nContent-Type: message/rfc822\n"
	    "Content-Transfer-Encoding: base64\n\nWDogY29kZWQKCnQK\n--d--\n"
	    "--a--\n";
	struct err err = ERR_INIT;
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(
	    mime_walk(mail, sizeof(mail) - 1, note_sample, &b, &err), 0);
	assert_string_equal(buf_str(&b),
	    "part 1 1 \n"
	    "part 2.1 2 \n"
	    "part 2.2.1 2 X: outer\n"
	    "part 3.1 3 X: coded\n");
	buf_done(&b);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    the_header_of_a_sample_is_kept_only_when_asked_for),
		cmocka_unit_test(a_kept_sample_is_bounded),
		cmocka_unit_test(line_ends_and_folds_make_no_other_report),
		cmocka_unit_test(
		    another_field_sample_or_derived_time_makes_another_report),
		cmocka_unit_test(
		    the_signature_of_the_domain_that_failed_gives_the_selector),
		cmocka_unit_test(the_report_itself_goes_before_its_sample),
		cmocka_unit_test(only_the_first_sample_counts),
		cmocka_unit_test(feedback_on_something_else_is_told_apart),
		cmocka_unit_test(texts_that_talk_of_failures_are_no_reports),
		cmocka_unit_test(what_a_feedback_report_is_about_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
