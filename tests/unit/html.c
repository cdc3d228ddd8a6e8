/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * html: what is not in the format cannot become markup; chart, timeline,
 * counts and map.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/sum.h"
#include "answer/cause.h"
#include "base/map.h"
#include "base/mem.h"
#include "page/chart.h"
#include "page/counts.h"
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
	struct html h = { 0 };

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
	struct html h = { 0 };
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
	struct html h = { 0 };

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
names_may_break_after_their_dots(void **state)
{
	struct html h = { 0 };
	char text[600];

	(void)state;
	html_name(&h, "mail.example.org");
	assert_written(&h, "mail.<wbr>example.<wbr>org");
	html_name(&h, "a..b.");
	assert_written(&h, "a..<wbr>b.");
	html_name(&h, "<b>.\"");
	assert_written(&h, "&lt;b&gt;.<wbr>&quot;");
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	html_name(&h, text);
	assert_in_range(h.out.len, 250, 265);
	buf_done(&h.out);
}

static void
what_is_to_be_copied_is_as_people_type_it(void **state)
{
	struct html h = { 0 };

	(void)state;
	html_code(&h, "ruactl why xn--bcher-kva.example 'A & <b>'");
	assert_written(&h,
	    "<code>ruactl why b\u00fccher.example &#39;A &amp; "
	    "&lt;b&gt;&#39;</code>");
}

static void
a_swatch_has_the_colour_of_its_class(void **state)
{
	struct html h = { 0 };

	(void)state;
	chart_swatch(&h, "c-hostile");
	assert_written(&h,
	    "<svg width=\"12\" height=\"12\" aria-hidden=\"true\"><rect "
	    "class=\"c-hostile\" width=\"12\" height=\"12\"/></svg>");
}

static void
numbers_are_written_as_the_format_says(void **state)
{
	struct html h = { 0 };

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
		{ 0, 5, "0.0%" },
		{ 5, 5, "100%" },
		{ 1, 100000, "under 0.1%" },
		{ 99999, 100000, "99.9%" },
		{ 1, 3, "33.3%" },
		{ INT64_MAX / 2, INT64_MAX, "50.0%" },
		{ INT64_MAX, INT64_MAX, "100%" },
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
	sum_add(&sum, 1);
	assert_int_equal(sum, INT64_MAX);
	sum_add(&sum, 1);
	assert_int_equal(sum, INT64_MAX);
}

static void
a_map_numbers_keys_as_they_come(void **state)
{
	struct map map = { .size = sizeof(size_t) };
	char key[16];
	size_t i;

	(void)state;
	assert_false(map_has(&map, "a", 1));
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		assert_int_equal(map_number(&map, key, strlen(key)), i);
		assert_int_equal(
		    *(size_t *)map_item(&map, key, strlen(key)), 0);
		*(size_t *)map_item(&map, key, strlen(key)) = i;
	}
	for (i = 0; i < 5000; i++) {
		snprintf(key, sizeof(key), "%zu", i);
		assert_int_equal(map_number(&map, key, strlen(key)), i);
		assert_int_equal(
		    *(size_t *)map_item(&map, key, strlen(key)), i);
		assert_string_equal(map_key(&map, i), key);
	}
	assert_int_equal(map_number(&map, "\0a", 2), 5000);
	assert_int_equal(map_number(&map, "\0b", 2), 5001);
	assert_true(map_has(&map, "\0b", 2));
	assert_false(map_has(&map, "\0", 1));
	assert_int_equal(map.items.n, 5002);
	map_done(&map);
}

static void
a_map_finds_numbers_however_they_differ(void **state)
{
	struct map map = { 0 };
	int64_t key[3] = { 0 };
	size_t i;

	(void)state;
	/* In high bits, in low ones, in the first or in the last word. */
	for (i = 0; i < 3 * 62; i++) {
		memset(key, 0, sizeof(key));
		key[i / 62] = INT64_C(1) << i % 62;
		assert_int_equal(map_number(&map, key, sizeof(key)), i);
	}
	for (i = 0; i < 3 * 62; i++) {
		memset(key, 0, sizeof(key));
		key[i / 62] = INT64_C(1) << i % 62;
		assert_int_equal(map_number(&map, key, sizeof(key)), i);
		/* Another length is another key. */
		assert_false(map_has(&map, key, sizeof(key) - 1));
	}
	map_done(&map);
}

/* How many slots beyond its own one has to look at, at most. */
static size_t
longest_way(const struct map *map)
{
	size_t i, way = 0, longest = 0;

	for (i = 0; i < 2 * map->nslots; i++) {
		way = map->slots[i % map->nslots].number != 0 ? way + 1 : 0;
		longest = way > longest ? way : longest;
	}
	return longest;
}

static void
a_map_finds_in_few_steps_whichever_bits_differ(void **state)
{
	enum { KEYS = 1 << 16 };
	uint8_t key[25];
	struct map map;
	uint32_t i, k;
	size_t at, byte;

	(void)state;
	/* Two bytes of a key count up: addresses, ids, networks. */
	for (at = 0; at < sizeof(key); at++)
		for (byte = at + 1; byte < sizeof(key); byte += 5) {
			map = (struct map) { 0 };
			memset(key, 0, sizeof(key));
			for (i = 0; i < KEYS; i++) {
				key[at] = (uint8_t)i;
				key[byte] = (uint8_t)(i >> 8);
				k = (uint32_t)map_number(
				    &map, key, sizeof(key));
				if (k != i)
					fail_msg("key %u is %u", i, k);
			}
			if (longest_way(&map) > 400)
				fail_msg("bytes %zu and %zu: %zu slots in a "
				         "row",
				    at, byte, longest_way(&map));
			map_done(&map);
		}
}

