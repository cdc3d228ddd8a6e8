/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * tlsrpt: what must hold of any document; the deviations are in tests/golden.
 */
#include "parse/tlsrpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "report/wire.h"

#define RANGE \
	"\"date-range\":{\"start-datetime\":\"2026-11-21T00:00:00Z\"," \
	"\"end-datetime\":\"2026-11-21T23:59:59Z\"}"
#define HEAD "{\"organization-name\":\"Org\",\"report-id\":\"id\"," RANGE
#define POLICY(members) \
	HEAD ",\"policies\":[{\"policy\":{\"policy-type\":\"sts\"," \
	     "\"policy-domain\":\"example.org\"}" members "}]}"

/* --- reading ----------------------------------------------------------- */

static struct wire_reader reader; /* holds the last line of a report */
static struct buf lines;
static struct err why;
static bool found, too_many;
static int reports;

static int
read_with(const char *json, size_t len, const struct tlsrpt_context *context)
{
	struct tlsrpt_result result;
	struct buf copy = { 0 };
	int rc;

	/* Of exact size, for the sanitizer to watch its ends. */
	copy.at = xmalloc(len > 0 ? len : 1);
	copy.len = copy.cap = len;
	memcpy(copy.at, json, len);
	lines.len = 0;
	why.class = ERR_NONE;
	rc = tlsrpt_read(&copy, context, 3, &lines, &result, &why);
	found = result.reports > 0;
	reports = result.reports;
	too_many = result.too_many;
	buf_done(&copy);
	return rc;
}

/* All lines back in; those of the last policy stay in reader. */
static void
accept(void)
{
	char *p = lines.at, *end = p + lines.len, *newline;
	struct err err = ERR_INIT;

	wire_reset(&reader);
	for (; p < end; p = newline + 1) {
		newline = memchr(p, '\n', (size_t)(end - p));
		assert_non_null(newline);
		assert_true((size_t)(newline - p) <= LIMIT_LINE);
		if (wire_read(&reader, p, (size_t)(newline - p), &err) == -1)
			fail_msg("%s", err.text);
	}
	assert_int_equal(reader.policies_due, 0);
}

static void
read_report(const char *json)
{
	const struct tlsrpt_context context = { 0 };

	if (read_with(json, strlen(json), &context) == -1)
		fail_msg("%s", why.text);
	assert_true(found);
}

/* Its first line, with the quirks. */
static const char *
head_of(const char *json)
{
	static char head[8192];

	read_report(json);
	snprintf(head, sizeof(head), "%.*s",
	    (int)strcspn(buf_str(&lines), "\n"), buf_str(&lines));
	accept();
	return head;
}

#define said(line, words) \
	do { \
		const char *line_ = (line); \
		if (strstr(line_, (words)) == NULL) \
			fail_msg("%s is not in %s", (words), line_); \
	} while (0)

/* Refused: the class, and a word of the sentence. */
static void
refused(const char *json, size_t len, enum err_class class, const char *word)
{
	const struct tlsrpt_context context = { 0 };

	assert_int_equal(read_with(json, len, &context), -1);
	assert_int_equal(why.class, class);
	assert_int_equal(lines.len, 0);
	assert_false(found);
	said(why.text, word);
}

static int
teardown(void **state)
{
	(void)state;
	wire_done(&reader);
	buf_done(&lines);
	return 0;
}

/* --- tests ------------------------------------------------------------- */

static void
any_two_members_make_a_report(void **state)
{
	static const char *const others[] = { "{}", "{\"policies\":[]}",
		"{\"report-id\":\"1\"}", "{\"organization-name\":1,\"x\":2}" };
	const struct tlsrpt_context context = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_int_equal(
		    read_with(others[i], strlen(others[i]), &context), 0);
		assert_false(found);
		assert_int_equal(lines.len, 0);
	}
	read_report("{\"report-id\":\"1\",\"policies\":[]}");
	read_report("{\"organization-name\":\"a\"," RANGE "}");
}

static void
what_cannot_be_read_may_still_look_like_a_report(void **state)
{
	static const char cut_off[] = HEAD;
	static const char other[] = "{\"policies\": [1";

	(void)state;
	refused(cut_off, sizeof(cut_off) - 1, ERR_DATA, "JSON at line 1");
	assert_true(tlsrpt_is_likely(cut_off, sizeof(cut_off) - 1));
	refused(other, sizeof(other) - 1, ERR_DATA, "JSON at line 1");
	assert_false(tlsrpt_is_likely(other, sizeof(other) - 1));
	refused("", 0, ERR_DATA, "JSON");
}

