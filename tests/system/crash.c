/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into ruad: it dies when the text CRASH_MARK passes through the
 * function CRASH_AT, "sendmsg" (a mail on its way to ruad-parse) or "recv"
 * (what the server says).  CRASH_HOW: segv, abort, stack, kill,
 * or loop: it does not die, and does not go on.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int
overflow(int n)
{
	volatile char page[4096];

	page[n % 4096] = (char)n;
	return overflow(n + 1) + page[0];
}

static void
look(const char *at, const char *data, size_t n)
{
	const char *mark = getenv("CRASH_MARK"), *how = getenv("CRASH_HOW");
	const char *where = getenv("CRASH_AT");
	static char tail[1 << 17];
	static size_t have;

	if (mark == NULL || how == NULL || where == NULL ||
	    strcmp(where, at) != 0)
		return;
	/* The mark may come in two pieces. */
	if (n > sizeof(tail) / 2)
		have = 0;
	if (have > strlen(mark))
		memmove(tail, tail + have - strlen(mark), strlen(mark));
	have = have > strlen(mark) ? strlen(mark) : have;
	if (n > sizeof(tail) - have)
		n = sizeof(tail) - have;
	memcpy(tail + have, data, n);
	have += n;
	if (memmem(tail, have, mark, strlen(mark)) == NULL)
		return;
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "kill") == 0)
		raise(SIGKILL);
	/* What is looked at is its silence; others need the processor. */
	while (strcmp(how, "loop") == 0)
		usleep(1000);
	if (strcmp(how, "stack") == 0)
		(void)overflow(0);
	*(volatile int *)8 = 0;
}

ssize_t
sendmsg(int fd, const struct msghdr *msg, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int);
	size_t i;

	*(void **)&real = dlsym(RTLD_NEXT, "sendmsg");
	for (i = 0; i < msg->msg_iovlen; i++)
		look("sendmsg", msg->msg_iov[i].iov_base,
		    msg->msg_iov[i].iov_len);
	return real(fd, msg, flags);
}

ssize_t gnutls_record_recv(void *session, void *data, size_t n);
ssize_t
gnutls_record_recv(void *session, void *data, size_t n)
{
	ssize_t (*real)(void *, void *, size_t), k;

	*(void **)&real = dlsym(RTLD_NEXT, "gnutls_record_recv");
	k = real(session, data, n);
	if (k > 0)
		look("recv", data, (size_t)k);
	return k;
}