static void
columns_are_whole_but_for_the_first(void **state)
{
	struct timeline t;
	int i, days = 0;
	int64_t day;

	(void)state;
	timeline_set(&t, 0, 364 * (int64_t)PERIOD_DAY);
	assert_int_equal(t.ndays, 365);
	assert_int_equal(t.unit, 7);
	assert_int_equal(t.ncolumns, 53);
	for (i = 0; i < t.ncolumns; i++) {
		day = timeline_column_first(&t, i);
		assert_int_equal(day, timeline_day(&t, days));
		assert_int_equal(timeline_number(&t, day), days);
		assert_int_equal(timeline_column(&t, day), i);
		days += timeline_column_days(&t, i);
		assert_int_equal(
		    timeline_column(&t, timeline_day(&t, days - 1)), i);
	}
	assert_int_equal(days, 365);
	assert_int_equal(timeline_column_days(&t, 0), 1);
}

static void
columns_are_never_too_many(void **state)
{
	struct timeline t;
	int64_t days;

	(void)state;
	for (days = 1; days <= 36500; days++) {
		timeline_set(&t, 0, (days - 1) * PERIOD_DAY);
		assert_in_range(t.ncolumns, 1, TIMELINE_COLUMNS);
		assert_int_equal(timeline_column(&t, (days - 1) * PERIOD_DAY),
		    t.ncolumns - 1);
	}
}

/* Draw a chart of one value a day. */
static void
draw_values(struct html *h, const double *values, int n, bool percent)
{
	static const struct chart_series series = { "c-fail", "failing" };
	struct timeline time;
	const struct chart chart = { .id = "id",
		.title = "title",
		.desc = "desc",
		.time = &time,
		.series = &series,
		.nseries = 1,
		.values = values,
		.percent = percent };

	timeline_set(&time, 0, (n - 1) * (int64_t)PERIOD_DAY);
	chart_columns(h, &chart);
}

/* The text of all labels of the scale, with a space after each. */
static void
read_scale(struct html *h, char *out, size_t size)
{
	char *at = strstr(buf_str(&h->out), "class=\"scale\"");
	char *end = strstr(at, "</svg>"), *close;

	*out = '\0';
	while ((at = strstr(at, "\"end\">")) != NULL && at < end) {
		close = strchr(at += 6, '<');
		snprintf(out + strlen(out), size - strlen(out), "%.*s, ",
		    (int)(close - at), at);
	}
}

static void
labels_of_a_scale_can_be_told_apart(void **state)
{
	static const struct {
		double value;
		bool percent;
		const char *want;
	} cases[] = {
		{ 0, true, "0%, 0.5%, 1.0%, " },
		{ 0.004, true, "0%, 0.005%, 0.010%, " },
		{ 0.0000001, true, "0%, 0.005%, 0.010%, " },
		{ 0.03, true, "0%, 0.01%, 0.02%, 0.03%, " },
		{ 0.3, true, "0%, 0.1%, 0.2%, 0.3%, " },
		{ 100, true, "0%, 50%, 100%, " },
		{ 0.01, false, "0, 0.005, 0.010, " },
		{ 2, false, "0, 0.5, 1.0, 1.5, 2.0, " },
		{ 40000, false, "0, 10,000, 20,000, 30,000, 40,000, " },
	};
	struct html h = { 0 };
	double values[7] = { 0 };
	char scale[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		values[3] = cases[i].value;
		draw_values(&h, values, 7, cases[i].percent);
		read_scale(&h, scale, sizeof(scale));
		assert_string_equal(scale, cases[i].want);
		buf_done(&h.out);
	}
}

static void
what_is_not_0_is_not_shown_as_0(void **state)
{
	const double values[3] = { 0, 0.004, 12.4 };
	struct html h = { 0 };

	(void)state;
	draw_values(&h, values, 3, true);
	assert_non_null(strstr(buf_str(&h.out), "failing: 0%<"));
	assert_non_null(strstr(buf_str(&h.out), "failing: under 0.1%<"));
	assert_non_null(strstr(buf_str(&h.out), "failing: 12%<"));
	buf_done(&h.out);
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
		cmocka_unit_test(names_may_break_after_their_dots),
		cmocka_unit_test(what_is_to_be_copied_is_as_people_type_it),
		cmocka_unit_test(a_swatch_has_the_colour_of_its_class),
		cmocka_unit_test(numbers_are_written_as_the_format_says),
		cmocka_unit_test(
		    shares_are_rounded_down_and_neither_0_nor_all_by_that),
		cmocka_unit_test(sums_stop_at_the_largest_number),
		cmocka_unit_test(a_map_numbers_keys_as_they_come),
		cmocka_unit_test(a_map_finds_numbers_however_they_differ),
		cmocka_unit_test(
		    a_map_finds_in_few_steps_whichever_bits_differ),
		cmocka_unit_test(columns_are_whole_but_for_the_first),
		cmocka_unit_test(columns_are_never_too_many),
		cmocka_unit_test(labels_of_a_scale_can_be_told_apart),
		cmocka_unit_test(what_is_not_0_is_not_shown_as_0),
		cmocka_unit_test(every_cause_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
