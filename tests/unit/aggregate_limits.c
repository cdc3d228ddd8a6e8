/* SPDX-License-Identifier: BSD-2-Clause */
/* aggregate: floods of every kind end at a limit, and soon. */
#include <time.h>

#include "parse/aggregate.h"
#include "aggregate_doc.h"

static struct limits limits = LIMITS_DEFAULT;

/* Repeat a piece of XML, with what comes before and after. */
static struct result
run_flood(const char *head, const char *piece, size_t n, const char *tail)
{
	struct buf xml = { 0 };
	struct result r;
	size_t i;

	buf_add_str(&xml, head);
	for (i = 0; i < n; i++) {
		if (strchr(piece, '%') != NULL)
			buf_printf(&xml, "<n%zu/>", i);
		else
			buf_add_str(&xml, piece);
	}
	buf_add_str(&xml, tail);
	r = run_bytes(xml.at, xml.len, 65536, NULL, &limits);
	buf_done(&xml);
	return r;
}

/* What as many bytes of honest records take here and now. */
static clock_t
yardstick(void)
{
	clock_t start = clock();
	struct result r = run_flood(
	    "<feedback>" METADATA POLICY, RECORD, 6000, "</feedback>");

	result_done(&r);
	return clock() - start;
}

static void
floods_end_at_a_limit_and_soon(void **state)
{
	static const struct {
		const char *head, *piece, *tail, *text;
		size_t n;
	} floods[] = {
		{ "<feedback>", "<a>", "", "nested deeper than 32", 300000 },
		{ "<feedback>", "<n%/>", "</feedback>", "different names",
		    300000 },
		{ "<feedback ", "a='b' ", "/>", "without end", 300000 },
		{ "<feedback a='", "aaaaaaaa", "'/>", "without end", 300000 },
		{ "<feedback ", "xmlns:a='b' ", "/>", "without end", 100000 },
		{ "<feedback><!--", "aaaaaaaa", "--></feedback>", "without end",
		    300000 },
		{ "<feedback><?a ", "aaaaaaaa", "?></feedback>", "without end",
		    300000 },
		{ "<", "aaaaaaaaaa", "/>", "without end", 300000 },
		{ "<?xml version='1.0' ", "aaaaaaaaaa", "?><feedback/>", "",
		    300000 },
		{ "<!DOCTYPE ", "aaaaaaaaaa", "><feedback/>", "", 300000 },
	};
	clock_t start, honest = yardstick();
	struct result r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(floods) / sizeof(floods[0]); i++) {
		start = clock();
		r = run_flood(floods[i].head, floods[i].piece, floods[i].n,
		    floods[i].tail);
		assert_int_equal(r.rc, -1);
		if (strstr(r.err.text, floods[i].text) == NULL)
			fail_msg("%zu: %s", i, r.err.text);
		if (floods[i].text[0] != '\0')
			assert_int_equal(r.err.class, ERR_LIMIT);
		/* Unguarded, several of them take seconds to minutes. */
		assert_true(clock() - start < 20 * honest);
		result_done(&r);
	}
}

static void
a_comment_within_the_limit_is_no_flood(void **state)
{
	struct result r = run_flood("<feedback><!--", "aaaaaaaa", 7500,
	    "-->" METADATA POLICY RECORD "</feedback>");

	(void)state;
	assert_int_equal(r.rc, 0);
	result_done(&r);
}

static void
records_are_limited(void **state)
{
	struct result r;

	(void)state;
	limits.records = 100;
	r = run_flood("<feedback>" METADATA POLICY, RECORD, 100, "</feedback>");
	assert_int_equal(r.rc, 0);
	result_done(&r);
	r = run_flood("<feedback>" METADATA POLICY, RECORD, 101, "</feedback>");
	assert_int_equal(r.rc, -1);
	assert_int_equal(r.err.class, ERR_LIMIT);
	assert_string_equal(r.err.text,
	    "the report contains more than 100 records" LIMIT_RAISED_BY(
	        "records"));
	limits.records = 1000000;
	result_done(&r);
}

static size_t
count_of(const struct result *r, const char *what)
{
	const char *p = r->out.at, *end = p + r->out.len;
	size_t n = 0;

	while ((p = memmem(p, (size_t)(end - p), what, strlen(what))) != NULL) {
		p += strlen(what);
		n++;
	}
	return n;
}

