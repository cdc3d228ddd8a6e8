/* SPDX-License-Identifier: BSD-2-Clause */
/* date: one reader for every way in which a report writes a time. */
#include "parse/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool
read_text(const char *s, struct date *d)
{
	return date_read(s, strlen(s), d);
}

/* All of them are 2026-11-21T00:00:00Z. */
#define MIDNIGHT INT64_C(1795219200)

static void
every_form_gives_the_same_second(void **state)
{
	static const struct {
		const char *text;
		enum date_form form;
	} cases[] = {
		{ "1795219200", DATE_NUMBER },
		{ " 1795219200\r\n", DATE_NUMBER },
		{ "\"1795219200\"", DATE_NUMBER },
		{ "1795219200000", DATE_NUMBER },
		{ "1795219200123456", DATE_NUMBER },
		{ "1795219200123456789", DATE_NUMBER },
		{ "1795219200.75", DATE_NUMBER },
		{ "1795219200.000", DATE_NUMBER },
		{ "1,795,219,200", DATE_NUMBER },
		{ "1.795.219.200", DATE_NUMBER },
		{ "1 795 219 200", DATE_NUMBER },
		{ "1.795219200e9", DATE_NUMBER },
		{ "1795219200 UTC", DATE_NUMBER },
		{ "2026-11-21", DATE_ISO },
		{ "2026-11-21T00:00:00Z", DATE_ISO },
		{ "2026-11-21t00:00:00z", DATE_ISO },
		{ "2026-11-21T00:00:00", DATE_ISO },
		{ "2026-11-21 00:00", DATE_ISO },
		{ "2026-11-21_00:00:00", DATE_ISO },
		{ "2026-11-21T00:00:00.123Z", DATE_ISO },
		{ "2026-11-21T00:00:00,5+00:00", DATE_ISO },
		{ "2026-11-20T24:00:00Z", DATE_ISO },
		{ "2026-11-21T02:00:00+02:00", DATE_ISO },
		{ "2026-11-21T02:00:00+02:00[Europe/Berlin]", DATE_ISO },
		{ "2026-11-21 09:00:00 +0900", DATE_ISO },
		{ "2026-11-20T19:00:00-05", DATE_ISO },
		{ "2026-11-21 05:30:00+05:30", DATE_ISO },
		{ "2026-11-21 00:00:00 UTC", DATE_ISO },
		{ "2026-11-21 08:00:00 GMT+8", DATE_ISO },
		{ "2026-11-21 08:00:00 GMT+0800", DATE_ISO },
		{ "2026-11-21 09:00:00 UTC+09:00", DATE_ISO },
		{ "2026-11-21 01:00:00 CET", DATE_ISO },
		{ "20261121", DATE_ISO },
		{ "20261121T000000Z", DATE_ISO },
		{ "20261121000000", DATE_ISO },
		{ "202611210000", DATE_ISO },
		{ "2026/11/21 00:00:00", DATE_ISO },
		{ "2026.11.21", DATE_ISO },
		{ "21/11/2026", DATE_ISO },
		{ "11/21/2026 12:00 AM", DATE_ISO },
		{ "21.11.2026 00:00", DATE_ISO },
		{ "21-11-2026", DATE_ISO },
		{ "Sat, 21 Nov 2026 00:00:00 +0000", DATE_WORDS },
		{ "Sat, 21 Nov 2026 00:00:00 GMT", DATE_WORDS },
		{ "Sat, 21 Nov 2026 09:00:00 +0900 (JST)", DATE_WORDS },
		{ "21 November 2026", DATE_WORDS },
		{ "21-Nov-2026", DATE_WORDS },
		{ "21/Nov/2026:00:00:00 +0000", DATE_WORDS },
		{ "Sat Nov 21 00:00:00 2026", DATE_WORDS },
		{ "Sat Nov 21 01:00:00 CET 2026", DATE_WORDS },
		{ "Nov 21, 2026 12:00:00 AM", DATE_WORDS },
		{ "Saturday, November 21st, 2026", DATE_WORDS },
		{ "Fri, 20 Nov 2026 4:00 PM PST", DATE_WORDS },
	};
	struct date d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!read_text(cases[i].text, &d))
			fail_msg("%s", cases[i].text);
		if (d.ts != MIDNIGHT || d.form != cases[i].form)
			fail_msg("%s: %lld %d", cases[i].text, (long long)d.ts,
			    (int)d.form);
	}
}

