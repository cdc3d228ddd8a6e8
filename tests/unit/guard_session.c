/* SPDX-License-Identifier: BSD-2-Clause */
/* guard: deadlines, greetings, STARTTLS and what is kept of a reply. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/io.h"
#include "mail/guard.h"

#include "guard_link.h"

static void
silence_ends_at_the_deadline(void **state)
{
	struct link l;
	struct buf out = { 0 };
	int64_t t0 = io_clock_ms(), t;

	(void)state;
	link_open(&l);
	guard_expect(l.guard, 1, 1000, LITERAL_MAX);
	link_send(&l, "* 1 FETCH (BODY[] {50}\r\nabc", 27);
	link_read(&l, &out, 65536);
	t = io_clock_ms() - t0;
	assert_in_range(t, 900, 60000);
	assert_string_equal(guard_fault(l.guard), "no answer within 1 s");
	link_close(&l);
	buf_done(&out);
}

static void
a_drip_does_not_keep_a_session_alive(void **state)
{
	const struct timespec nap = { 0, 20 * 1000 * 1000 };
	struct link l;
	struct buf out = { 0 };
	int64_t t0 = io_clock_ms();
	pid_t pid;

	(void)state;
	link_open(&l);
	guard_expect_flow(l.guard, 1, 1000, 1000000);
	link_send(&l, "* 1 FETCH (BODY[] {1000000}\r\n", 29);
	assert_int_not_equal(pid = fork(), -1);
	if (pid == 0)
		close(mailstream_low_get_fd(l.low));
	while (pid == 0)
		if (send(l.server, "x", 1, MSG_NOSIGNAL) == -1 ||
		    nanosleep(&nap, NULL) == -1)
			_exit(0);
	link_read(&l, &out, 65536);
	assert_string_equal(
	    guard_fault(l.guard), "the server is sending too slowly");
	assert_in_range(io_clock_ms() - t0, 900, 60000);
	link_close(&l);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	buf_done(&out);
}

struct idler {
	int server;
	int other;
	int more; /* turns until there is nothing to do at once */
	int reads;
};

/* Busy, then waiting for a pipe, then for nothing; then the server speaks. */
static int
idle_turn(void *arg, bool long_wait, struct pollfd *other)
{
	struct idler *idler = arg;
	char c;

	if (idler->more > 0) {
		idler->more--;
		return 1;
	}
	if (other->fd == -1)
		*other = (struct pollfd) { idler->other, POLLIN, 0 };
	else if (read(idler->other, &c, 1) == 1)
		idler->reads++;
	else {
		assert_true(long_wait);
		other->fd = -1;
		assert_int_equal(
		    send(idler->server, "* 1 EXISTS\r\n", 12, 0), 12);
	}
	return 0;
}

static void
who_waits_is_let_do_something_else(void **state)
{
	struct link l;
	struct idler idler = { .more = 3 };
	char data[100];
	int64_t t0 = io_clock_ms();
	int fds[2];

	(void)state;
	link_open(&l);
	assert_int_equal(pipe2(fds, O_NONBLOCK), 0);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	idler.server = l.server;
	idler.other = fds[0];
	guard_set_idle(l.guard, idle_turn, &idler);
	assert_int_equal(mailstream_low_read(l.low, data, sizeof(data)), 12);
	assert_int_equal(idler.more, 0);
	assert_int_equal(idler.reads, 2);
	assert_in_range(io_clock_ms() - t0, 95, 60000);
	close(fds[0]);
	close(fds[1]);
	link_close(&l);
}

static void
a_reply_is_kept_with_code_and_words(void **state)
{
	struct link l;
	char data[100];
	const struct guard_reply *r;

	(void)state;
	link_open(&l);
	r = guard_reply(l.guard);
	assert_int_equal(r->status, GUARD_NONE);
	link_send(&l, "9 no [TryCreate x] no \x07 such\r\n", 31);
	assert_true(mailstream_low_read(l.low, data, sizeof(data)) > 0);
	assert_int_equal(r->status, GUARD_NO);
	assert_string_equal(r->code, "TRYCREATE");
	assert_string_equal(r->text, "no \\x07 such");
	guard_expect(l.guard, 1, 1, 1);
	assert_int_equal(r->status, GUARD_NONE);
	link_close(&l);
}

static void
a_killed_guard_gives_nothing_more(void **state)
{
	struct link l;
	char data[100];

	(void)state;
	link_open(&l);
	link_send(&l, "* 1 EXISTS\r\n* 2 EXISTS\r\n", 24);
	assert_int_equal(mailstream_low_read(l.low, data, 3), 3);
	guard_kill(l.guard, "enough");
	assert_int_equal(mailstream_low_read(l.low, data, 3), -1);
	assert_int_equal(mailstream_low_write(l.low, "x", 1), -1);
	assert_string_equal(guard_fault(l.guard), "enough");
	link_close(&l);
}

