/* SPDX-License-Identifier: BSD-2-Clause */
/* folder_pipe: what one end writes the other reads, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "ingest/folder_pipe.h"

#define FOLDER "folder " RUAD_VERSION " 7 3\n"

struct ends {
	int in;
	struct folder_pipe pipe;
	struct err err;
};

static void
ends_open(struct ends *e)
{
	int fds[2];

	memset(e, 0, sizeof(*e));
	assert_int_equal(pipe(fds), 0);
	e->pipe.fd = fds[0];
	e->pipe.max_size = 1000;
	e->in = fds[1];
}

static void
ends_close(struct ends *e)
{
	close(e->in);
	close(e->pipe.fd);
	folder_pipe_done(&e->pipe);
}

/* The next item, from as many reads as it takes. */
static int
next(struct ends *e, struct folder_pipe_item *item)
{
	int rc;

	while ((rc = folder_pipe_next(&e->pipe, item, &e->err)) == 0)
		if (folder_pipe_fill(&e->pipe, &e->err) == -1)
			return -1;
	return rc;
}

static void
all_that_is_written_is_read(void **state)
{
	static const char data[] = "end\nmessage 1 2 whole\n\0x";
	const struct err why = { .class = ERR_NET, .text = "it is lost: x" };
	struct folder_pipe_item item;
	struct ends e;

	(void)state;
	ends_open(&e);
	assert_int_equal(folder_pipe_write_folder(e.in, 7, 3, &e.err), 0);
	assert_int_equal(folder_pipe_write_message(e.in, 4294967295u, data,
	                     sizeof(data), true, &e.err),
	    0);
	assert_int_equal(
	    folder_pipe_write_message(e.in, 2, data, 0, false, &e.err), 0);
	assert_int_equal(
	    folder_pipe_write_large(e.in, 9, 4294967295u, &e.err), 0);
	assert_int_equal(
	    folder_pipe_write_missing(e.in, 10, "NO\r\nend", &e.err), 0);
	assert_int_equal(folder_pipe_write_end(e.in, &e.err), 0);
	assert_int_equal(folder_pipe_write_failed(e.in, &why, &e.err), 0);

	assert_int_equal(next(&e, &item), 1);
	assert_int_equal(item.kind, FOLDER_PIPE_FOLDER);
	assert_int_equal(item.uidvalidity, 7);
	assert_int_equal(item.messages, 3);
	assert_int_equal(next(&e, &item), 1);
	assert_int_equal(item.kind, FOLDER_PIPE_MESSAGE);
	assert_true(item.uid == 4294967295u && item.is_short);
	assert_int_equal(item.size, sizeof(data));
	assert_memory_equal(item.data, data, sizeof(data));
	free(item.data);
	assert_int_equal(next(&e, &item), 1);
	assert_true(item.uid == 2 && !item.is_short && item.size == 0);
	free(item.data);
	assert_int_equal(next(&e, &item), 1);
	assert_int_equal(item.kind, FOLDER_PIPE_LARGE);
	assert_true(item.uid == 9 && item.size == 4294967295u);
	assert_int_equal(next(&e, &item), 1);
	assert_int_equal(item.kind, FOLDER_PIPE_MISSING);
	assert_int_equal(item.uid, 10);
	assert_string_equal(item.reason, "NO\\x0d\\x0aend");
	assert_int_equal(next(&e, &item), 1);
	assert_int_equal(item.kind, FOLDER_PIPE_END);
	assert_int_equal(next(&e, &item), -1);
	assert_int_equal(e.err.class, ERR_NET);
	assert_string_equal(e.err.text, "it is lost: x");
	ends_close(&e);
}

static void
what_is_not_of_the_other_end_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum err_class class;
	} cases[] = {
		{ "end\n", ERR_BUG },
		{ "\n", ERR_BUG },
		{ "message 1 2 whole\nab", ERR_BUG },
		{ "folder 0.0.1 7 3\n", ERR_CONF },
		{ "folder " RUAD_VERSION " 7\n", ERR_BUG },
		{ "folder " RUAD_VERSION " 4294967296 3\n", ERR_BUG },
		{ FOLDER FOLDER, ERR_BUG },
		{ FOLDER "message 1 1001 whole\n", ERR_BUG },
		{ FOLDER "message 1 -1 whole\n", ERR_BUG },
		{ FOLDER "message 4294967296 1 whole\n", ERR_BUG },
		{ FOLDER "message 1 1\n", ERR_BUG },
		{ FOLDER "large 1\n", ERR_BUG },
		{ FOLDER "missing 1\n", ERR_BUG },
		{ FOLDER "failed 99 x\n", ERR_BUG },
		{ FOLDER "failed 0 x\n", ERR_BUG },
		{ FOLDER "failed 1\n", ERR_BUG },
		{ FOLDER "what\n", ERR_BUG },
		/* It ends: within a line, within a message, before "end". */
		{ FOLDER "en", ERR_AGAIN },
		{ FOLDER "message 1 5 whole\nabcd", ERR_AGAIN },
		{ FOLDER, ERR_AGAIN },
		{ "", ERR_AGAIN },
	};
	struct folder_pipe_item item;
	struct ends e;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ends_open(&e);
		assert_int_equal(
		    io_write(e.in, cases[i].text, strlen(cases[i].text)), 0);
		close(e.in);
		e.in = -1;
		while ((rc = next(&e, &item)) == 1)
			free(item.data);
		if (e.err.class != cases[i].class)
			fail_msg("%s: %d: %s", cases[i].text, (int)e.err.class,
			    e.err.text);
		ends_close(&e);
	}
}

static void
a_line_without_an_end_is_not_read_for_ever(void **state)
{
	struct folder_pipe_item item;
	struct ends e;
	char many[5000];

	(void)state;
	ends_open(&e);
	memset(many, 'x', sizeof(many));
	assert_int_equal(io_write(e.in, many, sizeof(many)), 0);
	assert_int_equal(next(&e, &item), -1);
	assert_int_equal(e.err.class, ERR_BUG);
	ends_close(&e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_is_written_is_read),
		cmocka_unit_test(what_is_not_of_the_other_end_is_refused),
		cmocka_unit_test(a_line_without_an_end_is_not_read_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
