/* SPDX-License-Identifier: BSD-2-Clause */
/* import: what is found in files, mboxes, maildirs and directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "ctl/import_walk.h"

#define LIMIT 4096

/* What came out: "path [name] size: data|" for each input. */
struct seen {
	struct buf text;
	int n;
	int stop_after; /* 0: never */
	int fail_at;    /* 0: never */
	int unreadable;
	int missing;
};

static int
see_input(void *arg, const struct import_input *in, struct err *err)
{
	struct seen *s = arg;

	assert_int_equal(in->ledger[0], in->path[0] == '-' ? '-' : '/');
	if (++s->n == s->fail_at) {
		free(in->data);
		return err_set(err, ERR_AGAIN, "disk full");
	}
	buf_printf(&s->text, "%s%s%s%s %d: ", in->path,
	    in->name != NULL ? " [" : "", in->name != NULL ? in->name : "",
	    in->name != NULL ? "]" : "", (int)in->size);
	if (in->data == NULL)
		buf_add_str(&s->text, "too large");
	else
		buf_add(&s->text, in->data, (size_t)in->size);
	buf_add_char(&s->text, '|');
	free(in->data);
	return 0;
}

static void
see_unreadable(void *arg, const char *path, const struct err *why)
{
	struct seen *s = arg;

	assert_string_not_equal(path, "");
	assert_string_not_equal(why->text, "");
	if (why->class == ERR_INPUT)
		s->missing++;
	else
		s->unreadable++;
}

static bool
see_stop(void *arg, int fd)
{
	struct seen *s = arg;

	(void)fd;
	return s->stop_after != 0 && s->n >= s->stop_after;
}

static struct import_sink
sink_for(struct seen *s)
{
	const struct import_sink sink = { LIMIT, see_input, see_unreadable,
		see_stop, s };

	return sink;
}

/* --- mboxes --------------------------------------------------------------- */

/* Split what comes in two reads, parted at the place given. */
static int
split_at(
    struct seen *s, const char *mbox, size_t len, size_t at, struct err *err)
{
	const struct import_sink sink = sink_for(s);
	int sp[2], rc;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sp), 0);
	if (at > 0)
		assert_int_equal(write(sp[1], mbox, at), (ssize_t)at);
	if (at < len)
		assert_int_equal(
		    write(sp[1], mbox + at, len - at), (ssize_t)(len - at));
	close(sp[1]);
	rc = import_split_mbox(&sink, sp[0], "box", "/box", NULL, 0, err);
	close(sp[0]);
	return rc;
}

static void
check_split(const char *mbox, const char *want)
{
	struct err err = ERR_INIT;
	size_t at, len = strlen(mbox);
	struct seen s;

	for (at = 0; at <= len; at++) {
		memset(&s, 0, sizeof(s));
		assert_int_equal(split_at(&s, mbox, len, at, &err), 0);
		assert_string_equal(buf_str(&s.text), want);
		buf_done(&s.text);
	}
}

#define FROM "From a@example.org Sat Nov 21 10:00:00 2026\n"

static void
mails_of_an_mbox_are_parted_wherever_reads_end(void **state)
{
	(void)state;
	check_split(FROM "A: 1\n\nbody\n\n" FROM "A: 2\n\nx\n\ny\n\n" FROM
	                 "A: 3\n",
	    "box#1 11: A: 1\n\nbody\n|box#2 11: A: 2\n\nx\n\ny\n|"
	    "box#3 5: A: 3\n|");
}

static void
lines_may_end_with_crlf(void **state)
{
	(void)state;
	check_split("From a 10:00:00\r\nA: 1\r\n\r\nb\r\n\r\n"
	            "From b 10:00:00\r\nA: 2\r\n\r\nc\r\n\r\n",
	    "box#1 11: A: 1\r\n\r\nb\r\n|box#2 11: A: 2\r\n\r\nc\r\n|");
}

static void
a_sentence_that_begins_with_from_parts_nothing(void **state)
{
	(void)state;
	check_split(FROM "A: 1\n\nFrom here on: nothing\n>From x 10:00:00\n"
	                 "From b 10:00:00\n",
	    "box#1 61: A: 1\n\nFrom here on: nothing\n>From x 10:00:00\n"
	    "From b 10:00:00\n|");
}

