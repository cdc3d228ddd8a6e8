/* SPDX-License-Identifier: BSD-2-Clause */
/* output_draw: lines, bars and sparklines, however wide and whatever is in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "show/output_draw.h"

static struct output_options wide = { .fitted = true, .width = 80 };
static struct output_options ascii = {
	.fitted = true, .ascii = true, .width = 80
};

static int
set_locale(void **state)
{
	struct output_options options;

	(void)state;
	output_options_init(&options, OUTPUT_TABLE, stdout);
	return 0;
}

static void
check_spark(
    const struct output_options *opt, const char *text, const char *want)
{
	struct buf b = { 0 };

	output_add_spark_text(opt, &b, text);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void
a_spark_has_a_block_a_day(void **state)
{
	(void)state;
	check_spark(&ascii, "8 0:1 1:2 2:3 3:4 4:5 5:6 6:7", ":-==+*#_");
	check_spark(&wide, "3 0:10 2:10", "█▁█");
	check_spark(&ascii, "3 2:10", "__#");
	check_spark(&ascii, "2", "__");
}

static void
only_nothing_has_the_lowest_block(void **state)
{
	(void)state;
	check_spark(&ascii, "3 0:1000000 1:1", "#._");
}

static void
neighbours_share_a_block_and_weigh_the_same(void **state)
{
	(void)state;
	/* 25 days in 10 blocks: two or three days in each. */
	check_spark(&ascii,
	    "25 0:4 1:4 2:4 3:4 4:4 5:4 6:4 7:4 8:4 9:4 10:4 11:4 12:4 13:4 "
	    "14:4 15:4 16:4 17:4 18:4 19:4 20:4 21:4 22:4",
	    "#########-");
	check_spark(&ascii, "20 18:4 19:4 0:2 1:2", "=________#");
}

static void
what_is_no_spark_is_nothing(void **state)
{
	(void)state;
	check_spark(&ascii, "", "");
	check_spark(&ascii, "0 1:2", "");
	check_spark(&ascii, "x", "");
	check_spark(&ascii, "99999999999999999999 1:2", "");
	check_spark(&ascii, "2 7:9 1:1 junk", "_#");
}

static void
check_bar(const struct output_options *opt, double share, const char *want)
{
	struct buf b = { 0 };

	output_add_bar(opt, &b, share, 4);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void
a_bar_is_full_only_for_all_and_empty_only_for_nothing(void **state)
{
	(void)state;
	check_bar(&ascii, 0, "....");
	check_bar(&ascii, 0.0001, "#...");
	check_bar(&ascii, 0.5, "##..");
	check_bar(&ascii, 0.9999, "###.");
	check_bar(&ascii, 1, "####");
	check_bar(&ascii, 7, "####");
	check_bar(&ascii, -1, "....");
	check_bar(&wide, 0, "    ");
	check_bar(&wide, 0.0001, "▏   ");
	check_bar(&wide, 0.5, "██  ");
	check_bar(&wide, 0.9999, "███▉");
	check_bar(&wide, 1, "████");
}

static void
check_lines(struct output_options opt, size_t width, const char *text,
    size_t hang, const char *want)
{
	struct buf b = { 0 };

	opt.width = width;
	output_add_lines(&opt, &b, text, hang);
	assert_string_equal(buf_str(&b), want);
	buf_done(&b);
}

static void
lines_break_at_spaces_and_hang(void **state)
{
	(void)state;
	check_lines(wide, 20, "", 2, "");
	check_lines(wide, 20, "one two", 2, "one two");
	check_lines(wide, 20, "one two three four five six", 2,
	    "one two three four\n  five six");
	check_lines(wide, 20, "  one  two three four five six seven", 3,
	    "  one  two three\n     four five six\n     seven");
	check_lines(
	    wide, 20, "12345678901234567890 x", 0, "12345678901234567890\nx");
	check_lines(
	    wide, 20, "ääääääääääääääääääää ö", 0, "ääääääääääääääääääää\nö");
}

static void
long_words_are_broken_on_a_terminal_only(void **state)
{
	static const char text[] = "a 123456789012345678901234567890, b";

	(void)state;
	check_lines(wide, 20, text, 0, "a 123456789012345678\n901234567890, b");
	check_lines(
	    wide, 20, text, 4, "a 123456789012345678\n    901234567890, b");
	wide.fitted = false;
	check_lines(wide, 20, text, 0, "a\n123456789012345678901234567890,\nb");
	wide.fitted = true;
	check_lines(wide, 20, "          aaaaaaaaaaaaaaaaaaaa b", 30,
	    "          aaaaaaaaaa\n          aaaaaaaaaa\n          b");
	/* Characters of two columns. */
	check_lines(
	    wide, 10, "x 中中中中中中中中中", 1, "x 中中中中\n 中中中中\n 中");
	check_lines(wide, 1, "中中", 0, "中\n中");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spark_has_a_block_a_day),
		cmocka_unit_test(only_nothing_has_the_lowest_block),
		cmocka_unit_test(neighbours_share_a_block_and_weigh_the_same),
		cmocka_unit_test(what_is_no_spark_is_nothing),
		cmocka_unit_test(
		    a_bar_is_full_only_for_all_and_empty_only_for_nothing),
		cmocka_unit_test(lines_break_at_spaces_and_hang),
		cmocka_unit_test(long_words_are_broken_on_a_terminal_only),
	};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
