/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "mail/guard_priv.h"

#define CONNECT_SECONDS 20

bool
guard_is_local(int fd)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_storage ss;
	const struct sockaddr_in *in4 = (const void *)&ss;
	const struct sockaddr_in6 *in6 = (const void *)&ss;
	socklen_t len = sizeof(ss);

	memset(&ss, 0, sizeof(ss));
	if (getpeername(fd, (struct sockaddr *)&ss, &len) == -1)
		return false;
	if (ss.ss_family == AF_UNIX)
		return true;
	if (ss.ss_family == AF_INET)
		return ntohl(in4->sin_addr.s_addr) >> 24 == 127;
	if (ss.ss_family != AF_INET6)
		return false;
	if (memcmp(in6->sin6_addr.s6_addr, mapped, sizeof(mapped)) == 0)
		return in6->sin6_addr.s6_addr[12] == 127;
	return IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
}

/* One address, until the deadline.  0, or an errno. */
static int
guard_connect_one(
    struct guard *g, const struct sockaddr *sa, socklen_t len, int family)
{
	int error = 0;
	socklen_t size = sizeof(error);

	g->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (g->fd == -1)
		return errno;
	if (connect(g->fd, sa, len) == -1) {
		if (errno != EINPROGRESS)
			error = errno;
		else if (guard_wait(g, POLLOUT) == -1)
			error = ETIMEDOUT;
		else if (getsockopt(
		             g->fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1)
			error = errno;
	}
	if (error != 0) {
		g->fault[0] = '\0'; /* another address may do better */
		close(g->fd);
		g->fd = -1;
	}
	return error;
}

static int
guard_connect_unix(struct guard *g, struct err *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int error;

	if (strlen(g->host) >= sizeof(sun.sun_path))
		return err_set(err, ERR_CONF,
		    "%s: too long for the path of a socket", g->host);
	memcpy(sun.sun_path, g->host, strlen(g->host) + 1);
	guard_begin(g, GUARD_STEP_CONNECT);
	guard_expect(g, CONNECT_SECONDS, 0, 0);
	error = guard_connect_one(
	    g, (const struct sockaddr *)&sun, sizeof(sun), AF_UNIX);
	if (error != 0)
		return err_set(err, ERR_NET, "%s: cannot connect: %s", g->host,
		    strerror(error));
	guard_tell(g, GUARD_STEP_CONNECT, NULL, "the socket answers");
	return 0;
}

/* Addresses in numbers, for people. */
#define ADDRESS_MAX 64
static const char *
connect_address(const struct addrinfo *ai, char *text)
{
	if (getnameinfo(ai->ai_addr, ai->ai_addrlen, text, ADDRESS_MAX, NULL, 0,
	        NI_NUMERICHOST) != 0)
		snprintf(text, ADDRESS_MAX, "an unknown address");
	return text;
}

static void
connect_tell_name(const struct guard *g, const struct addrinfo *list)
{
	struct buf text = { 0 };
	char one[ADDRESS_MAX];

	for (; list != NULL; list = list->ai_next)
		buf_printf(&text, "%s%s", text.len > 0 ? ", " : "",
		    connect_address(list, one));
	guard_tell(
	    g, GUARD_STEP_NAME, NULL, "%s is %s", g->host, buf_str(&text));
	buf_done(&text);
}

/* Addresses that did not answer cost time at each poll. */
static void
connect_tell(const struct guard *g, const struct addrinfo *ai, int64_t since,
    struct buf *refused)
{
	char one[ADDRESS_MAX];

	guard_tell(g, GUARD_STEP_CONNECT,
	    refused->len > 0 ? buf_str(refused) : NULL,
	    "%s port %u answers after %d ms", connect_address(ai, one), g->port,
	    (int)(io_clock_ms() - since));
}

/*
 * A session that waits for mail is silent for minutes: keep it alive in what
 * lies between (routers forget connections after 4 minutes and more), and
 * notice when the other end has gone.
 */
static void
guard_keep_alive(int fd)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 120 }, /* seconds */
		{ IPPROTO_TCP, TCP_KEEPINTVL, 30 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
	};
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		(void)setsockopt(fd, options[i].level, options[i].name,
		    &options[i].value, sizeof(options[i].value));
}

/* Every address of the host, each with its share of the time that is left. */
static int
guard_connect_inet(struct guard *g, struct err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV };
	struct addrinfo *list, *ai;
	int64_t end = io_clock_ms() + CONNECT_SECONDS * 1000, now;
	int left = 0, error = 0, on = 1, rc;
	char port[8], one[ADDRESS_MAX];
	struct buf refused = { 0 };

	guard_begin(g, GUARD_STEP_NAME);
	snprintf(port, sizeof(port), "%u", g->port);
	if ((rc = getaddrinfo(g->host, port, &hints, &list)) != 0)
		return err_set(err, ERR_NET, "%s: cannot find its address: %s",
		    g->host,
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
	connect_tell_name(g, list);
	guard_begin(g, GUARD_STEP_CONNECT);
	for (ai = list; ai != NULL; ai = ai->ai_next)
		left++;
	for (ai = list; ai != NULL; ai = ai->ai_next) {
		now = io_clock_ms();
		guard_expect(g, CONNECT_SECONDS, 0, 0);
		g->deadline = now + (end - now) / left--;
		error = guard_connect_one(
		    g, ai->ai_addr, ai->ai_addrlen, ai->ai_family);
		if (error == 0) {
			connect_tell(g, ai, now, &refused);
			break;
		}
		buf_printf(&refused, "%s%s: %s", refused.len > 0 ? ", " : "",
		    connect_address(ai, one), strerror(error));
	}
	buf_done(&refused);
	freeaddrinfo(list);
	if (error != 0)
		return err_set(err, ERR_NET,
		    "%s: cannot connect to port %u: %s", g->host, g->port,
		    strerror(error));
	guard_keep_alive(g->fd);
	/* Every write is a whole command; to delay one gains nothing. */
	setsockopt(g->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return 0;
}

int
guard_connect(struct guard *g, struct err *err)
{
	if (g->host[0] == '/')
		return guard_connect_unix(g, err);
	return guard_connect_inet(g, err);
}
