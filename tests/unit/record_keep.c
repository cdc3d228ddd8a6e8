/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of reports that were read. */
#include "answer/record_keep.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static struct record_keep
keep_new(void)
{
	return (
	    struct record_keep) { .reports.size = sizeof(struct record_kept) };
}

static void
what_was_kept_is_found(void **state)
{
	struct record_keep keep = keep_new();
	uint8_t bytes[] = { 1, 0, 3 };
	struct record_kept kept;

	(void)state;
	assert_false(record_keep_has(&keep));
	assert_null(record_keep_find(&keep, 7).at);
	record_keep_add(&keep, 7, bytes, sizeof(bytes));
	record_keep_add(&keep, -7, bytes, 0);
	memset(bytes, 9, sizeof(bytes));
	/* The first one counts: a report is read once. */
	record_keep_add(&keep, 7, bytes, 1);

	assert_true(record_keep_has(&keep));
	kept = record_keep_find(&keep, 7);
	assert_int_equal(kept.len, 3);
	assert_memory_equal(kept.at, ((uint8_t[]) { 1, 0, 3 }), 3);
	kept = record_keep_find(&keep, -7);
	assert_non_null(kept.at);
	assert_int_equal(kept.len, 0);
	assert_null(record_keep_find(&keep, 8).at);
	record_keep_done(&keep);
}

static void
no_more_is_kept_than_there_is_room(void **state)
{
	struct record_keep keep = keep_new();
	const size_t mebibyte = 1 << 20;
	uint8_t *bytes = xcalloc(mebibyte, 1);
	int64_t report;

	(void)state;
	for (report = 1; report < 20; report++)
		record_keep_add(&keep, report, bytes, mebibyte);
	for (report = 1; report < 20; report++)
		assert_int_equal(
		    record_keep_find(&keep, report).at != NULL, report <= 8);
	record_keep_add(&keep, 20, bytes, 1);
	assert_null(record_keep_find(&keep, 20).at);
	free(bytes);
	record_keep_done(&keep);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_kept_is_found),
		cmocka_unit_test(no_more_is_kept_than_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
