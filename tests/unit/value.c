/* SPDX-License-Identifier: BSD-2-Clause */
/* value: addresses, counts and words, however reports write them. */
#include "parse/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
an_address_is_found_in_what_stands_around_it(void **state)
{
	static const struct {
		const char *text, *address;
		bool more;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", false },
		{ "2001:DB8::0001", "2001:db8::1", false },
		{ "::ffff:192.0.2.1", "192.0.2.1", false },
		{ "[192.0.2.1]", "192.0.2.1", false },
		{ "[IPv6:2001:db8::1]", "2001:db8::1", false },
		{ "ip4:192.0.2.1", "192.0.2.1", false },
		{ "fe80::1%eth0", "fe80::1", false },
		{ "\"192.0.2.1\"", "192.0.2.1", false },
		{ "192.0.2.1:25", "192.0.2.1", true },
		{ "192.0.2.1:smtp", "192.0.2.1", true },
		{ "192.0.2.1#25", "192.0.2.1", true },
		{ "[192.0.2.1]:25", "192.0.2.1", true },
		{ "[2001:db8::1]:25", "2001:db8::1", true },
		{ "2001:db8:0:0:0:0:0:1:25", "2001:db8::1", true },
		{ "192.0.2.1/32", "192.0.2.1", true },
		{ "2001:db8::1/128", "2001:db8::1", true },
		{ "[2001:db8::1%eth0]/64", "2001:db8::1", true },
		{ "192.0.2.1.", "192.0.2.1", true },
		{ "192.0.2.1.:25", "192.0.2.1", true },
		{ "192.0.2.1 (mail.example.org)", "192.0.2.1", true },
		{ "192.0.2.1 port 25", "192.0.2.1", true },
		{ "mail.example.org [192.0.2.1]", "192.0.2.1", true },
		{ "mail.example.org (192.0.2.1)", "192.0.2.1", true },
		{ "<192.0.2.1>,", "192.0.2.1", false },
		{ "192.000.002.001", "192.0.2.1", true },
		{ "010.000.000.200", "10.0.0.200", true },
	};
	static const char *const none[] = { "", " ", "[", "i", "mail.example",
		"192.0.2", "192.0.2.256", "192.0.2.07", "010.0.0.1",
		"192.0.2.1, 192.0.2.2", "192.0.2.1 192.0.2.2", ":25", "::1::2",
		"[]:25", "1", "0300.000.002.001" };
	struct arena arena = { 0 };
	const char *address;
	bool more;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		more = false;
		address = value_read_address(cases[i].text, &arena, &more);
		if (address == NULL || strcmp(address, cases[i].address) != 0)
			fail_msg("%s: %s", cases[i].text, address);
		if (more != cases[i].more)
			fail_msg("%s", cases[i].text);
		assert_non_null(
		    value_read_address(cases[i].text, &arena, NULL));
	}
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (value_read_address(none[i], &arena, NULL) != NULL)
			fail_msg("%s", none[i]);
	arena_done(&arena);
}

static void
a_count_may_be_written_in_many_ways(void **state)
{
	static const struct {
		const char *text;
		enum value_count kind;
		int64_t n;
	} cases[] = {
		{ "3", COUNT_PLAIN, 3 },
		{ "0", COUNT_PLAIN, 0 },
		{ "1000", COUNT_PLAIN, 1000 },
		{ "+3", COUNT_OTHER, 3 },
		{ "007", COUNT_OTHER, 7 },
		{ "3.0", COUNT_OTHER, 3 },
		{ "3,00", COUNT_OTHER, 3 },
		{ "0.000", COUNT_OTHER, 0 },
		{ "1,000", COUNT_OTHER, 1000 },
		{ "1.000", COUNT_OTHER, 1000 },
		{ "1 000", COUNT_OTHER, 1000 },
		{ "1\xc2\xa0"
		  "000",
		    COUNT_OTHER, 1000 },
		{ "1\xe2\x80\xaf"
		  "000\xe2\x80\xaf"
		  "000",
		    COUNT_OTHER, 1000000 },
		{ "1'000", COUNT_OTHER, 1000 },
		{ "1_000", COUNT_OTHER, 1000 },
		{ "12,345,678", COUNT_OTHER, 12345678 },
		{ "12,34,567", COUNT_OTHER, 1234567 },
		{ "1,234.0", COUNT_OTHER, 1234 },
		{ "1.234,00", COUNT_OTHER, 1234 },
		{ "1e3", COUNT_OTHER, 1000 },
		{ "1.5E+03", COUNT_OTHER, 1500 },
		{ "2.0e0", COUNT_OTHER, 2 },
		{ "5 (five)", COUNT_OTHER, 5 },
		{ "99999999999999999999", COUNT_PLAIN, INT64_MAX },
		{ "9e99", COUNT_OTHER, INT64_MAX },
		{ "3.5", COUNT_ROUGH, 3 },
		{ "1.25e1", COUNT_ROUGH, 12 },
		{ "1.2345", COUNT_ROUGH, 1 },
		{ "~5", COUNT_ROUGH, 5 },
		{ "~ 1,000", COUNT_ROUGH, 1000 },
	};
	static const char *const none[] = { "", "-1", "many", "0x10", ".", ".5",
		"3.x", "3e", "3ex", "1e-3", "NaN", "three", "5-6", "~", "--",
		"5 messages", "1 000 00 0x" };
	enum value_count kind;
	int64_t n;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		n = -1;
		kind = value_read_count(cases[i].text, &n);
		if (kind != cases[i].kind || n != cases[i].n)
			fail_msg("%s: %d %lld", cases[i].text, (int)kind,
			    (long long)n);
	}
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		n = 77;
		if (value_read_count(none[i], &n) != COUNT_NONE || n != 77)
			fail_msg("%s: %lld", none[i], (long long)n);
	}
}

static void
a_word_is_what_is_left_without_blanks_and_comments(void **state)
{
	static const char *const cases[][2] = {
		{ "pass", "pass" },
		{ " Pass ", "pass" },
		{ "Temp-Error", "temperror" },
		{ "perm error", "permerror" },
		{ "soft_fail", "softfail" },
		{ "pass (good signature)", "pass" },
		{ "fail; body hash", "fail" },
		{ "fail: body hash", "fail" },
		{ "\"none\"", "none" },
		{ "dkim=pass header.d=example.org", "pass" },
		{ "SPF=SoftFail smtp.mailfrom=a@example.org", "softfail" },
	};
	static const char *const none[] = { "", " ", "-", "(none)",
		"p\xc3\xa4ss", "pass?", "a=b", "pass/fail",
		"abcdefghijklmnopqrstuvwxyzabcdef" };
	char word[VALUE_WORD];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!value_read_word(cases[i][0], word))
			fail_msg("%s", cases[i][0]);
		assert_string_equal(word, cases[i][1]);
	}
	for (i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (value_read_word(none[i], word))
			fail_msg("%s: %s", none[i], word);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_found_in_what_stands_around_it),
		cmocka_unit_test(a_count_may_be_written_in_many_ways),
		cmocka_unit_test(
		    a_word_is_what_is_left_without_blanks_and_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
