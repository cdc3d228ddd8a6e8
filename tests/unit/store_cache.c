/* SPDX-License-Identifier: BSD-2-Clause */
/* store_cache: what is found is what was kept last, however much is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "store/store_priv.h"

#define MANY 100000 /* of which not all can be kept */
#define SOME 2000   /* of which nearly all are */

/* The id that is kept for the key, or 0. */
static int64_t
find(struct store_cache *c, int64_t key)
{
	const struct store_cached *row;

	row = store_cache_find(c, &key, sizeof(key));
	return row != NULL ? row->id : 0;
}

static void
keep(struct store_cache *c, int64_t key, int64_t id)
{
	store_cache_keep(
	    c, &key, sizeof(key), &(struct store_cached) { .id = id });
}

/* How many of so many keys are kept, all of them for key + more. */
static int
count(struct store_cache *c, int64_t keys, int64_t more)
{
	int64_t key, id;
	int n = 0;

	for (key = 0; key < keys; key++)
		if ((id = find(c, key)) != 0) {
			assert_int_equal(id, key + more);
			n++;
		}
	return n;
}

static void
what_is_kept_is_found_while_it_grows(void **state)
{
	struct store_cache *c = store_cache_new();
	int64_t key;

	(void)state;
	assert_int_equal(find(c, 0), 0);
	for (key = 0; key < MANY; key++) {
		keep(c, key, key + 1);
		assert_int_equal(find(c, key), key + 1);
		if (key == SOME - 1)
			assert_true(count(c, SOME, 1) > SOME - SOME / 100);
	}
	assert_in_range(count(c, MANY, 1), 15000, 16384);
	store_cache_free(c);
}

static void
a_row_takes_the_place_of_the_one_with_its_key(void **state)
{
	struct store_cache *c = store_cache_new();
	int64_t key;

	(void)state;
	for (key = 0; key < SOME; key++)
		keep(c, key, key + 1);
	for (key = 0; key < SOME; key++)
		keep(c, key, key + 2);
	assert_true(count(c, SOME, 2) > SOME - SOME / 100);
	store_cache_free(c);
}

static void
what_was_forgotten_is_not_found(void **state)
{
	struct store_cache *c = store_cache_new();
	int64_t key;
	int i;

	(void)state;
	for (i = 1; i < 5; i++) {
		for (key = 0; key < i * 300; key++)
			keep(c, key, key + i);
		assert_true(count(c, i * 300, i) > i * 290);
		store_cache_forget(c);
		assert_int_equal(count(c, i * 300, i), 0);
	}
	store_cache_free(c);
}

static void
keys_differ_by_their_length_and_long_ones_are_not_kept(void **state)
{
	struct store_cache *c = store_cache_new();
	const struct store_cached *row;
	char key[200] = { 0 };
	size_t len;

	(void)state;
	for (len = 1; len <= sizeof(key); len++)
		store_cache_keep(
		    c, key, len, &(struct store_cached) { .id = (int64_t)len });
	for (len = 1; len <= sizeof(key); len++) {
		row = store_cache_find(c, key, len);
		if (len > 192)
			assert_null(row);
		else if (row != NULL)
			assert_int_equal(row->id, len);
	}
	assert_non_null(store_cache_find(c, key, 192));
	store_cache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_kept_is_found_while_it_grows),
		cmocka_unit_test(a_row_takes_the_place_of_the_one_with_its_key),
		cmocka_unit_test(what_was_forgotten_is_not_found),
		cmocka_unit_test(
		    keys_differ_by_their_length_and_long_ones_are_not_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