static void
the_greeting_is_read_by_us(void **state)
{
	static const struct {
		const char *greeting;
		enum err_class class;
		const char *text;
	} tries[] = {
		{ "* OK [CAPABILITY (] hi\r\n", ERR_NONE, "" },
		{ "* OK [PERMANENTFLAGS (] hi\r\n", ERR_NONE, "" },
		{ "* PREAUTH welcome\r\n", ERR_AUTH, "PREAUTH" },
		{ "* BYE too many\r\n", ERR_AGAIN, "busy: too many" },
		{ "+ OK\r\n", ERR_NET, "does not speak IMAP" },
		{ "220 mail ESMTP\r\n", ERR_NET, "\"220 mail ESMTP\"" },
	};
	struct err err;
	struct link l;
	char data[100];
	size_t i;
	ssize_t k;

	(void)state;
	for (i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		link_open(&l);
		err.class = ERR_NONE;
		err.text[0] = '\0';
		link_send(&l, tries[i].greeting, strlen(tries[i].greeting));
		if (tries[i].class == ERR_NONE) {
			assert_int_equal(guard_greet(l.guard, &err), 0);
			k = mailstream_low_read(l.low, data, sizeof(data));
			assert_int_equal(k, 12);
			assert_memory_equal(data, "* OK ready\r\n", 12);
		} else
			assert_int_equal(guard_greet(l.guard, &err), -1);
		assert_int_equal(err.class, tries[i].class);
		assert_non_null(strstr(err.text, tries[i].text));
		link_close(&l);
	}
}

static void
data_in_clear_after_starttls_is_refused(void **state)
{
	struct err err = ERR_INIT;
	struct link l;
	char data[8];

	(void)state;
	link_open(&l);
	link_send(&l, "1 OK go\r\n2 OK [CAPABILITY EVIL] x\r\n", 35);
	assert_int_equal(mailstream_low_read(l.low, data, 8), 8);
	assert_int_equal(
	    guard_start_tls(l.guard, guard_stream(l.guard), &err), -1);
	assert_int_equal(err.class, ERR_AUTH);
	assert_false(guard_is_encrypted(l.guard));
	assert_int_equal(mailstream_low_write(l.low, "x", 1), -1);
	link_close(&l);
}

static void
tls_against_a_server_without_tls_is_refused(void **state)
{
	struct guard_peer peer = {
		.host = "peer", .port = 143, .tls = GUARD_TLS_IMPLICIT
	};
	struct err err = ERR_INIT;
	struct guard *g = NULL;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(io_write(fds[1], "* OK ready for you\r\n", 20), 0);
	assert_int_equal(guard_open_fd(&g, fds[0], &peer, &err), -1);
	assert_int_equal(err.class, ERR_AUTH);
	assert_non_null(strstr(err.text, "does not speak TLS"));
	close(fds[1]);
}

static void
unusable_trust_is_a_matter_of_configuration(void **state)
{
	struct guard_peer peer = { .host = "peer", .tls = GUARD_TLS_IMPLICIT };
	struct err err = ERR_INIT;
	struct guard *g = NULL;

	(void)state;
	peer.ca_file = "/nonexistent/ca.pem";
	assert_int_equal(guard_open(&g, &peer, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
	peer.ca_file = "/dev/null";
	assert_int_equal(guard_open(&g, &peer, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
	peer.ca_file = NULL;
	peer.pin_sha256 = "not a pin";
	assert_int_equal(guard_open(&g, &peer, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
	peer.pin_sha256 = NULL;
	peer.host = "/run/imap.sock";
	assert_int_equal(guard_open(&g, &peer, &err), -1);
	assert_int_equal(err.class, ERR_CONF);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_ends_at_the_deadline),
		cmocka_unit_test(a_drip_does_not_keep_a_session_alive),
		cmocka_unit_test(who_waits_is_let_do_something_else),
		cmocka_unit_test(a_reply_is_kept_with_code_and_words),
		cmocka_unit_test(a_killed_guard_gives_nothing_more),
		cmocka_unit_test(the_greeting_is_read_by_us),
		cmocka_unit_test(data_in_clear_after_starttls_is_refused),
		cmocka_unit_test(tls_against_a_server_without_tls_is_refused),
		cmocka_unit_test(unusable_trust_is_a_matter_of_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
