/* SPDX-License-Identifier: BSD-2-Clause */
/* What newer versions of c-ares call old is all that 1.18 has. */
#define CARES_NO_DEPRECATED
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <ares.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/mem.h"
#include "dns/dns_client_wire.h"

#define EDNS_SIZE 1232 /* of a reply over UDP that no network breaks up */
#define CLASS_IN 1
#define AD_FLAG 0x20 /* of the header's fourth byte: RFC 6840, 5.7 */

struct dns_wire {
	struct dns_servers servers;
	struct channel {
		ares_channel ares;
		const struct dns_server *server;
		size_t tcp;        /* connections so far */
		int64_t closed_ms; /* when nobody listened there */
		struct array fds;  /* of struct pollfd: what c-ares awaits */
	} channels[DNS_SERVERS];
};

struct question {
	struct channel *channel;
	size_t tcp; /* connections before it was sent */
	int64_t sent_ms;
	dns_wire_fn *fn;
	void *arg;
};

static int
on_socket(ares_socket_t fd, int type, void *arg)
{
	struct channel *channel = arg;

	(void)fd;
	if (type == SOCK_STREAM)
		channel->tcp++;
	return 0;
}

/* c-ares awaits something else of this socket; neither: it is closed. */
static void
on_socket_state(void *arg, ares_socket_t fd, int readable, int writable)
{
	struct channel *channel = arg;
	struct pollfd *fds = channel->fds.at;
	size_t i = 0;

	while (i < channel->fds.n && fds[i].fd != fd)
		i++;
	if (!readable && !writable) {
		if (i < channel->fds.n)
			fds[i] = fds[--channel->fds.n];
		return;
	}
	if (i == channel->fds.n) {
		array_add(&channel->fds, sizeof(*fds));
		fds = channel->fds.at;
	}
	fds[i] = (struct pollfd) {
		.fd = fd,
		.events = (short)((readable ? POLLIN : 0) |
		    (writable ? POLLOUT : 0)),
	};
}

/* A status of c-ares. */
static int
open_channel(
    struct channel *channel, const struct dns_server *server, int timeout_ms)
{
	/*
	 * Everything that c-ares would else take from files or from the
	 * environment; the servers are set below, with their ports.  It
	 * doubles the time of later tries: there are none.
	 */
	struct ares_options options = {
		.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
		    ARES_FLAG_NOCHECKRESP | ARES_FLAG_EDNS,
		.timeout = timeout_ms,
		.tries = 1,
		.ndots = 1,
		.ednspsz = EDNS_SIZE,
		.lookups = (char[]) { "b" },
		.servers = &(struct in_addr) { htonl(INADDR_LOOPBACK) },
		.nservers = 1,
		.resolvconf_path = (char[]) { "/dev/null" },
		.sock_state_cb = on_socket_state,
		.sock_state_cb_data = channel,
	};
	int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
	    ARES_OPT_NDOTS | ARES_OPT_EDNSPSZ | ARES_OPT_LOOKUPS |
	    ARES_OPT_DOMAINS | ARES_OPT_NOROTATE | ARES_OPT_SORTLIST |
	    ARES_OPT_SERVERS | ARES_OPT_RESOLVCONF | ARES_OPT_SOCK_STATE_CB;
	const struct dns_servers one = { .n = 1, .at = { *server } };
	struct buf text = { 0 };
	int rc;

#ifdef ARES_OPT_MAXTIMEOUTMS
	options.maxtimeout = timeout_ms;
	mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_UDP_MAX_QUERIES
	/*
	 * A reply that such a version cannot take apart is for it the end of
	 * all questions of that socket, not only of its own.
	 */
	options.udp_max_queries = 1;
	mask |= ARES_OPT_UDP_MAX_QUERIES;
#endif
#ifdef ARES_OPT_QUERY_CACHE
	/* What is remembered, and for how long, is dns_client.c's to say. */
	options.qcache_max_ttl = 0;
	mask |= ARES_OPT_QUERY_CACHE;
#endif
	channel->server = server;
	rc = ares_init_options(&channel->ares, &options, mask);
	if (rc != ARES_SUCCESS)
		return rc;
	dns_servers_write(&text, &one);
	rc = ares_set_servers_ports_csv(channel->ares, buf_str(&text));
	buf_done(&text);
	ares_set_socket_configure_callback(channel->ares, on_socket, channel);
	return rc;
}

struct dns_wire *
dns_wire_open(
    const struct dns_servers *servers, int timeout_ms, struct err *err)
{
	struct dns_wire *wire = xcalloc(1, sizeof(*wire));
	int rc = ares_library_init(ARES_LIB_INIT_ALL);
	size_t i;

	wire->servers = *servers;
	for (i = 0; i < servers->n && rc == ARES_SUCCESS; i++)
		rc = open_channel(
		    &wire->channels[i], &wire->servers.at[i], timeout_ms);
	if (rc == ARES_SUCCESS)
		return wire;
	err_set(err, ERR_BUG, "c-ares does not start: %s", ares_strerror(rc));
	dns_wire_close(wire);
	return NULL;
}

void
dns_wire_close(struct dns_wire *wire)
{
	size_t i;

	if (wire == NULL)
		return;
	for (i = 0; i < wire->servers.n; i++) {
		if (wire->channels[i].ares != NULL)
			ares_destroy(wire->channels[i].ares);
		array_done(&wire->channels[i].fds);
	}
	ares_library_cleanup();
	free(wire);
}