static void
an_mbox_may_hold_empty_mails(void **state)
{
	(void)state;
	check_split(FROM, "box#1 0: |");
	check_split(FROM "\n" FROM "\n", "box#1 1: \n|box#2 1: \n|");
}

static void
a_mail_over_the_limit_is_not_kept_and_costs_no_other(void **state)
{
	struct seen s;
	struct err err = ERR_INIT;
	struct buf mbox = { 0 };
	size_t at, sizes[] = { LIMIT - 1, LIMIT, LIMIT + 1, 40000 }, i;
	char want[256];

	(void)state;
	for (i = 0; i < 4; i++) {
		mbox.len = 0;
		buf_add_str(&mbox, FROM "a\n\n" FROM);
		memset(buf_reserve(&mbox, sizes[i]), 'x', sizes[i]);
		mbox.len += sizes[i] - 1;
		buf_add_str(&mbox, "\n\n" FROM "b\n");
		for (at = 0; at < mbox.len; at += 997) {
			memset(&s, 0, sizeof(s));
			assert_int_equal(
			    split_at(&s, mbox.at, mbox.len, at, &err), 0);
			snprintf(want, sizeof(want), "box#1 2: a\n|box#2 ");
			assert_memory_equal(
			    buf_str(&s.text), want, strlen(want));
			assert_int_equal(
			    strstr(s.text.at, "too large|") != NULL,
			    sizes[i] > LIMIT);
			assert_non_null(strstr(s.text.at, "|box#3 2: b\n|"));
			assert_int_equal(s.n, 3);
			buf_done(&s.text);
		}
	}
	buf_done(&mbox);
}

static void
an_mbox_stops_when_it_is_told_to_or_the_callee_fails(void **state)
{
	static const char mbox[] = FROM "a\n\n" FROM "b\n\n" FROM "c\n";
	struct err err = ERR_INIT;
	struct seen s = { .stop_after = 1 };

	(void)state;
	assert_int_equal(split_at(&s, mbox, strlen(mbox), 0, &err), 0);
	assert_string_equal(buf_str(&s.text), "box#1 2: a\n|");
	buf_done(&s.text);
	memset(&s, 0, sizeof(s));
	s.fail_at = 2;
	assert_int_equal(split_at(&s, mbox, strlen(mbox), 0, &err), -1);
	assert_int_equal(err.class, ERR_AGAIN);
	assert_int_equal(s.n, 2);
	buf_done(&s.text);
}

/* --- files and directories ------------------------------------------------ */

static void
put(const char *path, const char *data)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(fd != -1);
	assert_int_equal(io_write(fd, data, strlen(data)), 0);
	close(fd);
}

static int
enter_directory(void **state)
{
	char *path = xstrdup("/tmp/ruad-import-XXXXXX");

	if (mkdtemp(path) == NULL || chdir(path) == -1)
		return -1;
	*state = path;
	return 0;
}

static int
leave_directory(void **state)
{
	static const char *const files[] = { "d/b/x.xml", "d/b/pipe", "d/b/up",
		"d/b/file", "d/b/gone", "d/b", "d/a.xml", "d/c.mbox", "d/B.xml",
		"d", "m/cur/2", "m/cur/sub", "m/new/3", "m/tmp/4", "m/index",
		"m/cur", "m/new", "m/tmp", "m/.Sub", "m", "big", "locked",
		"pipe" };
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (unlink(files[i]) == -1)
			rmdir(files[i]);
	if (chdir("/") == -1 || rmdir(*state) == -1)
		return -1;
	free(*state);
	return 0;
}

static void
check_walk(const char *path, const char *want, int missing, int unreadable)
{
	struct seen s = { .n = 0 };
	const struct import_sink sink = sink_for(&s);
	struct err err = ERR_INIT;

	assert_int_equal(import_walk(&sink, path, &err), 0);
	assert_string_equal(buf_str(&s.text), want);
	assert_int_equal(s.missing, missing);
	assert_int_equal(s.unreadable, unreadable);
	buf_done(&s.text);
}

