/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses as few rules, and what a word can only be meant as. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "answer/sender_ranges.h"
#include "answer/subject.h"
#include "base/buf.h"

/*
 * Assert the rules of the addresses without a sign before them; what has a
 * minus is something else.
 */
static void
assert_rules(const char *const *addresses, const char *want)
{
	struct array spots = { 0 }, rules = { 0 };
	uint8_t key[SENDER_KEY] = { 0 };
	struct sender_spot *spot;
	struct arena arena = { 0 };
	struct buf got = { 0 };
	size_t i;

	for (i = 0; addresses[i] != NULL; i++) {
		spot = array_add(&spots, sizeof(*spot));
		spot->group = addresses[i][0] == '-' ? -1 : 7;
		sender_network_read(
		    addresses[i] + (addresses[i][0] == '-'), spot->key);
		if (spot->group == 7)
			memcpy(key, spot->key, SENDER_KEY);
	}
	sender_ranges_sort(&spots);
	sender_ranges_add(&rules, &arena, &spots, 7, key);
	for (i = 0; i < rules.n; i++)
		buf_printf(&got, "%s%s", i > 0 ? " " : "",
		    ((const char *const *)rules.at)[i]);
	assert_string_equal(buf_str(&got), want);
	buf_done(&got);
	array_done(&rules);
	array_done(&spots);
	arena_done(&arena);
}

#define RULES(want, ...) \
	assert_rules((const char *const[]) { __VA_ARGS__, NULL }, want)

static void
three_neighbours_are_a_range(void **state)
{
	(void)state;
	RULES("192.0.2.1", "192.0.2.1");
	RULES("192.0.2.1 192.0.2.9", "192.0.2.9", "192.0.2.1");
	RULES("192.0.2.1-192.0.2.9", "192.0.2.9", "192.0.2.5", "192.0.2.1");
	RULES("2001:db8::1-2001:db8::f", "2001:db8::1", "2001:db8::f",
	    "2001:db8::7");
}

static void
nothing_else_lies_in_a_range(void **state)
{
	(void)state;
	RULES("192.0.2.1 192.0.2.5 192.0.2.9", "192.0.2.1", "192.0.2.5",
	    "-192.0.2.6", "192.0.2.9");
	RULES("192.0.2.1 192.0.2.5-192.0.2.9", "192.0.2.1", "-192.0.2.2",
	    "192.0.2.5", "192.0.2.6", "192.0.2.9", "-192.0.2.10");
}

static void
an_address_counts_once_and_is_of_the_group_if_one_is(void **state)
{
	(void)state;
	RULES("192.0.2.1 192.0.2.2", "192.0.2.1", "192.0.2.1", "192.0.2.2",
	    "192.0.2.2");
	RULES("192.0.2.1-192.0.2.3", "192.0.2.1", "-192.0.2.2", "192.0.2.2",
	    "192.0.2.3");
}

static void
no_range_leaves_its_network(void **state)
{
	(void)state;
	RULES("192.0.3.0 192.0.3.1", "192.0.2.254", "192.0.2.255", "192.0.3.0",
	    "192.0.3.1");
	RULES("2001:db8:0:1::1", "2001:db8::1", "2001:db8::2", "2001:db8::3",
	    "2001:db8:0:1::1");
	RULES("192.0.2.1", "-::ffff:0:0", "-255.255.255.255", "192.0.2.1");
}

static void
words_that_can_only_be_addresses_are_told(void **state)
{
	static const char *const addresses[] = { "192.0.2.1", "192.0.2.300",
		"1", "2001:db8::1", "::ffff:192.0.2.1", "::", NULL };
	static const char *const networks[] = { "192.0.2.0/24", "2001:db8::/32",
		"10.0.0.0/999", NULL };
	static const char *const others[] = { "", "example.org", "192.0.2.a",
		"/24", "192.0.2.0/", "in/24", "192.0.2.0/24/1", "Mail: chimp",
		NULL };
	size_t i;

	(void)state;
	for (i = 0; addresses[i] != NULL; i++) {
		assert_true(subject_is_like_address(addresses[i]));
		assert_false(subject_is_like_network(addresses[i]));
	}
	for (i = 0; networks[i] != NULL; i++) {
		assert_false(subject_is_like_address(networks[i]));
		assert_true(subject_is_like_network(networks[i]));
	}
	for (i = 0; others[i] != NULL; i++) {
		assert_false(subject_is_like_address(others[i]));
		assert_false(subject_is_like_network(others[i]));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_neighbours_are_a_range),
		cmocka_unit_test(nothing_else_lies_in_a_range),
		cmocka_unit_test(
		    an_address_counts_once_and_is_of_the_group_if_one_is),
		cmocka_unit_test(no_range_leaves_its_network),
		cmocka_unit_test(words_that_can_only_be_addresses_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
