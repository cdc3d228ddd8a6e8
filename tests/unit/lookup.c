/* SPDX-License-Identifier: BSD-2-Clause */
/* lookup: when an address is due again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "answer/lookup.h"

#define HOUR 3600
#define DAY (24 * HOUR)

static void
what_is_known_is_known_for_days(void **state)
{
	(void)state;
	assert_int_equal(lookup_next(LOOKUP_OK, 0, 1000), 1000 + 30 * DAY);
	assert_int_equal(lookup_next(LOOKUP_NONE, 0, 1000), 1000 + 7 * DAY);
	assert_int_equal(
	    lookup_next(LOOKUP_UNCONFIRMED, 0, 1000), 1000 + 7 * DAY);
}

static void
what_fails_is_tried_less_and_less_often(void **state)
{
	static const int64_t hours[] = { 1, 1, 2, 4, 8, 16, 24, 24, 24 };
	int64_t i;

	(void)state;
	for (i = 0; i < 9; i++)
		assert_int_equal(
		    lookup_next(LOOKUP_FAILED, i, 7), 7 + hours[i] * HOUR);
	assert_int_equal(lookup_next(LOOKUP_FAILED, INT64_MAX, 7), 7 + DAY);
	assert_int_equal(lookup_next(LOOKUP_FAILED, -5, 7), 7 + HOUR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_known_is_known_for_days),
		cmocka_unit_test(what_fails_is_tried_less_and_less_often),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
