/* SPDX-License-Identifier: BSD-2-Clause */
/* store: whether what was stored is where the path leads. */
#include "store_help.h"

#include <fcntl.h>

#include "base/io.h"
#include "store/store_priv.h"

/* Put a copy of one of the database's files in its place. */
static void
replace(const char *suffix)
{
	char file[128], copy[140];
	struct buf bytes = { 0 };
	struct err err = ERR_INIT;
	FILE *f;
	int fd;

	snprintf(file, sizeof(file), "%s%s", help_db, suffix);
	snprintf(copy, sizeof(copy), "%s.copy", file);
	assert_true((fd = open(file, O_RDONLY | O_CLOEXEC)) != -1);
	assert_int_equal(io_read_all(fd, 64 << 20, &bytes, &err), 0);
	close(fd);
	assert_non_null(f = fopen(copy, "w"));
	assert_int_equal(fwrite(bytes.at, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(rename(copy, file), 0);
	buf_done(&bytes);
}

static void
what_is_in_its_place_is_found(void **state)
{
	struct store *s = help_open();

	(void)state;
	assert_true(store_is_new(s));
	ok(store_check_place(s, &err));
	ok(store_begin(s, &err));
	ok(store_commit(s, &err));
	ok(store_check_place(s, &err));
	store_close(s);
	s = help_open();
	assert_false(store_is_new(s));
	ok(store_check_place(s, &err));
	store_close(s);
}

static void
a_file_that_went_away_is_missed(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char file[128];
	struct store *s;
	size_t i;

	(void)state;
	for (i = 0; i < STORE_FILES; i++) {
		s = help_open();
		snprintf(file, sizeof(file), "%s%s", help_db, suffixes[i]);
		assert_int_equal(unlink(file), 0);
		refused(ERR_AGAIN, store_check_place(s, &err));
		store_close(s);
	}
}

static void
a_file_that_was_replaced_is_missed(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	struct store *s;
	size_t i;

	(void)state;
	for (i = 0; i < STORE_FILES; i++) {
		s = help_open();
		replace(suffixes[i]);
		refused(ERR_AGAIN, store_check_place(s, &err));
		store_close(s);
	}
}

int
main(void)
{
#define t(name) cmocka_unit_test_setup_teardown(name, help_setup, help_teardown)
	const struct CMUnitTest tests[] = {
		t(what_is_in_its_place_is_found),
		t(a_file_that_went_away_is_missed),
		t(a_file_that_was_replaced_is_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
