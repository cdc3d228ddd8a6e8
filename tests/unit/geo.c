/* SPDX-License-Identifier: BSD-2-Clause */
/* geo: files of tests/system/mmdb.py. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "dns/geo.h"
#include "dns/geo_check.h"
#include "source.h"

static char root[] = "/tmp/ruad-geo-XXXXXX";

static int
make_files(void **state)
{
	char *script;
	int status;
	pid_t pid;

	(void)state;
	if (mkdtemp(root) == NULL)
		return -1;
	xasprintf(&script, "%s/tests/system/mmdb.py", source_dir());
	if ((pid = fork()) == 0) {
		execl("/usr/bin/python3", "python3", "-B", script, root,
		    (char *)NULL);
		_exit(127);
	}
	free(script);
	return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : -1;
}

static int
remove_files(void **state)
{
	pid_t pid;

	(void)state;
	if ((pid = fork()) == 0) {
		execl("/bin/rm", "rm", "-rf", root, (char *)NULL);
		_exit(127);
	}
	return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

static char *
path_of(const char *name)
{
	char *path;

	xasprintf(&path, "%s/%s.mmdb", root, name);
	return path;
}

/* At most two files; NULL: one only. */
static struct geo *
open_files(const char *one, const char *two)
{
	char *paths[] = { path_of(one), two != NULL ? path_of(two) : NULL };
	struct err err = ERR_INIT;
	struct geo *g = NULL;

	if (geo_open(&g, (const char *const *)paths, two != NULL ? 2 : 1,
	        &err) == -1)
		fail_msg("%s", err.text);
	free(paths[0]);
	free(paths[1]);
	return g;
}

static void
knows(struct geo *g, const char *ip, int64_t asn, const char *name,
    const char *country)
{
	struct geo_found found;

	geo_find(g, ip, &found);
	if (found.asn != asn || strcmp(found.as_name, name) != 0 ||
	    strcmp(found.country, country) != 0)
		fail_msg("%s: AS%lld \"%s\" \"%s\"", ip, (long long)found.asn,
		    found.as_name, found.country);
}

static void
both_schemes_are_read(void **state)
{
	struct geo *g = open_files("nested", NULL);

	(void)state;
	knows(g, "192.0.2.1", 64500, "Example Hosting", "NL");
	knows(g, "2001:db8::25", 4200000000, "Six", "DE");
	knows(g, "198.51.100.127", 64501, "Other", "");
	knows(g, "198.51.100.128", 0, "", "");
	geo_close(g);
	g = open_files("flat", NULL);
	knows(g, "192.0.2.1", 64500, "Flat Hosting", "FR");
	knows(g, "2001:db8::25", 64502, "Flat Six", "IT");
	geo_close(g);
	g = open_files("old", NULL);
	knows(g, "192.0.2.1", 64503, "", "US");
	geo_close(g);
}

static void
the_first_file_that_knows_something_is_believed(void **state)
{
	struct geo *g = open_files("nested", "country");

	(void)state;
	knows(g, "192.0.2.1", 64500, "Example Hosting", "NL");
	knows(g, "198.51.100.1", 64501, "Other", "SE");
	knows(g, "198.51.100.200", 0, "", "SE");
	geo_close(g);
	g = open_files("country", "nested");
	knows(g, "192.0.2.1", 64500, "Example Hosting", "BE");
	geo_close(g);
	/* The name of another AS is not that of this one. */
	g = open_files("old", "flat");
	knows(g, "192.0.2.1", 64503, "", "US");
	geo_close(g);
}

static void
what_no_file_has_is_not_known(void **state)
{
	struct geo *g = open_files("four", NULL);
	struct geo_found found;

	(void)state;
	knows(g, "192.0.2.1", 64504, "Four", "PL");
	knows(g, "2001:db8::1", 0, "", "");
	knows(g, "not an address", 0, "", "");
	knows(g, "", 0, "", "");
	assert_false(geo_at(g, 0).is_damaged);
	geo_close(g);
	g = open_files("empty", NULL);
	knows(g, "192.0.2.1", 0, "", "");
	assert_false(geo_at(g, 0).is_damaged);
	geo_close(g);
	geo_find(NULL, "192.0.2.1", &found);
	assert_int_equal(found.asn, 0);
	assert_int_equal(geo_count(NULL), 0);
}

