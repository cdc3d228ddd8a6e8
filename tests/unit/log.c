/* SPDX-License-Identifier: BSD-2-Clause */
/* log: what reaches stderr and what the journal, whatever foreign text says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/io.h"
#include "base/log.h"
#include "base/text.h"

#define ID "0123456789abcdef0123456789abcdef"

static char dir[] = "/tmp/ruad-log-XXXXXX";
static struct sockaddr_un journal = { .sun_family = AF_UNIX };

static int
setup(void **state)
{
	(void)state;
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(journal.sun_path, sizeof(journal.sun_path), "%s/socket", dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(journal.sun_path);
	return rmdir(dir);
}

/* A journal of our own. */
static int
journal_open(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	unlink(journal.sun_path);
	assert_int_equal(
	    bind(fd, (const struct sockaddr *)&journal, sizeof(journal)), 0);
	return fd;
}

/* What fn writes to stderr, which is or is not what JOURNAL_STREAM names. */
static char *
run(void (*fn)(void), bool named, const char *path)
{
	static char out[65536];
	char stream[64];
	struct stat st;
	size_t len = 0;
	ssize_t n;
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	if ((pid = fork()) == 0) {
		dup2(fds[1], STDERR_FILENO);
		close(fds[1]);
		fstat(STDERR_FILENO, &st);
		snprintf(stream, sizeof(stream), "%ju:%ju",
		    (uintmax_t)st.st_dev, (uintmax_t)st.st_ino + !named);
		setenv("JOURNAL_STREAM", stream, 1);
		log_open(path);
		fn();
		_exit(0);
	}
	close(fds[1]);
	while ((n = read(fds[0], out + len, sizeof(out) - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fds[0]);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	return out;
}

static void
say(void)
{
	const struct log_field fields[] = {
		LOG_TEXT("RUAD_ORG", "a\nPRIORITY=0"),
		LOG_NUMBER("RUAD_UID", -7), LOG_TEXT("RUAD_DOMAIN", NULL), { 0 }
	};

	log_set_mailbox("own");
	log_event(LOG_LEVEL_WARNING, ID, fields, "it %s", "is");
	log_debug("nobody asked");
}

static void
say_endless(void)
{
	char text[2000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set_mailbox("own");
	log_warning("uid 7: %s", text);
	log_warning("%.393s", text);
	log_warning("%.395s", text);
}

static void
a_line_has_400_columns(void **state)
{
	char *out, *line;

	(void)state;
	out = run(say_endless, false, NULL);
	line = strsep(&out, "\n");
	assert_int_equal(strlen(line), 400);
	assert_string_equal(line + 395, "xx...");
	assert_int_equal(strlen(strsep(&out, "\n")), 5 + 393);
	line = strsep(&out, "\n");
	assert_int_equal(strlen(line), 400);
	assert_int_equal(line[399], 'x');
}

static void
a_line_goes_to_stderr_without_a_journal(void **state)
{
	(void)state;
	assert_string_equal(run(say, false, journal.sun_path), "own: it is\n");
}

static void
a_journal_that_is_not_there_leaves_the_line_with_its_priority(void **state)
{
	(void)state;
	unlink(journal.sun_path);
	assert_string_equal(
	    run(say, true, journal.sun_path), "<4>own: it is\n");
}

static void
without_a_socket_the_line_has_its_priority(void **state)
{
	int fd = journal_open();
	char got[16];

	(void)state;
	assert_string_equal(run(say, true, NULL), "<4>own: it is\n");
	assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
	close(fd);
}

static void
the_journal_gets_fields_and_stderr_nothing(void **state)
{
	int fd = journal_open();
	char got[20000];
	ssize_t n;

	(void)state;
	assert_string_equal(run(say, true, journal.sun_path), "");
	n = recv(fd, got, sizeof(got) - 1, 0);
	assert_true(n > 0);
	got[n] = '\0';
	assert_string_equal(got,
	    "PRIORITY=4\nSYSLOG_IDENTIFIER=ruad\nMESSAGE=own: it is\n"
	    "RUAD_MAILBOX=own\nMESSAGE_ID=" ID "\n"
	    "RUAD_ORG=a\\x0aPRIORITY=0\nRUAD_UID=-7\n");
	assert_int_equal(recv(fd, got, sizeof(got), 0), -1);
	close(fd);
}

/* Every byte, and every kind of character that could drive a terminal. */
static const char *
hostile(int i)
{
	static const char *const more[] = { "\xe2\x80\xae", "\xe2\x81\xa6",
		"\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x9b", "\xef\xbb\xbf",
		"\xf3\xa0\x80\x81", "\xed\xa0\x80", "\xc0\x8a", "\xe2\x80" };
	static char one[32];

	if (i >= 255 + (int)(sizeof(more) / sizeof(more[0])))
		return NULL;
	if (i < 255)
		snprintf(one, sizeof(one), "x%cPRIORITY=0", i + 1);
	else
		snprintf(one, sizeof(one), "x%sPRIORITY=0", more[i - 255]);
	return one;
}

static const char *evil;

static void
say_evil(void)
{
	const struct log_field fields[] = { LOG_TEXT("RUAD_ORG", evil), { 0 } };

	log_set_mailbox(evil);
	log_event(LOG_LEVEL_INFO, ID, fields, "%s", evil);
}

/* n lines, each of safe text. */
static void
assert_lines(const char *text, size_t len, int n)
{
	const char *end;
	size_t left;
	uint32_t c;

	while (len > 0) {
		assert_non_null(end = memchr(text, '\n', len));
		for (left = (size_t)(end - text); left > 0;) {
			size_t k = text_utf8_char(text, left, &c);

			assert_int_not_equal(k, 0);
			assert_false(text_is_unsafe(c));
			text += k;
			left -= k;
			len -= k;
		}
		text++;
		len--;
		n--;
	}
	assert_int_equal(n, 0);
}

static void
no_byte_forges_a_line_or_a_field(void **state)
{
	int fd = journal_open(), i;
	char got[20000], *out;
	ssize_t n;

	(void)state;
	for (i = 0; (evil = hostile(i)) != NULL; i++) {
		out = run(say_evil, false, journal.sun_path);
		assert_lines(out, strlen(out), 1);
		assert_string_equal(run(say_evil, true, journal.sun_path), "");
		n = recv(fd, got, sizeof(got), 0);
		assert_true(n > 0);
		assert_memory_equal(got, "PRIORITY=6\n", 11);
		assert_lines(got, (size_t)n, 6);
		assert_null(memmem(got, (size_t)n, "\nPRIORITY", 9));
	}
	close(fd);
}

static void
say_much(void)
{
	char text[8000];
	struct log_field fields[41];
	int i;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (i = 0; i < 40; i++)
		fields[i] = (struct log_field)LOG_TEXT("RUAD_ORG", text);
	fields[40] = (struct log_field) { 0 };
	log_event(LOG_LEVEL_INFO, ID, fields, "%s", text);
}

static void
however_much_there_is_to_say_the_datagram_is_whole_lines(void **state)
{
	int fd = journal_open();
	char got[65536];
	ssize_t n;

	(void)state;
	assert_string_equal(run(say_much, true, journal.sun_path), "");
	n = recv(fd, got, sizeof(got), 0);
	assert_true(n > 8000 && n < 12000);
	assert_int_equal(got[n - 1], '\n');
	close(fd);
}

static void
say_often(void)
{
	int i;

	for (i = 0; i < 5000; i++)
		log_info("line %d", i);
}

static void
a_journal_that_hangs_costs_seconds(void **state)
{
	int fd = journal_open(), seen = 0;
	int64_t start = io_clock_ms();
	char got[4096];

	(void)state;
	/* Nobody reads: the queue of a socket is short. */
	assert_string_equal(run(say_often, true, journal.sun_path), "");
	assert_true(io_clock_ms() - start < 150000);
	while (recv(fd, got, sizeof(got), 0) > 0)
		seen++;
	assert_true(seen > 0 && seen < 5000);
	close(fd);
}

/* Reads what is queued after a while, as a journal that wakes up does. */
static void
say_and_wake(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char got[4096];
	ssize_t n;
	bool told = false;

	unlink(journal.sun_path);
	if (bind(fd, (const struct sockaddr *)&journal, sizeof(journal)) == -1)
		_exit(2);
	say_often();
	while (recv(fd, got, sizeof(got), 0) > 0)
		continue;
	log_info("one more");
	while ((n = recv(fd, got, sizeof(got) - 1, 0)) > 0) {
		got[n] = '\0';
		if (strstr(got, "log lines were dropped") != NULL)
			told = true;
	}
	if (!told)
		_exit(3);
}

static void
lines_that_the_journal_did_not_take_are_counted(void **state)
{
	(void)state;
	assert_string_equal(run(say_and_wake, true, journal.sun_path), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_400_columns),
		cmocka_unit_test(a_line_goes_to_stderr_without_a_journal),
		cmocka_unit_test(
		    a_journal_that_is_not_there_leaves_the_line_with_its_priority),
		cmocka_unit_test(without_a_socket_the_line_has_its_priority),
		cmocka_unit_test(the_journal_gets_fields_and_stderr_nothing),
		cmocka_unit_test(no_byte_forges_a_line_or_a_field),
		cmocka_unit_test(
		    however_much_there_is_to_say_the_datagram_is_whole_lines),
		cmocka_unit_test(a_journal_that_hangs_costs_seconds),
		cmocka_unit_test(
		    lines_that_the_journal_did_not_take_are_counted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
