/* SPDX-License-Identifier: BSD-2-Clause */
/* parse/cost: what the reading of one mail may cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "parse/cost.h"

static void
work_is_paid_until_there_is_none_left(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct err err = ERR_INIT;
	struct cost w;

	(void)state;
	cost_start(&w, &limits);
	assert_int_equal(cost_pay(&w, LIMIT_COST - 1, &err), 0);
	assert_int_equal(cost_pay(&w, 1, &err), 0);
	assert_int_equal(cost_pay(&w, 0, &err), 0);
	assert_false(w.refused);
	assert_int_equal(cost_pay(&w, 1, &err), -1);
	assert_true(w.refused);
	assert_int_equal(err.class, ERR_LIMIT);
	assert_non_null(strstr(err.text, "--limits=mail_unpacked="));
}

static void
what_was_refused_stays_refused(void **state)
{
	const struct limits limits = LIMITS_DEFAULT;
	struct err err = ERR_INIT;
	struct cost w;

	(void)state;
	cost_start(&w, &limits);
	assert_int_equal(cost_pay(&w, UINT64_MAX, &err), -1);
	assert_int_equal(cost_pay(&w, 0, &err), -1);
	cost_start(&w, &limits);
	assert_int_equal(cost_pay(&w, LIMIT_COST, &err), 0);
}

static void
more_may_be_done_where_more_may_be_unpacked(void **state)
{
	struct limits limits = LIMITS_DEFAULT;
	struct err err = ERR_INIT;
	struct cost w;

	(void)state;
	limits.mail_unpacked *= 3;
	cost_start(&w, &limits);
	assert_int_equal(cost_pay(&w, 3 * LIMIT_COST, &err), 0);
	assert_int_equal(cost_pay(&w, 1, &err), -1);
	limits.mail_unpacked = 1;
	cost_start(&w, &limits);
	assert_int_equal(cost_pay(&w, LIMIT_COST, &err), 0);
}

static void
without_an_account_nothing_is_paid(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(cost_pay(NULL, UINT64_MAX, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(work_is_paid_until_there_is_none_left),
		cmocka_unit_test(what_was_refused_stays_refused),
		cmocka_unit_test(more_may_be_done_where_more_may_be_unpacked),
		cmocka_unit_test(without_an_account_nothing_is_paid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