static void
what_is_no_time_or_two_is_none(void **state)
{
	static const char *const bad[] = { "", " ", "0", "-1795219200", "soon",
		"~1795219200", "179521920", "17952192000", "17952I9200",
		"1795219200 CET", "1.7952e9", "1795219200.x", "0x6b00fb80",
		"99999999999999999999", "2026", "2026-11", "2026-13-01",
		"2026-02-30", "2025-02-29", "2026-11-O1", "2026-11-21T00",
		"2026-11-21T25:00:00Z", "2026-11-21T24:00:01Z",
		"2026-11-21T00:60:00Z", "2026-11-21T00:00:00+15:00",
		"2026-11-21T00:00:00+x", "2026-11-21T00:00:00+01:00+01:00",
		"2026-11-21T00:00:00X", "2026-11-21 00:00:00 Nowhere",
		"2026-11-21 2026-11-22", "2026-11-21T00:00:00Z 12:00",
		"0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z",
		"1999-12-31T00:00:00Z", "20261321", "2026112", "01/02/2026",
		"11/12/26", "01.02.2026", "11.21.2026", "21/11", "00:00:00",
		"21 Nov", "Nov 2026", "31 Nov 2026", "21 Nov 2026 13:00 PM",
		"21 Foo 2026", "21 Nov 2026 at noon", "1 2 3", "T", "+", "(",
		"[", "NaN", "null", "21 Nov 2026 +0000", "12026-11-21" };
	struct date d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (read_text(bad[i], &d))
			fail_msg("%s: %lld", bad[i], (long long)d.ts);
	assert_false(date_read("2026-11-21\0", 11, &d));
}

static void
what_was_odd_about_it_is_told(void **state)
{
	struct date d;

	(void)state;
	assert_true(read_text("1795219200", &d));
	assert_true(!d.scaled && !d.fraction && !d.grouped && d.zoned);
	assert_true(read_text("1795219200000", &d));
	assert_true(d.scaled && !d.grouped);
	assert_true(read_text("1795219200.5", &d));
	assert_true(d.fraction && !d.grouped);
	assert_true(read_text("1.795.219.200", &d));
	assert_true(d.grouped && !d.fraction);
	assert_true(read_text("2026-11-21T00:00:00", &d) && !d.zoned);
	assert_true(read_text("2026-11-21T00:00:00.5Z", &d) && d.zoned);
	assert_true(d.fraction);
	assert_true(read_text("21 Nov 2026 00:00:00", &d) && !d.zoned);
}

static void
a_header_may_say_more_than_a_date(void **state)
{
	static const char date[] = "Samstag, 21 Nov 2026 00:00:00 +0000 Uhr";
	struct date d;

	(void)state;
	assert_false(read_text(date, &d));
	assert_int_equal(date_read_header(date, strlen(date)), MIDNIGHT);
	assert_int_equal(date_read_header("2026-11-21", 10), 0);
	assert_int_equal(date_read_header("", 0), 0);
}

static void
no_text_is_too_long(void **state)
{
	static const char *const parts[] = { "0", "1,", "2026-", " 1", "(", "[",
		"Nov", "+1", "12:", "T" };
	char text[4096];
	struct date d;
	size_t i, n, k;

	(void)state;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		k = strlen(parts[i]);
		for (n = 0; n < sizeof(text); n++)
			text[n] = parts[i][n % k];
		for (n = 0; n < 300; n++)
			assert_false(date_read(text, n, &d));
		date_read_header(text, sizeof(text));
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_gives_the_same_second),
		cmocka_unit_test(what_is_no_time_or_two_is_none),
		cmocka_unit_test(what_was_odd_about_it_is_told),
		cmocka_unit_test(a_header_may_say_more_than_a_date),
		cmocka_unit_test(no_text_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
