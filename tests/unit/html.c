/* SPDX-License-Identifier: BSD-2-Clause */
/* html: what is not in the format cannot become markup; map: keys, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "answer/cause.h"
#include "base/map.h"
#include "base/mem.h"
#include "page/facts.h"
#include "page/html.h"
#include "report/report.h"

static void
assert_written(struct html *h, const char *want)
{
	assert_string_equal(buf_str(&h->out), want);
	buf_done(&h->out);
}

static void
values_are_escaped_and_formats_are_not(void **state)
{
	const char *none = *state; /* NULL */
	struct html h = { { NULL, 0, 0 } };

	html_printf(&h, "<b title=\"%s\">%s</b> & %%", "\"'", "<a & b>");
	assert_written(
	    &h, "<b title=\"&quot;&#39;\">&lt;a &amp; b&gt;</b> & %");
	html_printf(&h, "[%s] [%s]", "\xe2\x80\xae\x1b", "\xff");
	assert_written(&h, "[\\u{202e}\\x1b] [\\xff]");
	html_printf(&h, "%s|%s", none, "%s%n%d");
	assert_written(&h, "|%s%n%d");
	html_text(&h, "<i>");
	assert_written(&h, "&lt;i&gt;");
}

static void
every_byte_that_means_something_is_escaped(void **state)
{
	char text[2] = "";
	struct html h = { { NULL, 0, 0 } };
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		text[0] = (char)c;
		html_printf(&h, "%s", text);
		assert_null(strpbrk(buf_str(&h.out), "<>\"'\n\r\t\x7f"));
		if (h.out.at[0] == '&')
			assert_non_null(strchr("<>\"'&", c));
		buf_done(&h.out);
	}
}

static void
long_texts_are_cut_before_they_are_escaped(void **state)
{
	char text[10001];
	struct html h = { { NULL, 0, 0 } };

	(void)state;
	memset(text, '<', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	html_printf(&h, "%s", text);
	assert_true(h.out.len < 4 * 170);
	assert_string_equal(buf_str(&h.out) + h.out.len - 7, "&lt;...");
	buf_done(&h.out);
	html_printf(&h, "%.10s", text);
	assert_true(h.out.len < 4 * 18);
	buf_done(&h.out);
	html_text(&h, text);
	assert_int_equal(h.out.len, 40000);
	buf_done(&h.out);
}

static void
numbers_are_written_as_the_format_says(void **state)
{
	struct html h = { { NULL, 0, 0 } };

	(void)state;
	html_printf(&h, "%d %ld %lld %'" PRId64 " %.2f", -5, 6L, 7LL,
	    INT64_C(-1234567), 0.125);
	assert_written(&h, "-5 6 7 -1,234,567 0.12");
}

static void
shares_are_rounded_down_and_neither_0_nor_all_by_that(void **state)
{
	static const struct {
		int64_t part, whole;
		const char *want;
	} cases[] = {
		{ 0, 0, "-" },
		{ 0, 5, "0.0 %" },
		{ 5, 5, "100 %" },
		{ 1, 100000, "under 0.1 %" },
		{ 99999, 100000, "99.9 %" },
		{ 1, 3, "33.3 %" },
		{ INT64_MAX / 2, INT64_MAX, "50.0 %" },
		{ INT64_MAX, INT64_MAX, "100 %" },
	};
	char buf[HTML_SHARE];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
		    html_share(buf, cases[i].part, cases[i].whole),
		    cases[i].want);
}

static void
sums_stop_at_the_largest_number(void **state)
{
	int64_t sum = INT64_MAX - 1;

	(void)state;
	facts_add(&sum, 1);
	assert_int_equal(sum, INT64_MAX);
	facts_add(&sum, 1);
	assert_int_equal(sum, INT64_MAX);
}

static void
a_map_numbers_keys_as_they_come(void **state)
{
	struct map map = { 0 };
	char key[16];
	size_t i;

	(void)state;
	assert_false(map_has(&map, "a", 1));
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		assert_int_equal(map_number(&map, key, strlen(key)), i);
	}
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		assert_int_equal(map_number(&map, key, strlen(key)), i);
		assert_string_equal(map_key(&map, i), key);
	}
	assert_int_equal(map_number(&map, "\0a", 2), 5000);
	assert_int_equal(map_number(&map, "\0b", 2), 5001);
	assert_true(map_has(&map, "\0b", 2));
	assert_false(map_has(&map, "\0", 1));
	map_done(&map);
}

static void
buckets_are_whole_but_for_the_first(void **state)
{
	const struct facts f = {
		.first = 0, .ndays = 365, .unit = 7, .nbuckets = 53
	};
	int i, days = 0;
	int64_t day;

	(void)state;
	for (i = 0; i < f.nbuckets; i++) {
		day = facts_bucket_first(&f, i);
		assert_int_equal(day, days * (int64_t)PERIOD_DAY);
		assert_int_equal(facts_bucket(&f, day), i);
		days += facts_bucket_days(&f, i);
		assert_int_equal(
		    facts_bucket(&f, (days - 1) * (int64_t)PERIOD_DAY), i);
	}
	assert_int_equal(days, 365);
	assert_int_equal(facts_bucket_days(&f, 0), 1);
}

static void
every_cause_has_words(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < CAUSE_COUNT; i++) {
		assert_true(report_is_cause(cause_list[i].word));
		assert_ptr_equal(
		    cause_find(cause_list[i].word), &cause_list[i]);
	}
	assert_null(cause_find("nonsense"));
	assert_string_equal(cause_what("nonsense"), "nonsense");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_escaped_and_formats_are_not),
		cmocka_unit_test(every_byte_that_means_something_is_escaped),
		cmocka_unit_test(long_texts_are_cut_before_they_are_escaped),
		cmocka_unit_test(numbers_are_written_as_the_format_says),
		cmocka_unit_test(
		    shares_are_rounded_down_and_neither_0_nor_all_by_that),
		cmocka_unit_test(sums_stop_at_the_largest_number),
		cmocka_unit_test(a_map_numbers_keys_as_they_come),
		cmocka_unit_test(buckets_are_whole_but_for_the_first),
		cmocka_unit_test(every_cause_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