static void
deep_nesting_is_refused_before_it_is_read(void **state)
{
	char json[200000];

	(void)state;
	memset(json, '[', sizeof(json));
	json[0] = '{';
	refused(json, sizeof(json), ERR_LIMIT, "32 deep");
	memset(json, '{', sizeof(json));
	refused(json, sizeof(json), ERR_LIMIT, "32 deep");
}

static void
brackets_within_strings_nest_nothing(void **state)
{
	(void)state;
	said(head_of("{\"report-id\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
	             "\\\"[[\\\\\",\"policies\":[]}"),
	    "[[\\\"[[\\\\\"");
}

static void
many_values_are_refused_before_they_are_read(void **state)
{
	size_t n = LIMIT_JSON_VALUES + 1;
	char *json = xmalloc(2 * n + 20);

	(void)state;
	memcpy(json, "{\"policies\":[", 13);
	memset(json + 13, ',', 2 * n);
	refused(json, 13 + 2 * n, ERR_LIMIT, "values");
	free(json);
}

static void
bytes_that_are_no_text_are_replaced(void **state)
{
	static const char json[] =
	    "{\"organization-name\":\"a\xff\nb\",\"report-id\":\"\x01\"," RANGE
	    "}";
	const struct tlsrpt_context context = { 0 };

	(void)state;
	assert_int_equal(read_with(json, sizeof(json) - 1, &context), 0);
	said(buf_str(&lines), "\"org_name\":\"a\xc3\xbf b\"");
	said(buf_str(&lines), "bad-characters");
	accept();
}

#define ONE(id) "{\"organization-name\":\"a\",\"report-id\":\"" id "\"}"

/* How many reports there are in a document that is whole. */
static int
count(const char *json)
{
	const struct tlsrpt_context context = { 0 };

	assert_int_equal(read_with(json, strlen(json), &context), 0);
	return reports;
}

static void
there_may_be_several_reports_in_a_document(void **state)
{
	(void)state;
	assert_int_equal(count("[" ONE("1") "," ONE("2") "]"), 2);
	said(buf_str(&lines), "\"external_id\":\"1\"");
	said(buf_str(&lines), "\"external_id\":\"2\"");
	assert_int_equal(count(ONE("1") "\n" ONE("2") "\n" ONE("3") "\n"), 3);
	assert_int_equal(count(ONE("1") ONE("2")), 2);
	assert_int_equal(count(ONE("1") ",\r\n" ONE("2") ",\r\n"), 2);
	assert_int_equal(count("\x1e" ONE("1") "\n\x1e" ONE("2") "\n"), 2);
	assert_int_equal(count("{\"reports\":[" ONE("1") "," ONE("2") "]}"), 2);
	assert_int_equal(count("{\"a\":{\"b\":[{\"c\":" ONE("1") "}]}}"), 1);
	assert_int_equal(count("[[" ONE("1") "],[]," ONE("2") "]\n"), 2);
	assert_int_equal(count("[]\n{}"), 0);
	assert_false(too_many);
	assert_int_equal(
	    count("[" ONE("1") "," ONE("2") "," ONE("3") "," ONE("4") "]"), 3);
	assert_true(too_many);
}

static void
a_broken_one_does_not_cost_the_others(void **state)
{
	static const struct {
		const char *json;
		int reports;
		const char *why;
	} broken[] = {
		{ "[" ONE("1") "," ONE("2") ",{\"report-id\":", 2, "line 1" },
		{ ONE("1") "\n{\"a\":\n" ONE("2") "\n", 2, "line 4" },
		{ ONE("1") "\n-- \nfooter", 1, "line 2" },
		{ "[" ONE("1"), 1, "line 1" },
	};
	const struct tlsrpt_context context = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		assert_int_equal(
		    read_with(broken[i].json, strlen(broken[i].json), &context),
		    -1);
		assert_int_equal(why.class, ERR_DATA);
		said(why.text, broken[i].why);
		assert_int_equal(reports, broken[i].reports);
	}
}

static void
it_may_be_in_another_character_set(void **state)
{
	static const char json[] = ONE("1");
	struct tlsrpt_context context = { 0 };
	char wide[2 * sizeof(json) + 2];
	size_t i, mark;
	int big;

	(void)state;
	for (big = 0; big < 2; big++)
		for (mark = 0; mark < 2; mark++) {
			memcpy(wide, big ? "\xfe\xff" : "\xff\xfe", 2);
			for (i = 0; i < sizeof(json) - 1; i++) {
				wide[2 * (i + mark) + (size_t)big] = json[i];
				wide[2 * (i + mark) + (size_t)!big] = 0;
			}
			assert_int_equal(
			    read_with(wide, 2 * (i + mark), &context), 0);
			assert_int_equal(reports, 1);
		}
	/* A mark and half a character: nothing is left to read. */
	assert_int_equal(read_with("\xfe\xffs", 3, &context), -1);
	context.charset = "koi8-r";
	assert_int_equal(
	    read_with(ONE("\xf3"), sizeof(ONE("x")) - 1, &context), 0);
	said(buf_str(&lines), "\"external_id\":\"\xd0\xa1\"");
	assert_null(strstr(buf_str(&lines), "bad-characters"));
}

