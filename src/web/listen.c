/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"

#define BACKLOG 128
#define FIRST_GIVEN 3 /* SD_LISTEN_FDS_START */

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
	struct sockaddr_storage storage;
};

/* --- what a socket is ----------------------------------------------------- */

static bool
is_loopback(const union address *a)
{
	if (a->any.sa_family == AF_INET)
		return ntohl(a->in.sin_addr.s_addr) >> 24 == 127;
	return a->any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_LOOPBACK(&a->in6.sin6_addr);
}

static void
write_name(struct listen_socket *s, const union address *a)
{
	char ip[INET6_ADDRSTRLEN] = "?";

	if (a->any.sa_family == AF_UNIX)
		snprintf(s->name, sizeof(s->name), "%s",
		    a->un.sun_path[0] != '\0' ? a->un.sun_path : "a socket");
	else if (a->any.sa_family == AF_INET) {
		inet_ntop(AF_INET, &a->in.sin_addr, ip, sizeof(ip));
		snprintf(s->name, sizeof(s->name), "http://%s:%d/", ip,
		    ntohs(a->in.sin_port));
	} else {
		inet_ntop(AF_INET6, &a->in6.sin6_addr, ip, sizeof(ip));
		snprintf(s->name, sizeof(s->name), "http://[%s]:%d/", ip,
		    ntohs(a->in6.sin6_port));
	}
}

/* Find out what it is; it must be one that listens. */
static int
look(struct listen_socket *s, struct err *err)
{
	union address a = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof(a);
	int listens = 0;
	socklen_t size = sizeof(listens);

	if (getsockopt(s->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) ==
	        -1 ||
	    getsockname(s->fd, &a.any, &len) == -1)
		return err_set_errno(
		    err, ERR_CONF, "descriptor %d is not a socket", s->fd);
	if (!listens)
		return err_set(err, ERR_CONF,
		    "socket %d does not listen: ruad-web.socket needs "
		    "Accept=no",
		    s->fd);
	if (a.any.sa_family != AF_UNIX && a.any.sa_family != AF_INET &&
	    a.any.sa_family != AF_INET6)
		return err_set(err, ERR_CONF,
		    "socket %d is neither a Unix nor an IP socket", s->fd);
	s->is_unix = a.any.sa_family == AF_UNIX;
	s->is_local = s->is_unix || is_loopback(&a);
	write_name(s, &a);
	if (io_set_nonblocking(s->fd, true) == -1 ||
	    fcntl(s->fd, F_SETFD, FD_CLOEXEC) == -1)
		return err_set_errno(err, ERR_BUG, "cannot set up a socket");
	return 0;
}

/* --- the one that systemd gives ------------------------------------------- */

/* How many: sd_listen_fds(3).  They are not for children. */
static int
given(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t n = 0, ours = 0;

	if (pid == NULL || fds == NULL ||
	    !text_read_int(pid, 1, INT32_MAX, &ours) || ours != getpid() ||
	    !text_read_int(fds, 0, 100, &n))
		n = 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return (int)n;
}

/* --- one of its own ------------------------------------------------------- */

/* "192.0.2.1:80", "[2001:db8::1]:80" */
static int
read_address(
    const char *where, union address *a, socklen_t *len, struct err *err)
{
	const char *colon = strrchr(where, ':');
	char ip[INET6_ADDRSTRLEN];
	int64_t port = 0;
	size_t n = colon != NULL ? (size_t)(colon - where) : 0;
	const char *begin = where;
	bool bracket;

	bracket = n > 2 && where[0] == '[' && where[n - 1] == ']';
	if (bracket) {
		begin++;
		n -= 2;
	}
	memset(a, 0, sizeof(*a));
	if (n == 0 || n >= sizeof(ip) ||
	    !text_read_int(colon + 1, 0, 65535, &port))
		goto bad;
	memcpy(ip, begin, n);
	ip[n] = '\0';
	if (!bracket && inet_pton(AF_INET, ip, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)port);
		*len = sizeof(a->in);
		return 0;
	}
	if (bracket && inet_pton(AF_INET6, ip, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)port);
		*len = sizeof(a->in6);
		return 0;
	}
bad:
	return err_set(err, ERR_USAGE,
	    "--listen takes a path, or an address with a port such as "
	    "127.0.0.1:8461 or [::1]:8461, not \"%s\"",
	    where);
}

/* Why not, and what to do. */
static int
refuse(const char *where, bool is_path, struct err *err)
{
	struct stat st;

	if (errno != EADDRINUSE)
		return err_set_errno(
		    err, ERR_CREATE, "cannot listen on %s", where);
	if (is_path && lstat(where, &st) == 0 && !S_ISSOCK(st.st_mode))
		return err_set(err, ERR_CREATE,
		    "cannot listen on %s: it is there already, and is no "
		    "socket",
		    where);
	return err_set(err, ERR_CREATE,
	    "cannot listen on %s: another program does; choose something else "
	    "by --listen",
	    where);
}

/* A socket that nobody listens on any more is removed. */
static void
remove_stale(const union address *a, socklen_t len)
{
	struct stat st;
	int fd;

	if (lstat(a->un.sun_path, &st) == -1 || !S_ISSOCK(st.st_mode) ||
	    (fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return;
	if (connect(fd, &a->any, len) == -1 && errno == ECONNREFUSED)
		unlink(a->un.sun_path);
	close(fd);
}

static int
read_path(const char *where, union address *a, socklen_t *len, struct err *err)
{
	memset(a, 0, sizeof(*a));
	a->un.sun_family = AF_UNIX;
	if (strlen(where) >= sizeof(a->un.sun_path))
		return err_set(err, ERR_USAGE,
		    "a path is too long for a socket: %s", where);
	memcpy(a->un.sun_path, where, strlen(where) + 1);
	*len = sizeof(a->un);
	return 0;
}

static int
make(struct listen_socket *s, const char *where, struct err *err)
{
	const bool is_path = where[0] == '/';
	union address a;
	socklen_t len;
	mode_t mask;
	int rc, one = 1;

	rc = is_path ? read_path(where, &a, &len, err)
	             : read_address(where, &a, &len, err);
	if (rc == -1)
		return -1;
	s->fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->fd == -1)
		return err_set_errno(err, ERR_BUG, "cannot make a socket");
	if (is_path)
		remove_stale(&a, len);
	else
		setsockopt(s->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	mask = umask(0117); /* its user and group */
	rc = bind(s->fd, &a.any, len);
	umask(mask);
	if (rc == -1 || listen(s->fd, BACKLOG) == -1)
		return refuse(where, is_path, err);
	return 0;
}

int
listen_open(struct listen_socket *s, const char *where, struct err *err)
{
	const int n = given();

	memset(s, 0, sizeof(*s));
	s->is_given = n > 0;
	s->fd = FIRST_GIVEN;
	if (n > 1)
		return err_set(err, ERR_CONF,
		    "systemd gives %d sockets: ruad-web takes one", n);
	if (n == 1 && where != NULL)
		return err_set(err, ERR_USAGE,
		    "systemd gives a socket: leave out --listen");
	if (n == 0 &&
	    make(s, where != NULL ? where : LISTEN_DEFAULT, err) == -1)
		return -1;
	return look(s, err);
}
