/* SPDX-License-Identifier: BSD-2-Clause */
/* store/pack: the records of a report in one value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/pack.h"

static const struct pack_record records[] = {
	{ 1, 0, 0, 0, 1, 0, -1, false, false, true, true },
	{ 2, 127, 128, 16383, 16384, 6, 3, true, false, true, true },
	{ 1000, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, 7, 0, false, true,
	    true, true },
	{ INT64_MAX, 1, 2, 3, 4, 3, 2, true, true, true, true },
	/* An id is whatever stands in the table. */
	{ INT64_MIN, 1, -2, -3, -4, 3, 1, true, true, true, true },
	{ -5, 1, 2, 3, 4, 3, 2, true, true, true, true },
	/* Results that a reporter did not give. */
	{ -4, 1, 2, 3, 4, 7, 3, false, true, false, true },
	{ -3, 1, 2, 3, 4, 0, -1, true, false, true, false },
	{ -2, 1, 2, 3, 4, 6, 0, false, false, false, false },
};
#define NRECORDS (sizeof(records) / sizeof(records[0]))

static void
add_all(struct buf *b)
{
	size_t i;

	for (i = 0; i < NRECORDS; i++)
		pack_add(b, i > 0 ? records[i - 1].id : 0, &records[i]);
}

static struct pack_reader
reader_of(const uint8_t *at, size_t len)
{
	return (struct pack_reader) { at, at + len, 0 };
}

static void
assert_same(const struct pack_record *a, const struct pack_record *b)
{
	assert_true(a->id == b->id && a->messages == b->messages &&
	    a->source == b->source && a->signatures == b->signatures &&
	    a->profile == b->profile && a->cause == b->cause &&
	    a->disposition == b->disposition && a->dkim == b->dkim &&
	    a->spf == b->spf && a->has_dkim == b->has_dkim &&
	    a->has_spf == b->has_spf);
}

static void
what_is_packed_is_read_again(void **state)
{
	struct pack_record r;
	struct pack_reader p;
	struct buf b = { 0 };
	size_t i;

	(void)state;
	add_all(&b);
	p = reader_of((const uint8_t *)b.at, b.len);
	for (i = 0; i < NRECORDS; i++) {
		assert_int_equal(pack_next(&p, &r), 1);
		assert_same(&r, &records[i]);
	}
	assert_int_equal(pack_next(&p, &r), 0);
	assert_int_equal(pack_next(&p, &r), 0);
	buf_done(&b);
}

/* Each byte that is missing is one that would be read beyond the end. */
static void
what_is_cut_off_is_damaged(void **state)
{
	struct pack_record r;
	struct pack_reader p;
	struct buf b = { 0 };
	uint8_t *cut;
	size_t len, i;
	int rc;

	(void)state;
	add_all(&b);
	for (len = 1; len < b.len; len++) {
		cut = malloc(len);
		memcpy(cut, b.at, len);
		p = reader_of(cut, len);
		for (i = 0; (rc = pack_next(&p, &r)) == 1; i++)
			assert_same(&r, &records[i]);
		assert_true(i < NRECORDS);
		/* 0: between two records. */
		assert_true(rc == -1 || p.at == p.end);
		free(cut);
	}
	buf_done(&b);
}

static void
numbers_that_never_end_and_counts_below_zero_are_damaged(void **state)
{
	static const uint8_t endless[] = { 0, 255, 255, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 1, 1, 1, 1 };
	static const uint8_t negative[] = { 0, 1, 1, 255, 255, 255, 255, 255,
		255, 255, 255, 255, 1, 1, 1 };
	struct pack_record r;
	struct pack_reader p = reader_of(endless, sizeof(endless));

	(void)state;
	assert_int_equal(pack_next(&p, &r), -1);
	p = reader_of(negative, sizeof(negative));
	assert_int_equal(pack_next(&p, &r), -1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_packed_is_read_again),
		cmocka_unit_test(what_is_cut_off_is_damaged),
		cmocka_unit_test(
		    numbers_that_never_end_and_counts_below_zero_are_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