static void
foreign_text_is_cut_and_made_safe(void **state)
{
	struct geo *g = open_files("hostile", NULL);
	struct geo_found found;

	(void)state;
	geo_find(g, "192.0.2.1", &found);
	assert_true(strlen(found.as_name) < GEO_NAME);
	assert_memory_equal(found.as_name, "xxxx", 4);
	assert_string_equal(found.as_name + strlen(found.as_name) - 3, "...");
	knows(g, "2001:db8::1", 64506, "a\\x1b[2J\\x0ab\\u{202e}", "NL");
	knows(g, "198.51.100.1", 64507, "", "");
	geo_close(g);
}

static void
a_value_of_another_type_is_not_known(void **state)
{
	struct geo *g = open_files("types", NULL);
	struct geo_found found;
	char ip[32];
	int i;

	(void)state;
	for (i = 0; i < 16; i++) {
		snprintf(ip, sizeof(ip), "192.0.2.%d", i);
		geo_find(g, ip, &found);
		if (found.asn != 0 || found.as_name[0] != '\0' ||
		    found.country[0] != '\0')
			fail_msg("%s: AS%lld \"%s\" \"%s\"", ip,
			    (long long)found.asn, found.as_name, found.country);
	}
	assert_false(geo_at(g, 0).is_damaged);
	geo_close(g);
}

static void
what_is_nested_too_deeply_or_in_a_circle_is_damaged(void **state)
{
	static const char *const names[] = { "deep", "wide", "loop", "shared" };
	struct geo *g;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		g = open_files(names[i], NULL);
		knows(g, "198.51.100.1", 0, "", "");
		assert_false(geo_at(g, 0).is_damaged);
		knows(g, "192.0.2.1", 0, "", "");
		if (!geo_at(g, 0).is_damaged)
			fail_msg("%s", names[i]);
		knows(g, "2001:db8::1", 0, "", "");
		geo_close(g);
	}
}

static void
what_is_no_such_database_is_refused(void **state)
{
	static const char *const names[] = { "nothing", "text", "half", "head",
		"no-marker", "marker", "cut-metadata", "no-type", "no-count",
		"many-nodes", "size", "format", "no-epoch", "wrong-metadata",
		"deep-metadata" };
	struct err err = ERR_INIT;
	struct geo *g = NULL;
	char *path, *want;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		path = path_of(names[i]);
		if (geo_open(&g, (const char *const[]) { path }, 1, &err) == 0)
			fail_msg("%s", names[i]);
		assert_int_equal(err.class, ERR_DATA);
		xasprintf(&want,
		    "%s is not a MaxMind database, or is damaged: "
		    "get it again",
		    path);
		assert_string_equal(err.text, want);
		free(want);
		free(path);
	}
	assert_null(g);
}

/* Whatever comes of it, it does not crash. */
static void
what_is_damaged_inside_tells_nothing(void **state)
{
	static const char *const names[] = { "cut-data", "twice", "few-nodes",
		"epoch", "far" };
	struct geo_found found;
	struct geo *g;
	char ip[48];
	size_t i;
	int k;

	(void)state;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		g = open_files(names[i], NULL);
		for (k = 0; k < 256; k++) {
			snprintf(ip, sizeof(ip), "%d.%d.2.1", k, k / 2);
			geo_find(g, ip, &found);
			snprintf(ip, sizeof(ip), "%x00:%x::1", k, k);
			geo_find(g, ip, &found);
		}
		geo_find(g, "192.0.2.1", &found);
		geo_close(g);
	}
}

