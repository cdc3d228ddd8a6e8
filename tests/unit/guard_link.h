/* SPDX-License-Identifier: BSD-2-Clause */
/* A guard whose server is the test itself, by a socket that keeps packets. */
#ifndef RUAD_TESTS_GUARD_LINK_H
#define RUAD_TESTS_GUARD_LINK_H

#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "mail/guard.h"

#define LITERAL_MAX 100

/* A guard on one end; each send() on the other is one recv() of the guard. */
struct link {
	struct guard *guard;
	mailstream_low *low;
	int server;
};

static __attribute__((unused)) void
link_open(struct link *l)
{
	const struct guard_peer peer = { .host = "peer",
		.tls = GUARD_TLS_NONE };
	struct err err = ERR_INIT;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	l->server = fds[1];
	assert_int_equal(guard_open_fd(&l->guard, fds[0], &peer, &err), 0);
	l->low = mailstream_get_low(guard_stream(l->guard));
	guard_expect(l->guard, 10, 1 << 20, LITERAL_MAX);
}

static __attribute__((unused)) void
link_send(struct link *l, const char *data, size_t n)
{
	if (n > 0)
		assert_int_equal(
		    send(l->server, data, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Everything libetpan gets until the end or the fault. */
static __attribute__((unused)) void
link_read(struct link *l, struct buf *out, size_t chunk)
{
	char data[65536];
	ssize_t k;

	while ((k = mailstream_low_read(l->low, data, chunk)) > 0)
		buf_add(out, data, (size_t)k);
	assert_int_equal(k, -1); /* never 0: libetpan would spin */
	buf_str(out);
}

static __attribute__((unused)) void
link_close(struct link *l)
{
	if (l->server != -1)
		close(l->server);
	guard_close(l->guard);
}

#endif