static void
what_is_missing_comes_from_around(void **state)
{
	static const char json[] = "{\"report-id\":1,\"policies\":[{}]}";
	const struct mail_facts mail = {
		.from_domain = "from.example",
		.subject =
		    "Report Domain: subject.example Submitter: s.example",
		.sent_ts = 1795305600 + 7200,
	};
	struct tlsrpt_context context = { .mail = &mail,
		.domain = "Header.Example.",
		.submitter = "sub.example" };

	(void)state;
	read_with(json, sizeof(json) - 1, &context);
	said(buf_str(&lines), "\"org_name\":\"sub.example\"");
	said(buf_str(&lines), "\"external_id\":\"1\"");
	said(buf_str(&lines), "\"begin_ts\":1795305600,\"end_ts\":1795391999");
	said(buf_str(&lines), "\"no-period\"");
	said(buf_str(&lines), "\"domain\":\"header.example\"");
	accept();
	context.domain = context.submitter = NULL;
	context.filename = "a!file.example!1795219200!1795305599.json";
	read_with(json, sizeof(json) - 1, &context);
	said(buf_str(&lines), "\"org_name\":\"s.example\"");
	said(buf_str(&lines), "\"begin_ts\":1795219200,\"end_ts\":1795305599");
	said(buf_str(&lines), "\"domain\":\"file.example\"");
	context.filename = NULL;
	read_with(json, sizeof(json) - 1, &context);
	said(buf_str(&lines), "\"domain\":\"subject.example\"");
}

static void
counts_are_whole_and_bounded(void **state)
{
	static const struct {
		const char *json;
		int64_t ok;
		const char *quirk; /* NULL: none */
	} cases[] = {
		{ "0", 0, NULL },
		{ "4294967296", INT64_C(1) << 32, NULL },
		{ "99999999999999999999999", INT64_C(1) << 32, "bad-count" },
		{ "-1", 0, "bad-count" },
		{ "1.5", 1, "bad-count" },
		{ "true", 0, "bad-count" },
		{ "[]", 0, "bad-count" },
		{ "\" 42 \"", 42, "text-count" },
		{ "\"many\"", 0, "bad-count" },
		{ "\"1,000\"", 1000, "text-count" },
		{ "\"3.5\"", 3, "bad-count" },
		{ "\"-3\"", 0, "bad-count" },
		{ "null", 0, "no-count" },
	};
	char json[512];
	const char *head;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		snprintf(json, sizeof(json),
		    POLICY(",\"summary\":{\"total-successful-session-count\":%s"
		           ",\"total-failure-session-count\":0}"),
		    cases[i].json);
		head = head_of(json);
		assert_int_equal(reader.tls_policy.ok, cases[i].ok);
		if (cases[i].quirk != NULL)
			said(head, cases[i].quirk);
		else
			assert_null(strstr(head, "quirks"));
	}
}

static void
things_in_the_wrong_place_are_survived(void **state)
{
	const char *head;

	(void)state;
	head = head_of("{\"organization-name\":[],\"report-id\":{},"
	               "\"date-range\":\"x\",\"contact-info\":7,"
	               "\"policies\":[1,\"x\",null,{\"policy\":[],"
	               "\"summary\":3,\"failure-details\":[4,{}]}]}");
	said(head, "\"org_name\":\"unknown\"");
	said(head, "\"external_id\":\"unknown\"");
	said(head, "\"contact\":\"7\"");
	said(head, "\"policies\":4");
	said(head, "no-object");
	assert_int_equal(reader.tls_policy.failures.n, 1);
	assert_string_equal(
	    ((struct tls_failure *)reader.tls_policy.failures.at)->result,
	    "unknown");
	said(head_of("{\"report-id\":\"1\"," RANGE ",\"policies\":7}"),
	    "no-list");
	said(head_of(HEAD "}"), "no-policy");
}