static void
bytes_at_random_never_crash_it(void **state)
{
	char *good = path_of("nested"), *bad = path_of("random");
	static uint8_t bytes[1 << 16], changed[1 << 16];
	struct geo_found found;
	struct err err = ERR_INIT;
	struct geo *g;
	uint32_t seed = 7;
	ssize_t n;
	int fd, i, k;

	(void)state;
	fd = open(good, O_RDONLY);
	assert_true(fd != -1);
	n = read(fd, bytes, sizeof(bytes));
	close(fd);
	assert_true(n > 100);
	for (i = 0; i < 3000; i++) {
		memcpy(changed, bytes, (size_t)n);
		for (k = 0; k <= i % 4; k++) {
			seed = seed * 1664525 + 1013904223;
			changed[seed % (uint32_t)n] = (uint8_t)(seed >> 24);
		}
		fd = open(bad, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		assert_int_equal(write(fd, changed, (size_t)n), n);
		close(fd);
		if (geo_open(&g, (const char *const[]) { bad }, 1, &err) == -1)
			continue;
		geo_find(g, "192.0.2.1", &found);
		geo_find(g, "2001:db8::1", &found);
		geo_find(g, "198.51.100.1", &found);
		geo_close(g);
	}
	free(good);
	free(bad);
}

static void
a_file_that_cannot_be_read_is_told(void **state)
{
	struct err err = ERR_INIT;
	struct geo *g;
	char *good = path_of("nested"), *none = path_of("none");
	char *pipe = path_of("pipe"), *want;

	(void)state;
	assert_int_equal(
	    geo_open(&g, (const char *const[]) { good, none }, 2, &err), -1);
	assert_int_equal(err.class, ERR_INPUT);
	xasprintf(&want,
	    "%s does not exist: get it from your vendor, or name "
	    "another file",
	    none);
	assert_string_equal(err.text, want);
	free(want);
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(
	    geo_open(&g, (const char *const[]) { pipe }, 1, &err), -1);
	assert_int_equal(err.class, ERR_DATA);
	assert_int_equal(
	    geo_open(&g, (const char *const[]) { root }, 1, &err), -1);
	assert_int_equal(err.class, ERR_DATA);
	if (geteuid() != 0) {
		free(none);
		none = path_of("epoch");
		assert_int_equal(chmod(none, 0), 0);
		assert_int_equal(
		    geo_open(&g, (const char *const[]) { none }, 1, &err), -1);
		assert_int_equal(err.class, ERR_AUTH);
		assert_int_equal(chmod(none, 0600), 0);
	}
	free(good);
	free(none);
	free(pipe);
}

static void
an_old_file_is_told(void **state)
{
	struct geo *g = open_files("old", "epoch");
	struct geo_file f = geo_at(g, 0);
	const int64_t day = 86400;

	(void)state;
	assert_int_equal(geo_count(g), 2);
	assert_int_equal(f.built_ts, 1000000000);
	assert_int_equal(geo_days_old(&f, f.built_ts + 420 * day), 420);
	assert_int_equal(geo_days_old(&f, f.built_ts + 90 * day), 0);
	assert_int_equal(geo_days_old(&f, f.built_ts + 91 * day), 91);
	assert_int_equal(geo_days_old(&f, f.built_ts - day), 0);
	f = geo_at(g, 1);
	assert_int_equal(f.built_ts, 0);
	assert_int_equal(geo_days_old(&f, 2000000000), 0);
	geo_close(g);
}

static void
every_control_byte_is_checked(void **state)
{
	uint8_t data[64];
	int a, b;

	(void)state;
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			memset(data, b, sizeof(data));
			data[0] = (uint8_t)a;
			geo_check_value(data, sizeof(data), 0);
			geo_check_value(data, 2, 0);
			geo_check_value(data, 1, 0);
		}
	assert_false(geo_check_value(data, sizeof(data), sizeof(data)));
	assert_true(geo_check_value((const uint8_t *)"\x42NL", 3, 0));
	assert_false(geo_check_value((const uint8_t *)"\x43NL", 3, 0));
	assert_true(
	    geo_check_value((const uint8_t *)"\xe1\x41\x61\x42NL", 6, 0));
	assert_true(geo_check_value((const uint8_t *)"\x42NL\x20\x00", 5, 3));
	assert_false(geo_check_value((const uint8_t *)"\x20\x05", 2, 0));
}

/*
 * Under the sanitizers: MMDB_open() of libmaxminddb 1.7.1 leaks what it has
 * read of metadata that turn out to be damaged.
 */
const char *__lsan_default_suppressions(void);
const char *
__lsan_default_suppressions(void)
{
	return "leak:libmaxminddb";
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_schemes_are_read),
		cmocka_unit_test(
		    the_first_file_that_knows_something_is_believed),
		cmocka_unit_test(what_no_file_has_is_not_known),
		cmocka_unit_test(foreign_text_is_cut_and_made_safe),
		cmocka_unit_test(a_value_of_another_type_is_not_known),
		cmocka_unit_test(
		    what_is_nested_too_deeply_or_in_a_circle_is_damaged),
		cmocka_unit_test(what_is_no_such_database_is_refused),
		cmocka_unit_test(what_is_damaged_inside_tells_nothing),
		cmocka_unit_test(bytes_at_random_never_crash_it),
		cmocka_unit_test(a_file_that_cannot_be_read_is_told),
		cmocka_unit_test(an_old_file_is_told),
		cmocka_unit_test(every_control_byte_is_checked),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