static void
directories_are_walked_in_order_without_following_links(void **state)
{
	(void)state;
	mkdir("d", 0700);
	mkdir("d/b", 0700);
	put("d/a.xml", "1");
	put("d/B.xml", "2");
	put("d/c.mbox", FROM "3\n");
	put("d/b/x.xml", "4");
	assert_int_equal(mkfifo("d/b/pipe", 0600), 0);
	assert_int_equal(symlink("..", "d/b/up"), 0);
	assert_int_equal(symlink("../a.xml", "d/b/file"), 0);
	assert_int_equal(symlink("nowhere", "d/b/gone"), 0);
	check_walk("d",
	    "d/B.xml [B.xml] 1: 2|d/a.xml [a.xml] 1: 1|"
	    "d/b/file [file] 1: 1|d/b/x.xml [x.xml] 1: 4|d/c.mbox#1 2: 3\n|",
	    0, 1);
	check_walk("d/b/up/B.xml", "d/b/up/B.xml [B.xml] 1: 2|", 0, 0);
}

static void
of_a_maildir_only_the_mails_are_read(void **state)
{
	(void)state;
	mkdir("m", 0700);
	mkdir("m/cur", 0700);
	mkdir("m/new", 0700);
	mkdir("m/tmp", 0700);
	mkdir("m/.Sub", 0700);
	mkdir("m/cur/sub", 0700);
	put("m/index", "1");
	put("m/cur/2", "2");
	put("m/new/3", "3");
	put("m/tmp/4", "4");
	check_walk("m/", "m/new/3 1: 3|m/cur/2 1: 2|", 0, 0);
	check_walk(".", "./m/new/3 1: 3|./m/cur/2 1: 2|", 0, 0);
}

static void
a_large_file_is_not_read(void **state)
{
	char *data = xmalloc(LIMIT + 2);

	(void)state;
	memset(data, 'x', LIMIT + 1);
	data[LIMIT + 1] = '\0';
	put("big", data);
	free(data);
	check_walk("big", "big 4097: too large|", 0, 0);
}

static void
what_is_not_there_is_missing_and_the_rest_unreadable(void **state)
{
	(void)state;
	check_walk("none", "", 1, 0);
	check_walk("/dev/null", "", 0, 1);
	put("locked", "x");
	if (geteuid() != 0) {
		chmod("locked", 0);
		check_walk("locked", "", 0, 1);
	}
}

static void
a_pipe_is_read_to_its_end_whatever_its_size(void **state)
{
	static const struct {
		size_t size;
		const char *want;
	} cases[] = { { 0, "- 0: |" }, { 4, "- 4: xxxx|" },
		{ 200000, "- 200000: too large|" } };
	struct seen s;
	const struct import_sink sink = sink_for(&s);
	struct err err = ERR_INIT;
	char *data;
	size_t i;
	int saved = dup(STDIN_FILENO);

	(void)state;
	for (i = 0; i < 3; i++) {
		data = xcalloc(1, cases[i].size + 1);
		memset(data, 'x', cases[i].size);
		put("pipe", data);
		free(data);
		assert_non_null(freopen("pipe", "r", stdin));
		memset(&s, 0, sizeof(s));
		assert_int_equal(import_walk(&sink, "-", &err), 0);
		assert_string_equal(buf_str(&s.text), cases[i].want);
		buf_done(&s.text);
	}
	put("pipe", FROM "1\n\n" FROM "2\n");
	assert_non_null(freopen("pipe", "r", stdin));
	check_walk("-", "-#1 2: 1\n|-#2 2: 2\n|", 0, 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    mails_of_an_mbox_are_parted_wherever_reads_end),
		cmocka_unit_test(lines_may_end_with_crlf),
		cmocka_unit_test(
		    a_sentence_that_begins_with_from_parts_nothing),
		cmocka_unit_test(an_mbox_may_hold_empty_mails),
		cmocka_unit_test(
		    a_mail_over_the_limit_is_not_kept_and_costs_no_other),
		cmocka_unit_test(
		    an_mbox_stops_when_it_is_told_to_or_the_callee_fails),
		cmocka_unit_test_setup_teardown(
		    directories_are_walked_in_order_without_following_links,
		    enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(
		    of_a_maildir_only_the_mails_are_read, enter_directory,
		    leave_directory),
		cmocka_unit_test_setup_teardown(
		    a_large_file_is_not_read, enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(
		    what_is_not_there_is_missing_and_the_rest_unreadable,
		    enter_directory, leave_directory),
		cmocka_unit_test_setup_teardown(
		    a_pipe_is_read_to_its_end_whatever_its_size,
		    enter_directory, leave_directory),
	};

	return cmocka_run_group_tests_name("import", tests, NULL, NULL);
}
