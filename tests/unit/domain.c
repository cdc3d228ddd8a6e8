/* SPDX-License-Identifier: BSD-2-Clause */
/* What can be a domain, and what stands for it if it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "parse/aggregate_record.h"
#include "parse/domain.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))
#define LABEL "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
what_can_be_a_domain_is_one(void **state)
{
	static const char *const possible[] = { "example.org", "org", "unknown",
		"a-b.example", "_dmarc.example.org", "xn--bcher-kva.example",
		"b\xc3\xbc"
		"cher.example",
		"1.2.3.4", "EXAMPLE.org", LABEL ".example", "[192.0.2.1]",
		"[IPv6:2001:db8::1]" };
	size_t i;

	(void)state;
	assert_int_equal(strlen(LABEL), 63);
	for (i = 0; i < N(possible); i++)
		if (!domain_is_possible(possible[i]))
			fail_msg("not possible: %s", possible[i]);
}

static void
what_cannot_be_a_domain_is_none(void **state)
{
	static const char *const impossible[] = { "", ".", "..", ".example",
		"example.", "example..org", LABEL "a.example", "a b.example",
		" example.org", "a\tb.example", "a\nb", "a\x7f", "a\"b", "a<b",
		"a/b.example", "*.example.org", "a,b", "a:b", "[192.0.2.1",
		"[]", "[a b]",
		"a\xc2\xa0"
		"b.example",
		"a\xe3\x80\x80.example", "a\xe2\x80\xae.example",
		"a\xe2\x80\x8b.example", "a\xef\xbf\xbd.example",
		"\xff.example", "\xc3.example" };
	size_t i;

	(void)state;
	for (i = 0; i < N(impossible); i++)
		if (domain_is_possible(impossible[i]))
			fail_msg("possible: %s", impossible[i]);
}

static void
what_is_plain_needs_nothing_done(void **state)
{
	static const char *const plain[] = { "example.org", "org", "1.2.3.4",
		"a-b.example", "_dmarc.example.org", "xn--bcher-kva.example",
		LABEL "." LABEL ".example" };
	static const char *const other[] = { "", ".", "..", ".example",
		"example.", "example.org.", "example..org", "Example.org",
		"EXAMPLE", LABEL "a.example", "a." LABEL "a", " example.org",
		"example.org ", "<example.org>", "a@example.org", "a b", "a\nb",
		"a/b", "[192.0.2.1]", "a`", "a{", "a/", "a:",
		"b\xc3\xbc"
		"cher.example",
		"\xff" };
	struct arena arena = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < N(plain); i++) {
		if (!domain_is_plain(plain[i]) || !domain_is_possible(plain[i]))
			fail_msg("not plain: %s", plain[i]);
		assert_ptr_equal(
		    aggregate_read_domain(plain[i], &arena), plain[i]);
	}
	for (i = 0; i < N(other); i++)
		if (domain_is_plain(other[i]))
			fail_msg("plain: %s", other[i]);
	arena_done(&arena);
}

/* A name of so many bytes, in labels of 49. */
static const char *
long_name(char *out, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = i % 50 == 49 && i + 1 < n ? '.' : 'a';
	out[n] = '\0';
	return out;
}

static void
a_domain_has_253_bytes(void **state)
{
	struct arena arena = { 0 };
	char name[300];

	(void)state;
	assert_true(domain_is_possible(long_name(name, 253)));
	assert_true(domain_is_plain(name));
	assert_ptr_equal(domain_cut(name, &arena), name);
	assert_false(domain_is_possible(long_name(name, 254)));
	assert_false(domain_is_plain(name));
	arena_done(&arena);
}

static void
what_is_cut_is_valid_and_never_a_domain(void **state)
{
	static const char *const units[] = { "a", ".", "a.", "\xc3\xbc",
		"\xe2\x82\xac", "\xf0\x9f\x93\xa8" };
	struct arena arena = { 0 };
	char text[1200] = "";
	const char *key;
	size_t i, k, n;

	(void)state;
	for (i = 0; i < N(units); i++)
		for (k = 0; k < 4; k++) {
			memset(text, 'b', k);
			n = k;
			while (n < 300) {
				memcpy(text + n, units[i], strlen(units[i]));
				n += strlen(units[i]);
			}
			text[n] = '\0';
			key = domain_cut(text, &arena);
			n = strlen(key);
			assert_in_range(n, 247, 253);
			assert_true(text_is_utf8(key, n));
			assert_memory_equal(key, text, n - 3);
			assert_string_equal(key + n - 3, "...");
			assert_false(domain_is_possible(key));
		}
	arena_done(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_can_be_a_domain_is_one),
		cmocka_unit_test(what_cannot_be_a_domain_is_none),
		cmocka_unit_test(what_is_plain_needs_nothing_done),
		cmocka_unit_test(a_domain_has_253_bytes),
		cmocka_unit_test(what_is_cut_is_valid_and_never_a_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
