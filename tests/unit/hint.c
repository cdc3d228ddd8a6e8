/* SPDX-License-Identifier: BSD-2-Clause */
/* hint: what lets us think that something was meant as a report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "parse/hint.h"

static bool
has(const char *text, const char *start)
{
	return hint_has_line(text, text + strlen(text), start);
}

static void
a_line_is_found_by_its_start(void **state)
{
	(void)state;
	assert_true(has("Action: failed", "Action:"));
	assert_true(has("Action: failed", "Action: failed"));
	assert_true(has("x\r\naction: FAILED\r\n", "Action: failed"));
	assert_true(has("a: b\n\n \t\r Action:", "Action:"));
	assert_true(has("Action Action:\nAction:", "Action:"));
	assert_true(has(":::\nAction:", "Action:"));
}

static void
it_is_not_found_elsewhere(void **state)
{
	static const char text[] = "Action: failed\nAction: failed";

	(void)state;
	assert_false(has("", "Action:"));
	assert_false(has("Action", "Action:"));
	assert_false(has("Action :", "Action:"));
	assert_false(has("xAction:", "Action:"));
	assert_false(has("x Action:", "Action:"));
	assert_false(has("\nReaction:\n", "Action:"));
	assert_false(has("Action: fail", "Action: failed"));
	/* Nor behind the end. */
	assert_false(hint_has_line(text, text + 6, "Action:"));
	assert_false(hint_has_line(text, text + 13, "Action: failed"));
	assert_false(hint_has_line(text + 1, text + 28, "Action: failed"));
	assert_true(hint_has_line(text + 1, text + 29, "Action: failed"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_by_its_start),
		cmocka_unit_test(it_is_not_found_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
