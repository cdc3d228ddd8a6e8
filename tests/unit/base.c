/* SPDX-License-Identifier: BSD-2-Clause */
/* base: text made safe, numbers read, memory and errors. */
#include <setjmp.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/sha256.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"

static void
what_the_machine_lacks_is_a_passing_fault(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	errno = EMFILE;
	assert_int_equal(err_set_errno(&err, ERR_AUTH, "no password"), -1);
	assert_int_equal(err.class, ERR_AGAIN);
	errno = EACCES;
	assert_int_equal(err_set_errno(&err, ERR_AUTH, "no password"), -1);
	assert_int_equal(err.class, ERR_AUTH);
	assert_string_equal(err.text, "no password: Permission denied");
	assert_false(err_is_passing(0));
}

static void
digits_are_grouped_in_threes(void **state)
{
	char buf[TEXT_DIGITS];

	(void)state;
	assert_string_equal(text_group_digits(0, buf), "0");
	assert_string_equal(text_group_digits(999, buf), "999");
	assert_string_equal(text_group_digits(1000, buf), "1,000");
	assert_string_equal(text_group_digits(-123456, buf), "-123,456");
}

static void
safe_text_keeps_ordinary_text_and_utf8(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(
	    text_safe(out, sizeof(out), "a b\xc3\xa9"), "a b\xc3\xa9");
}

static void
a_code_point_survives_utf8(void **state)
{
	static const uint32_t points[] = { 0x1, 0x7f, 0x80, 0x7ff, 0x800,
		0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff };
	static const size_t lengths[] = { 1, 1, 2, 2, 3, 3, 3, 3, 4, 4 };
	char out[4];
	uint32_t c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
		assert_int_equal(text_put_utf8(out, points[i]), lengths[i]);
		assert_int_equal(
		    text_utf8_char(out, sizeof(out), &c), lengths[i]);
		assert_int_equal(c, points[i]);
	}
}

static void
safe_text_escapes_every_control_byte(void **state)
{
	char in[2] = { 0, 0 }, out[64];
	int c;

	(void)state;
	for (c = 1; c < 256; c++) {
		in[0] = (char)c;
		text_safe(out, sizeof(out), in);
		if (c >= 0x20 && c < 0x7f)
			assert_int_equal(strlen(out), 1);
		else
			assert_memory_equal(out, "\\x", 2);
	}
}

static void
safe_text_escapes_bidi_and_separators(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(text_safe(out, sizeof(out),
	                        "a\xe2\x80\xae"
	                        "b"),
	    "a\\u{202e}b");
	assert_string_equal(
	    text_safe(out, sizeof(out), "\xe2\x80\xa8"), "\\u{2028}");
	assert_string_equal(
	    text_safe(out, sizeof(out), "\xc2\x9b"), "\\u{009b}");
}

static void
safe_text_never_passes_its_size(void **state)
{
	char out[40], in[200];
	size_t size, len;

	(void)state;
	for (len = 0; len < sizeof(in) - 1; len++) {
		memset(in, len % 3 == 0 ? 'x' : '\n', len);
		in[len] = '\0';
		for (size = 8; size < sizeof(out); size++) {
			memset(out, 'Z', sizeof(out));
			text_safe(out, size, in);
			assert_true(strlen(out) < size);
			assert_int_equal(out[size], 'Z');
		}
	}
}

static void
cut_text_ends_in_dots(void **state)
{
	char out[12];

	(void)state;
	assert_string_equal(
	    text_safe(out, sizeof(out), "0123456789"), "0123456789");
	assert_string_equal(
	    text_safe(out, sizeof(out), "0123456789ab"), "01234567...");
}

static void
text_is_cut_at_its_end_or_within(void **state)
{
	/* Each unit takes a column, or two. */
	static const char *const units[] = { "a", "\xc3\xa9", "\xcc\x81",
		"\xe6\xbc\xa2", "\xf0\x9f\x93\xa8" };
	char text[1024], copy[1024];
	size_t i, k, n, columns;

	(void)state;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		for (columns = 8; columns < 40; columns++)
			for (k = 0; k < 60; k++) {
				text[0] = '\0';
				for (n = 0; n < k; n++)
					strncat(text, units[i], 8);
				n = strlen(text);
				assert_int_equal(
				    text_columns(text), i < 3 ? k : 2 * k);
				memcpy(copy, text, n + 1);
				text_cut(copy, columns);
				assert_true(text_is_utf8(copy, strlen(copy)));
				assert_in_range(text_columns(copy), 0, columns);
				if (text_columns(text) <= columns)
					assert_string_equal(copy, text);
				else
					assert_in_range(text_columns(copy),
					    columns - 1, columns);
				memcpy(copy, text, n + 1);
				text_cut_within(copy, columns);
				assert_true(text_is_utf8(copy, strlen(copy)));
				if (text_columns(text) <= columns)
					assert_string_equal(copy, text);
				else
					assert_in_range(text_columns(copy),
					    columns - 2, columns);
			}
	memcpy(text, "0123456789abcdef", 17);
	assert_string_equal(text_cut(text, 12), "012345678...");
	memcpy(text, "0123456789abcdef", 17);
	assert_string_equal(text_cut_within(text, 12), "012...abcdef");
}