static void
results_are_limited_in_number_and_size(void **state)
{
	static const char head[] = "<feedback>" METADATA POLICY
	                           "<record>" ROW IDENTIFIERS "<auth_results>";
	static const char tail[] = "</auth_results></record></feedback>";
	struct buf big = { 0 };
	struct result r;
	size_t i;

	(void)state;
	r = run_flood(head, DKIM, LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"result\":"), LIMIT_RESULTS);
	assert_int_equal(count_of(&r, "many-results"), 0);
	result_done(&r);
	r = run_flood(head, DKIM, LIMIT_RESULTS + 1, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"result\":"), LIMIT_RESULTS);
	assert_int_equal(count_of(&r, "many-results"), 1);
	result_done(&r);

	/* Every byte of it needs six on the wire, and is kept twice. */
	buf_add_str(&big, "<dkim><domain>A");
	for (i = 0; i < 4000; i++)
		buf_add_char(&big, '\t');
	buf_add_str(&big, "B</domain></dkim>");
	r = run_flood(head, buf_str(&big), LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_true(r.out.len < LIMIT_LINE);
	assert_int_equal(count_of(&r, "many-results"), 1);
	assert_true(count_of(&r, "{\"domain\":") > 100);
	result_done(&r);
	buf_done(&big);

	/* More raw words than a line may have. */
	r = run_flood(head,
	    "<spf><domain>A</domain><scope>B</scope><result>C</result></spf>"
	    "<dkim><domain>A</domain><result>C</result></dkim>",
	    LIMIT_RESULTS, tail);
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "many-results"), 1);
	assert_int_equal(count_of(&r, "{\"domain\":"), 2 * LIMIT_RESULTS);
	result_done(&r);
}

static void
long_values_are_cut_between_characters(void **state)
{
	struct buf xml = { 0 };
	struct result r;
	size_t i, shift;

	(void)state;
	for (shift = 0; shift < 4; shift++) {
		xml.len = 0;
		buf_add_str(&xml,
		    "<feedback>" POLICY RECORD "<report_metadata>"
		    "<email>d@x</email><report_id>1</report_id>"
		    "<date_range>" RANGE "</date_range>"
		    "<org_name>");
		for (i = 0; i < shift; i++)
			buf_add_char(&xml, 'a');
		for (i = 0; i < LIMIT_TEXT; i++)
			buf_add_str(&xml, "\xe2\x82\xac");
		buf_add_str(&xml, "</org_name></report_metadata></feedback>");
		r = run(buf_str(&xml), NULL);
		assert_int_equal(r.rc, 0);
		assert_int_equal(
		    count_of(&r, "\xe2\x82\xac"), (LIMIT_TEXT - shift) / 3);
		assert_int_equal(count_of(&r, "[\"long-value\"]"), 1);
		result_done(&r);
	}
	buf_done(&xml);

	/* White space around a value is not part of it. */
	r = run_flood("<feedback>" METADATA POLICY RECORD "<version>", "    \n",
	    5000, "1.0</version></feedback>");
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"version\":\"1.0\""), 1);
	assert_int_equal(count_of(&r, "quirks"), 0);
	result_done(&r);
	r = run_flood("<feedback>" METADATA POLICY RECORD "<version>1.0",
	    "    \n", 5000, "</version></feedback>");
	assert_int_equal(r.rc, 0);
	assert_int_equal(count_of(&r, "\"version\":\"1.0\""), 1);
	assert_int_equal(count_of(&r, "quirks"), 0);
	result_done(&r);
}

static void
after_a_failure_nothing_more_is_read(void **state)
{
	static const struct aggregate_context none;
	struct aggregate *a = aggregate_new(&limits, &none);
	struct err err = ERR_INIT, again = ERR_INIT;
	struct buf out = { 0 };

	(void)state;
	assert_int_equal(aggregate_push(a, "<feedback></x>", 14, &err), -1);
	assert_int_equal(aggregate_push(a, "<a/>", 4, &again), -1);
	assert_string_equal(err.text, again.text);
	again = (struct err)ERR_INIT;
	assert_int_equal(aggregate_finish(a, &out, &again), -1);
	assert_string_equal(err.text, again.text);
	assert_int_equal(out.len, 0);
	aggregate_free(a);
	aggregate_free(NULL);
}

static void
output_is_appended_to_what_is_there(void **state)
{
	static const struct aggregate_context none;
	struct err err = ERR_INIT;
	struct buf out = { 0 };
	size_t i, first = 0;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct aggregate *a = aggregate_new(&limits, &none);
		struct buf xml = { 0 };
		size_t k;

		buf_add_str(&xml, "<feedback>" METADATA POLICY);
		for (k = 0; k < 50; k++)
			buf_add_str(&xml, RECORD);
		buf_add_str(&xml, "</feedback>");
		assert_int_equal(aggregate_push(a, xml.at, xml.len, &err), 0);
		assert_int_equal(aggregate_finish(a, &out, &err), 0);
		aggregate_free(a);
		buf_done(&xml);
		if (i == 0)
			first = out.len;
	}
	assert_int_equal(out.len, 2 * first);
	assert_memory_equal(out.at, out.at + first, first);
	buf_done(&out);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(floods_end_at_a_limit_and_soon),
		cmocka_unit_test(a_comment_within_the_limit_is_no_flood),
		cmocka_unit_test(records_are_limited),
		cmocka_unit_test(results_are_limited_in_number_and_size),
		cmocka_unit_test(long_values_are_cut_between_characters),
		cmocka_unit_test(after_a_failure_nothing_more_is_read),
		cmocka_unit_test(output_is_appended_to_what_is_there),
	};

	aggregate_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
