/* SPDX-License-Identifier: BSD-2-Clause */
/* output_table: columns that line up and fit, however wide and in whatever
 * script the cells are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/text.h"
#include "show/output_table.h"
#include "show/output_value.h"

struct shape {
	const char *title;
	bool right;
	int shrink;
};

static int
set_locale(void **state)
{
	struct output_options options;

	(void)state;
	output_options_init(&options, OUTPUT_TABLE, stdout);
	return 0;
}

static bool wraps_last;

/* Draw a table; cells are row by row, the last one is NULL.  free() it. */
static char *
draw(const struct output_options *options, const struct shape *shapes,
    const char *const *cells, const char *color)
{
	struct output_options opt = *options;
	struct output_table *t;
	struct buf safe = { 0 };
	char *text;
	size_t n;

	opt.stream = open_memstream(&text, &n);
	t = output_table_new(&opt);
	for (; shapes->title != NULL; shapes++)
		output_table_add_column(
		    t, shapes->title, shapes->right, shapes->shrink);
	if (wraps_last)
		output_table_wrap_last(t);
	for (; *cells != NULL; cells++) {
		safe.len = 0;
		output_add_safe(&opt, &safe, *cells);
		output_table_add_cell(t, buf_str(&safe), color);
	}
	output_table_print(t);
	output_table_free(t);
	buf_done(&safe);
	fclose(opt.stream);
	return text;
}

static const struct output_options pipe_options = { .width = 80 };
static const struct shape name_and_count[] = { { "name", false, 4 },
	{ "count", true, 0 }, { "more", false, 0 }, { NULL, false, 0 } };

static void
check(const struct output_options *options, const char *const *cells,
    const char *color, const char *want)
{
	char *got = draw(options, name_and_count, cells, color);

	assert_string_equal(got, want);
	free(got);
}

static void
numbers_end_and_words_begin_in_one_column(void **state)
{
	static const char *const cells[] = { "a", "1", "x", "longer",
		"12345678", "", NULL };

	(void)state;
	check(&pipe_options, cells, NULL,
	    "name      count more\n"
	    "a             1 x\n"
	    "longer 12345678 \n");
}

static void
wide_characters_and_accents_take_their_columns(void **state)
{
	static const char *const cells[] = { "\xe6\xbc\xa2\xe5\xad\x97", "1",
		"x", "\xf0\x9f\x98\x80", "2", "y", "e\xcc\x81", "3", "z",
		NULL };

	(void)state;
	check(&pipe_options, cells, NULL,
	    "name count more\n"
	    "\xe6\xbc\xa2\xe5\xad\x97     1 x\n"
	    "\xf0\x9f\x98\x80       2 y\n"
	    "e\xcc\x81        3 z\n");
}

static void
colour_is_around_the_text_of_a_cell(void **state)
{
	static const struct output_options colored = {
		.width = 80, .fitted = true, .color = true
	};
	static const char *const cells[] = { "a", "1", "x", NULL };

	(void)state;
	check(&colored, cells, "\033[31m",
	    "name count more\n"
	    "\033[31ma   \033[0m \033[31m    1\033[0m "
	    "\033[31mx\033[0m\n");
}

static void
a_column_of_zeros_is_left_out_if_asked(void **state)
{
	static const struct shape subs[] = { { "name", false, 0 },
		{ "subs", true, OUTPUT_IF_ANY }, { NULL, false, 0 } };
	static const char *const none[] = { "a", "0", "b", "0", NULL };
	static const char *const some[] = { "a", "0", "b", "7", NULL };
	char *text;

	(void)state;
	text = draw(&pipe_options, subs, none, NULL);
	assert_string_equal(text, "name\na\nb\n");
	free(text);
	text = draw(&pipe_options, subs, some, NULL);
	assert_string_equal(text, "name subs\na       0\nb       7\n");
	free(text);
}

static void
the_last_column_is_broken_if_asked(void **state)
{
	static const struct output_options narrow = {
		.width = 30, .fitted = true, .color = true
	};
	static const struct shape reasons[] = { { "when", false, 0 },
		{ "reason", false, 10 }, { NULL, false, 0 } };
	static const char *const cells[] = { "now",
		"part 2: a report that says nothing at all", "5 s ago",
		"averyveryverylongwordthatnobodywouldbreak", "then", "", NULL };
	char *text;

	(void)state;
	wraps_last = true;
	text = draw(&narrow, reasons, cells, NULL);
	wraps_last = false;
	assert_string_equal(text,
	    "when    reason\n"
	    "now     part 2: a report that\n"
	    "        says nothing at all\n"
	    "5 s ago averyveryverylongwordt\n"
	    "        hatnobodywouldbreak\n"
	    "then    \n");
	free(text);
}

/* The widest line, in columns of the terminal. */
static size_t
widest(const char *text)
{
	size_t most = 0, width = 0, n;
	uint32_t c;
	int w;

	for (; *text != '\0'; text += n) {
		n = text_utf8_char(text, strlen(text), &c);
		assert_true(n > 0);
		if (c == '\n') {
			width = 0;
			continue;
		}
		w = wcwidth((wchar_t)c);
		assert_true(w >= 0);
		width += (size_t)w;
		if (width > most)
			most = width;
	}
	return most;
}

static void
a_table_fits_the_terminal(void **state)
{
	static const struct shape shapes[] = { { "domain", false, 6 },
		{ "messages", true, 0 }, { "org_name", false, 6 },
		{ "report id", false, 6 }, { NULL, false, 0 } };
	static const char *const texts[] = { "y", "e\xcc\x81", "\xee\x80\x80",
		"\xcd\xb8", "\xf0\x9f\x98\x80" };
	struct output_options opt = { .fitted = true };
	struct buf ids = { 0 }, wide = { 0 }, d = { 0 };
	const char *cells[] = { NULL, "1,234,567", NULL, NULL, "short", "1",
		"a", "b", NULL };
	char *text;
	size_t i, n;

	(void)state;
	for (n = 0; n < 90; n++)
		buf_add_char(&d, 'd');
	for (n = 0; n < 60; n++)
		buf_add_str(&wide, "\xe6\xbc\xa2");
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		ids.len = 0;
		for (n = 0; n < 60; n++)
			buf_add_str(&ids, texts[i]);
		cells[0] = buf_str(&d);
		cells[2] = buf_str(&wide);
		cells[3] = buf_str(&ids);
		for (opt.width = 40; opt.width <= 120; opt.width += 7) {
			text = draw(&opt, shapes, cells, NULL);
			assert_true(widest(text) <= opt.width);
			assert_true(widest(text) >= opt.width - 2);
			assert_non_null(strstr(text, "\xe2\x80\xa6"));
			assert_non_null(strstr(text, "short"));
			free(text);
		}
	}
	buf_done(&ids);
	buf_done(&wide);
	buf_done(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_end_and_words_begin_in_one_column),
		cmocka_unit_test(
		    wide_characters_and_accents_take_their_columns),
		cmocka_unit_test(colour_is_around_the_text_of_a_cell),
		cmocka_unit_test(a_column_of_zeros_is_left_out_if_asked),
		cmocka_unit_test(the_last_column_is_broken_if_asked),
		cmocka_unit_test(a_table_fits_the_terminal),
	};

	return cmocka_run_group_tests(tests, set_locale, NULL);
}
