/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of conf share: a directory of their own, files, loading. */
#ifndef RUAD_TESTS_CONF_HELP_H
#define RUAD_TESTS_CONF_HELP_H

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/conf.h"

#define MAILBOX(name) \
	"{ name = \"" name "\"; host = \"" name ".example\"; user = \"u\"; " \
	"password_credential = \"x\"; }"

static char tmp[64];

/* --- a directory of our own ----------------------------------------------- */

static int
make_tmp(void **state)
{
	(void)state;
	snprintf(tmp, sizeof(tmp), "/tmp/ruad-conf-XXXXXX");
	umask(022);
	return mkdtemp(tmp) != NULL ? chdir(tmp) : -1;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static int
remove_tmp(void **state)
{
	(void)state;
	return chdir("/") == -1 ||
	        nftw(tmp, remove_one, 8, FTW_DEPTH | FTW_PHYS) == -1
	    ? -1
	    : 0;
}

static void
put(const char *name, mode_t mode, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(name, mode), 0);
}

static struct conf *
load(const char *path)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;
	int rc = conf_load(path, &conf, &report);

	assert_string_equal(buf_str(&report), "");
	assert_int_equal(rc, 0);
	buf_done(&report);
	return conf;
}

static void
assert_refused(const char *path, const char *expected)
{
	struct buf report = { 0 };
	struct conf *conf = NULL;

	assert_int_equal(conf_load(path, &conf, &report), -1);
	assert_null(conf);
	assert_string_equal(buf_str(&report), expected);
	buf_done(&report);
}

#define TEST(function) \
	cmocka_unit_test_setup_teardown(function, make_tmp, remove_tmp)

#endif