/* Whether this machine knows a way to a server; nothing is sent. */
static bool
has_route(const struct dns_server *s)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET,
		.sin_port = htons(s->port),
	};
	struct sockaddr_in6 in6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(s->port),
	};
	bool is6 = s->family == AF_INET6, ok;
	int fd = socket(s->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	memcpy(&in.sin_addr, s->address, sizeof(in.sin_addr));
	memcpy(&in6.sin6_addr, s->address, sizeof(in6.sin6_addr));
	ok = connect(fd, is6 ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
	         is6 ? sizeof(in6) : sizeof(in)) == 0;
	close(fd);
	return ok;
}

/* Why a connection was refused, which c-ares says of UDP, TCP and no route. */
static enum dns_wire_end
why_refused(struct question *q)
{
	if (q->channel->tcp > q->tcp)
		return DNS_WIRE_NO_TCP;
	if (!has_route(q->channel->server))
		return DNS_WIRE_NO_ROUTE;
	q->channel->closed_ms = io_clock_ms();
	return DNS_WIRE_CLOSED;
}

/*
 * The kernel tells once that nobody listens, of all that was sent: what asks
 * next may be told instead of the question, which then waits in vain.
 */
static enum dns_wire_end
why_silent(const struct question *q)
{
	return q->channel->closed_ms >= q->sent_ms ? DNS_WIRE_CLOSED
	                                           : DNS_WIRE_SILENT;
}

static void
on_end(void *arg, int status, int timeouts, unsigned char *bytes, int len)
{
	struct question *q = arg;
	struct dns_wire_result result = { .end = DNS_WIRE_OTHER };

	(void)timeouts;
	if (status == ARES_ETIMEOUT)
		result.end = why_silent(q);
	else if (status == ARES_ECONNREFUSED)
		result.end = why_refused(q);
	else if (bytes != NULL && len > 0)
		result = (struct dns_wire_result) {
			.end = DNS_WIRE_REPLY,
			.bytes = bytes,
			.len = (size_t)len,
		};
	q->fn(q->arg, &result);
	free(q);
}

void
dns_wire_send(struct dns_wire *wire, size_t server, enum dns_type type,
    const char *name, bool edns, dns_wire_fn *fn, void *arg)
{
	struct channel *channel = &wire->channels[server];
	struct question *q = xmalloc(sizeof(*q));
	unsigned char *bytes = NULL;
	unsigned short id = 0;
	int len, rc;

	*q = (struct question) {
		.channel = channel,
		.tcp = channel->tcp,
		.sent_ms = io_clock_ms(),
		.fn = fn,
		.arg = arg,
	};
	/* Replies are told apart by their questions, too: one id may repeat. */
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		id = (unsigned short)io_clock_ms();
	rc = ares_create_query(name, CLASS_IN, (int)type, id, 1, &bytes, &len,
	    edns ? EDNS_SIZE : 0);
	if (rc != ARES_SUCCESS) {
		on_end(q, rc, 0, NULL, 0);
		return;
	}
	bytes[3] |= AD_FLAG;
	ares_send(channel->ares, bytes, len, on_end, q);
	ares_free_string(bytes);
}

/* How long poll() may wait. */
static int
timeout_of(struct dns_wire *wire, int max_ms)
{
	struct timeval tv, *next;
	int64_t ms;
	size_t i;

	for (i = 0; i < wire->servers.n; i++) {
		next = ares_timeout(wire->channels[i].ares, NULL, &tv);
		if (next == NULL)
			continue;
		/* Rounded up: else it would look again and again. */
		ms = (int64_t)next->tv_sec * 1000 +
		    (next->tv_usec + 999) / 1000;
		if (max_ms < 0 || ms < max_ms)
			max_ms = (int)ms;
	}
	return max_ms;
}

static void
process(ares_channel ares, const struct pollfd *fds, size_t n)
{
	size_t i;

	/* An error is found by reading, or by writing. */
	for (i = 0; i < n; i++)
		if (fds[i].revents != 0)
			ares_process_fd(ares,
			    fds[i].events & POLLIN ? fds[i].fd
			                           : ARES_SOCKET_BAD,
			    fds[i].events & POLLOUT ? fds[i].fd
			                            : ARES_SOCKET_BAD);
	ares_process_fd(ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void
dns_wire_wait(struct dns_wire *wire, int max_ms)
{
	size_t n = 0, at = 0, counts[DNS_SERVERS], i;
	struct pollfd *fds;
	bool ok;

	for (i = 0; i < wire->servers.n; i++)
		n += counts[i] = wire->channels[i].fds.n;
	/* A copy: what is done with them opens and closes some. */
	fds = xcalloc(n + 1, sizeof(*fds));
	for (i = 0; i < wire->servers.n; at += counts[i++])
		if (counts[i] > 0)
			memcpy(fds + at, wire->channels[i].fds.at,
			    counts[i] * sizeof(*fds));
	/* Should it fail, the time-outs are what ends the wait. */
	ok = poll(fds, n, timeout_of(wire, max_ms)) != -1;
	for (i = at = 0; i < wire->servers.n; at += counts[i++])
		process(wire->channels[i].ares, fds + at, ok ? counts[i] : 0);
	free(fds);
}