static void
utf8_is_strict(void **state)
{
	(void)state;
	assert_true(text_is_utf8("\xf0\x9f\x92\xa9", 4));
	assert_false(text_is_utf8("\xc0\x80", 2));
	assert_false(text_is_utf8("\xed\xa0\x80", 3));
	assert_false(text_is_utf8("\xf4\x90\x80\x80", 4));
	assert_false(text_is_utf8("\xe2\x82", 2));
	assert_false(text_is_utf8("\xf8\x88\x80\x80\x80", 5));
}

static void
room_for_nothing_is_a_place_too(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_non_null(buf_reserve(&b, 0));
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

static void
numbers_are_whole_or_nothing(void **state)
{
	int64_t n;
	uint64_t u;

	(void)state;
	assert_true(text_read_int("-12", INT64_MIN, INT64_MAX, &n));
	assert_int_equal(n, -12);
	assert_false(text_read_int("12x", 0, 99, &n));
	assert_false(text_read_int("", 0, 99, &n));
	assert_false(text_read_int(" 1", 0, 99, &n));
	assert_false(text_read_int("99999999999999999999", 0, INT64_MAX, &n));
	assert_true(text_read_size("32M", &u));
	assert_int_equal(u, 32 << 20);
	assert_false(text_read_size("32MB", &u));
	assert_false(text_read_size("9999999999999G", &u));
	assert_true(text_read_duration("15m", &n));
	assert_int_equal(n, 900);
	assert_true(text_read_duration("90", &n));
	assert_int_equal(n, 90);
	assert_false(text_read_duration("-1s", &n));
}

static void
times_are_read_with_and_without_a_zone(void **state)
{
	static const char *const bad[] = { "", "2026", "2026-11-21T",
		"2026-13-21", "2026-11-32", "2026-11-21T25:00:00Z",
		"2026-11-21T00:60:00Z", "2026-11-21T00:00:00X",
		"2026-11-21T00:00:00+1", "1969-12-31T23:59:59Z",
		"2026-11-21T00:00:00Z ", "9999-12-31T23:59:59-01:00" };
	static const struct {
		const char *text;
		int64_t time;
		bool zoned;
	} good[] = {
		{ "2026-11-21T00:00:00Z", 1795219200, true },
		{ "2026-11-21t00:00:00z", 1795219200, true },
		{ "2026-11-21T00:00:00", 1795219200, false },
		{ "2026-11-21 00:00:00", 1795219200, false },
		{ "2026-11-21", 1795219200, false },
		{ "2026-11-21T02:30:00+02:30", 1795219200, true },
		{ "2026-11-20T19:00:00-0500", 1795219200, true },
		{ "2026-11-21T00:00:00.999Z", 1795219200, true },
		{ "2024-02-29T12:00Z", 1709208000, true },
		{ "1970-01-01", 0, false },
	};
	bool zoned;
	int64_t t;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (!text_read_time(good[i].text, &t, &zoned))
			fail_msg("%s is no time", good[i].text);
		assert_int_equal(t, good[i].time);
		assert_int_equal(zoned, good[i].zoned);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (text_read_time(bad[i], &t, &zoned))
			fail_msg("%s is a time", bad[i]);
}

static void
distance_counts_edits_and_swaps(void **state)
{
	(void)state;
	assert_int_equal(text_distance("folder", "folder"), 0);
	assert_int_equal(text_distance("flder", "folder"), 1);
	assert_int_equal(text_distance("hots", "host"), 1);
	assert_int_equal(text_distance("", "abc"), 3);
}

static void
trim_cuts_both_ends(void **state)
{
	const char s[] = "\r\n\t a b \t", blank[] = " \n ";
	const char *start;
	size_t n = strlen(s);

	(void)state;
	start = text_trim(s, &n);
	assert_int_equal(n, 3);
	assert_memory_equal(start, "a b", 3);
	n = strlen(blank);
	(void)text_trim(blank, &n);
	assert_int_equal(n, 0);
}

static void
errors_are_one_safe_line(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(err_set(&e, ERR_DATA, "bad \"%s\"", "x\ny"), -1);
	assert_string_equal(e.text, "bad \"x\\x0ay\"");
	err_prepend(&e, "part %d", 2);
	assert_string_equal(e.text, "part 2: bad \"x\\x0ay\"");
	assert_int_equal(err_exit_status(e.class), 65);
}

static void
arena_survives_resets_and_large_strings(void **state)
{
	struct arena a = { NULL };
	static char big[100000];
	int i;

	(void)state;
	memset(big, 'x', sizeof(big));
	for (i = 0; i < 100; i++) {
		assert_string_equal(arena_strndup(&a, "abc", 2), "ab");
		assert_int_equal(
		    strlen(arena_strndup(&a, big, sizeof(big))), sizeof(big));
		if (i % 10 == 0)
			arena_reset(&a);
	}
	arena_done(&a);
}

static void
sha256_is_sha256(void **state)
{
	uint8_t d[SHA256_SIZE];
	char hex[SHA256_HEX];

	(void)state;
	sha256_hash("abc", 3, d);
	assert_string_equal(sha256_hex(d, hex),
	    "ba7816bf8f01cfea414140de5dae2223"
	    "b00361a396177a9cb410ff61f20015ad");
}

static void
buf_consumes_from_the_front(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_printf(&b, "%d-%s", 12, "abc");
	buf_consume(&b, 3);
	assert_string_equal(buf_str(&b), "abc");
	buf_consume(&b, 99);
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

static void
limits_are_read_all_or_none(void **state)
{
	static const char *const wrong[] = { "", "unpacked",
		"unpacked=", "unpacked=0", "unpacked=x", "unpacked=2G",
		"message=65M", "records=100000001", "records=-1", "unpack=1M",
		"=1M", "records=5,", ",records=5", "records=5, unpacked=1M",
		"records=0000000000000000000000000000005" };
	const struct limits ordinary = LIMITS_DEFAULT;
	struct limits l = LIMITS_DEFAULT;
	struct err err = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		err.class = ERR_NONE;
		assert_int_equal(limits_read(&l, wrong[i], &err), -1);
		assert_int_equal(err.class, ERR_USAGE);
		assert_memory_equal(&l, &ordinary, sizeof(l));
	}
	assert_int_equal(limits_read(&l, "records=5,unpacked=100M", &err), 0);
	assert_int_equal(l.records, 5);
	assert_int_equal(l.unpacked, 100 << 20);
	assert_int_equal(l.mail_unpacked, ordinary.mail_unpacked);
	assert_int_equal(l.message, ordinary.message);
	/* One attachment may have as much as all of them. */
	assert_int_equal(limits_read(&l, "unpacked=1G", &err), 0);
	assert_int_equal(l.mail_unpacked, 1 << 30);
	assert_int_equal(
	    limits_read(&l, "mail_unpacked=1k,message=9", &err), 0);
	assert_int_equal(l.mail_unpacked, 1 << 30);
	assert_int_equal(l.message, 9);
}

static void
the_words_of_a_server_make_no_other_error(void **state)
{
	struct err a = ERR_INIT, b = ERR_INIT;
	char x[ERR_KEY], y[ERR_KEY];

	(void)state;
	assert_int_equal(err_set(&a, ERR_AUTH, "the login failed"), -1);
	assert_int_equal(err_quote(&a, "", "no (0.002 secs, id 4711)"), -1);
	assert_string_equal(
	    a.text, "the login failed: no (0.002 secs, id 4711)");
	b = a;
	(void)err_set(&b, ERR_AUTH, "the login failed");
	(void)err_quote(&b, "", "no (0.131 secs, id\n4712)");
	assert_string_equal(
	    b.text, "the login failed: no (0.131 secs, id\\x0a4712)");
	assert_string_equal(err_key(&a, x), err_key(&b, y));
	(void)err_prepend(&a, "own");
	(void)err_prepend(&b, "own");
	assert_string_equal(err_key(&a, x), err_key(&b, y));
	(void)err_prepend(&b, "other");
	assert_string_not_equal(err_key(&a, x), err_key(&b, y));

	/* Another code, step or class is another error. */
	(void)err_set(&a, ERR_AUTH, "the login failed");
	(void)err_quote(&a, "EXPIRED", "no");
	assert_string_not_equal(err_key(&a, x), err_key(&b, y));
	(void)err_set(&b, ERR_AGAIN, "the login failed");
	(void)err_quote(&b, "EXPIRED", "no");
	assert_string_not_equal(err_key(&a, x), err_key(&b, y));
	(void)err_set(&a, ERR_AGAIN, "no words");
	(void)err_set(&b, ERR_AGAIN, "no word");
	assert_string_not_equal(err_key(&a, x), err_key(&b, y));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_words_of_a_server_make_no_other_error),
		cmocka_unit_test(text_is_cut_at_its_end_or_within),
		cmocka_unit_test(what_the_machine_lacks_is_a_passing_fault),
		cmocka_unit_test(digits_are_grouped_in_threes),
		cmocka_unit_test(safe_text_keeps_ordinary_text_and_utf8),
		cmocka_unit_test(a_code_point_survives_utf8),
		cmocka_unit_test(safe_text_escapes_every_control_byte),
		cmocka_unit_test(safe_text_escapes_bidi_and_separators),
		cmocka_unit_test(safe_text_never_passes_its_size),
		cmocka_unit_test(cut_text_ends_in_dots),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(room_for_nothing_is_a_place_too),
		cmocka_unit_test(numbers_are_whole_or_nothing),
		cmocka_unit_test(times_are_read_with_and_without_a_zone),
		cmocka_unit_test(distance_counts_edits_and_swaps),
		cmocka_unit_test(trim_cuts_both_ends),
		cmocka_unit_test(errors_are_one_safe_line),
		cmocka_unit_test(arena_survives_resets_and_large_strings),
		cmocka_unit_test(sha256_is_sha256),
		cmocka_unit_test(buf_consumes_from_the_front),
		cmocka_unit_test(limits_are_read_all_or_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