/* A failure with a reason of n letters, count times. */
static char *
failures(size_t count, size_t n)
{
	struct buf b = { 0 };
	size_t i;

	buf_add_str(&b,
	    HEAD ",\"policies\":[{\"policy\":{\"policy-type\":\"sts\","
	         "\"policy-domain\":\"a.example\"},\"failure-details\":[");
	for (i = 0; i < count; i++) {
		buf_add_str(&b,
		    i > 0
		        ? ",{\"failed-session-count\":1,\"result-type\":\"x\""
		        : "{\"failed-session-count\":1,\"result-type\":\"x\"");
		buf_add_str(&b, ",\"failure-reason-code\":\"");
		memset(buf_reserve(&b, n), 'x', n);
		b.len += n;
		buf_add_str(&b, "\"}");
	}
	buf_add_str(&b, "]}]}");
	buf_add_char(&b, '\0');
	return b.at;
}

static void
many_failures_are_cut_off_and_said(void **state)
{
	char *json = failures(LIMIT_RESULTS, 1);

	(void)state;
	assert_null(strstr(head_of(json), "many-results"));
	assert_int_equal(reader.tls_policy.failures.n, LIMIT_RESULTS);
	free(json);
	json = failures(LIMIT_RESULTS + 1, 1);
	said(head_of(json), "many-results");
	assert_int_equal(reader.tls_policy.failures.n, LIMIT_RESULTS);
	free(json);
	json = failures(900, LIMIT_TEXT);
	said(head_of(json), "many-results");
	assert_in_range(reader.tls_policy.failures.n, 100, 150);
	free(json);
}

/* A policy string of n numbers in a list as text. */
static char *
embedded(size_t n)
{
	struct buf b = { 0 };

	buf_add_str(&b,
	    HEAD ",\"policies\":[{\"policy\":{\"policy-type\":"
	         "\"tlsa\",\"policy-string\":[\"[1");
	while (--n > 0)
		buf_add_str(&b, ",1");
	buf_add_str(&b, "]\"]}}]}");
	buf_add_char(&b, '\0');
	return b.at;
}

static void
huge_lists_within_strings_are_not_read(void **state)
{
	char *json = embedded(3);
	const char *head;

	(void)state;
	said(head_of(json), "embedded-list");
	assert_int_equal(reader.tls_policy.policy.n, 3);
	free(json);
	json = embedded(600000);
	head = head_of(json);
	said(head, "long-value");
	assert_null(strstr(head, "embedded-list"));
	assert_int_equal(reader.tls_policy.policy.n, 1);
	free(json);
}

static void
a_long_value_is_cut_between_characters(void **state)
{
	char json[3 * LIMIT_TEXT] = "{\"report-id\":\"x", *p;
	const char *id;
	size_t i;

	(void)state;
	p = json + strlen(json);
	for (i = 0; i < LIMIT_TEXT; i++) {
		*p++ = '\xc3';
		*p++ = '\xa4';
	}
	strncpy(p, "\",\"policies\":[]}", 32);
	said(head_of(json), "long-value");
	id = reader.tls.external_id;
	assert_int_equal(strlen(id), LIMIT_TEXT - 1);
}

static void
copies_have_one_hash_and_others_another(void **state)
{
	char first[256], again[256];

	(void)state;
	snprintf(first, sizeof(first), "%s",
	    strstr(head_of(POLICY("")), "content_sha256"));
	snprintf(again, sizeof(again), "%s",
	    strstr(head_of(" " POLICY(",\"x\":1")), "content_sha256"));
	assert_string_equal(first, again);
	snprintf(again, sizeof(again), "%s",
	    strstr(head_of(POLICY(",\"failure-details\":[{}]")),
	        "content_sha256"));
	assert_string_not_equal(first, again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_two_members_make_a_report),
		cmocka_unit_test(
		    what_cannot_be_read_may_still_look_like_a_report),
		cmocka_unit_test(deep_nesting_is_refused_before_it_is_read),
		cmocka_unit_test(brackets_within_strings_nest_nothing),
		cmocka_unit_test(many_values_are_refused_before_they_are_read),
		cmocka_unit_test(bytes_that_are_no_text_are_replaced),
		cmocka_unit_test(there_may_be_several_reports_in_a_document),
		cmocka_unit_test(a_broken_one_does_not_cost_the_others),
		cmocka_unit_test(it_may_be_in_another_character_set),
		cmocka_unit_test(what_is_missing_comes_from_around),
		cmocka_unit_test(counts_are_whole_and_bounded),
		cmocka_unit_test(things_in_the_wrong_place_are_survived),
		cmocka_unit_test(many_failures_are_cut_off_and_said),
		cmocka_unit_test(huge_lists_within_strings_are_not_read),
		cmocka_unit_test(a_long_value_is_cut_between_characters),
		cmocka_unit_test(copies_have_one_hash_and_others_another),
	};

	tlsrpt_init();
	return cmocka_run_group_tests(tests, NULL, teardown);
}
