/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/channel.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int
channel_open(int ends[2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	        0, ends) == -1)
		return err_set_errno(
		    err, ERR_AGAIN, "cannot make a pair of sockets");
	return 0;
}

static void
channel_write(int fd, const struct channel_message *m)
{
	size_t n = offsetof(struct channel_message, text) + strlen(m->text) + 1;

	(void)send(fd, m, n, MSG_NOSIGNAL);
}

void
channel_send(int fd, enum channel_word word)
{
	const struct channel_message m = { .word = (char)word };

	channel_write(fd, &m);
}

void
channel_send_more(
    int fd, enum channel_word word, uint32_t wait, const char *text)
{
	struct channel_message m = { .word = (char)word, .wait = wait };

	snprintf(m.text, sizeof(m.text), "%s", text);
	channel_write(fd, &m);
}

int
channel_receive(int fd, struct channel_message *m)
{
	ssize_t n;

	/*
	 * A fetcher that ended without having read the last word sent to it is
	 * reported by ECONNRESET, once, before its own last words.
	 */
	do
		n = recv(fd, m, sizeof(*m), 0);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	if (n == -1)
		return errno == EAGAIN ? 0 : -1;
	if ((size_t)n <= offsetof(struct channel_message, text))
		return -1;
	m->text[(size_t)n - offsetof(struct channel_message, text) - 1] = '\0';
	return 1;
}
