/* SPDX-License-Identifier: BSD-2-Clause */
#include "mail/guard.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"
#include "base/mem.h"
#include "mail/guard_priv.h"

#define RAW_SIZE 65536 /* bytes read from the server at once */
#define BATCH 4096     /* bytes of small lines handed on at once */
#define DIRECT 8192    /* a literal this long is not buffered here */

/* --- bytes in and out -------------------------------------------- */

int
guard_closed(struct guard *g)
{
	if (g->scan.bye[0] != '\0')
		return guard_scan_set_fault(
		    &g->scan, "the server ended the session: %s", g->scan.bye);
	return guard_scan_set_fault(
	    &g->scan, "connection closed by the server");
}

/* One read through TLS.  0: try again; -1: the fault is set. */
static ssize_t
guard_receive_tls(struct guard *g, char *buf, size_t n)
{
	ssize_t k = gnutls_record_recv(g->session, buf, n);

	if (k > 0)
		return k;
	switch (k) {
	case GNUTLS_E_AGAIN:
	case GNUTLS_E_INTERRUPTED:
		return guard_wait(g,
		    gnutls_record_get_direction(g->session) ? POLLOUT : POLLIN);
	case 0:
	case GNUTLS_E_PREMATURE_TERMINATION:
	case GNUTLS_E_PULL_ERROR:
		return guard_closed(g);
	case GNUTLS_E_REHANDSHAKE:
		return guard_scan_set_fault(
		    &g->scan, "the server wants to renegotiate TLS");
	default:
		return guard_scan_set_fault(
		    &g->scan, "TLS: %s", gnutls_strerror((int)k));
	}
}

/* One read without TLS, likewise. */
static ssize_t
guard_receive_plain(struct guard *g, char *buf, size_t n)
{
	ssize_t k = recv(g->fd, buf, n, 0);

	if (k > 0)
		return k;
	if (k == 0 || errno == ECONNRESET)
		return guard_closed(g);
	if (errno == EAGAIN || errno == EINTR)
		return guard_wait(g, POLLIN);
	return guard_scan_set_fault(&g->scan, "%s", strerror(errno));
}

/* At least one byte from the server.  -1: the fault is set. */
static ssize_t
guard_receive(struct guard *g, char *buf, size_t n)
{
	ssize_t k;

	for (;;) {
		if (!g->listening && guard_check_deadline(g) == -1)
			return -1;
		k = g->session != NULL ? guard_receive_tls(g, buf, n)
		                       : guard_receive_plain(g, buf, n);
		if (k == -1)
			return -1;
		if (k > 0 || g->listening)
			break;
	}
	if (k > 0 && g->progress != NULL)
		g->progress(g->progress_arg);
	g->received += (uint64_t)k;
	g->last = io_clock_ms();
	return k;
}

ssize_t
guard_fill(struct guard *g)
{
	ssize_t k;

	if (g->raw_at > 0) {
		g->raw_len -= g->raw_at;
		memmove(g->raw, g->raw + g->raw_at, g->raw_len);
		g->raw_at = 0;
	}
	k = guard_receive(g, g->raw + g->raw_len, RAW_SIZE - g->raw_len);
	if (k == -1)
		return -1;
	g->raw_len += (size_t)k;
	return k;
}

size_t
guard_find_segment(struct guard *g)
{
	const char *from = g->raw + g->raw_at + g->raw_seen, *lf;
	size_t n = g->raw_len - g->raw_at - g->raw_seen;

	if ((lf = memchr(from, '\n', n)) == NULL) {
		g->raw_seen += n;
		return 0;
	}
	return (size_t)(lf + 1 - (g->raw + g->raw_at));
}

void
guard_drop_segment(struct guard *g, size_t len)
{
	g->raw_at += len;
	g->raw_seen = 0;
}

/* Wait for a whole segment; its length, or 0 with the fault set. */
static size_t
guard_await_segment(struct guard *g)
{
	size_t len;

	for (;;) {
		if ((len = guard_find_segment(g)) > 0)
			return len;
		if (g->raw_len - g->raw_at > GUARD_SCAN_LINE_MAX) {
			guard_scan_set_fault(&g->scan,
			    "line longer than %d bytes", GUARD_SCAN_LINE_MAX);
			return 0;
		}
		if (guard_fill(g) == -1)
			return 0;
	}
}

/*
 * Scan the next segment, and those behind it that are small and there; but
 * nothing behind a tagged reply: after STARTTLS nothing may be there.
 */
static int
guard_scan_lines(struct guard *g)
{
	size_t len;

	if ((len = guard_await_segment(g)) == 0)
		return -1;
	do {
		if (guard_scan_segment(&g->scan, g->raw + g->raw_at, len) == -1)
			return g->scan.out.len > 0 ? 0 : -1;
		guard_drop_segment(g, len);
	} while (g->scan.literal == 0 && g->scan.out.len < BATCH &&
	    g->scan.reply.status == GUARD_NONE &&
	    (len = guard_find_segment(g)) > 0);
	return 0;
}

/* Up to n bytes of the current literal; 0 if it is not for libetpan. */
static ssize_t
guard_read_literal(struct guard *g, char *buf, size_t n)
{
	size_t have = g->raw_len - g->raw_at;
	ssize_t k;

	if (n > g->scan.literal)
		n = (size_t)g->scan.literal;
	if (have == 0 && g->scan.pass && n >= DIRECT) {
		if ((k = guard_receive(g, buf, n)) > 0)
			guard_scan_skip(&g->scan, (uint64_t)k);
		return k;
	}
	if (have == 0) {
		if (guard_fill(g) == -1)
			return -1;
		have = g->raw_len - g->raw_at;
	}
	if (!g->scan.pass)
		n = have < g->scan.literal ? have : (size_t)g->scan.literal;
	else if (n > have)
		n = have;
	if (g->scan.pass)
		memcpy(buf, g->raw + g->raw_at, n);
	guard_drop_segment(g, n);
	guard_scan_skip(&g->scan, n);
	return g->scan.pass ? (ssize_t)n : 0;
}

/* libetpan takes 0 for "try again" and would spin: it never gets it. */
static ssize_t
guard_low_read(mailstream_low *low, void *buf, size_t n)
{
	struct guard *g = low->data;
	ssize_t k;

	if (n == 0)
		return -1;
	for (;;) {
		if ((k = (ssize_t)guard_scan_take(&g->scan, buf, n)) > 0)
			return k;
		if (g->fault[0] != '\0')
			return -1;
		if (g->scan.literal > 0) {
			if ((k = guard_read_literal(g, buf, n)) != 0)
				return k;
		} else if (guard_scan_lines(g) == -1)
			return -1;
	}
}

static ssize_t
guard_low_write(mailstream_low *low, const void *buf, size_t n)
{
	struct guard *g = low->data;
	ssize_t k;

	while (g->fault[0] == '\0') {
		if (g->session != NULL)
			k = gnutls_record_send(g->session, buf, n);
		else
			k = send(g->fd, buf, n, MSG_NOSIGNAL);
		if (k > 0)
			return k;
		if (g->session != NULL
		        ? k == GNUTLS_E_AGAIN || k == GNUTLS_E_INTERRUPTED
		        : k == -1 && (errno == EAGAIN || errno == EINTR)) {
			if (guard_wait(g, POLLOUT) == -1)
				return -1;
			continue;
		}
		guard_closed(g);
	}
	return -1;
}

static int
guard_low_close(mailstream_low *low)
{
	struct guard *g = low->data;

	/* Best effort: nobody waits for the server's answer. */
	if (g->session != NULL && g->fault[0] == '\0')
		gnutls_bye(g->session, GNUTLS_SHUT_WR);
	close(g->fd);
	g->fd = -1;
	return 0;
}

static int
guard_low_get_fd(mailstream_low *low)
{
	const struct guard *g = low->data;

	return g->fd;
}

static void
guard_free(struct guard *g)
{
	guard_tls_done(g);
	if (g->fd != -1)
		close(g->fd);
	guard_scan_done(&g->scan);
	free(g->host);
	free(g->ca_file);
	free(g->pin);
	free(g->raw);
	free(g);
}

static void
guard_low_free(mailstream_low *low)
{
	guard_free(low->data);
	free(low);
}

static void
guard_low_cancel(mailstream_low *low)
{
	(void)low;
}

static mailstream_low_driver guard_driver = {
	.mailstream_read = guard_low_read,
	.mailstream_write = guard_low_write,
	.mailstream_close = guard_low_close,
	.mailstream_get_fd = guard_low_get_fd,
	.mailstream_free = guard_low_free,
	.mailstream_cancel = guard_low_cancel,
};

/* --- opening ----------------------------------------------------- */

static struct guard *
guard_new(const struct guard_peer *peer)
{
	struct guard *g = xcalloc(1, sizeof(*g));

	g->fd = -1;
	g->host = xstrdup(peer->host);
	g->port = peer->port;
	g->ca_file = xstrdup_null(peer->ca_file);
	g->pin = xstrdup_null(peer->pin_sha256);
	g->watch = peer->watch;
	g->progress = peer->progress;
	g->progress_arg = peer->progress_arg;
	g->raw = xmalloc(RAW_SIZE);
	g->scan.fault = g->fault;
	return g;
}

/* The rest of opening, with a socket opened here or given. */
static int
guard_start(struct guard *g, enum guard_tls tls, struct err *err)
{
	mailstream_low *low;

	if (tls == GUARD_TLS_NONE && !guard_is_local(g->fd))
		return err_set(err, ERR_CONF,
		    "%s: tls = \"none\" works on this machine only: use "
		    "\"implicit\" or \"starttls\"",
		    g->host);
	if (tls == GUARD_TLS_IMPLICIT && guard_tls_handshake(g, err) == -1)
		return -1;
	if ((low = mailstream_low_new(g, &guard_driver)) == NULL ||
	    (g->stream = mailstream_new(low, RAW_SIZE)) == NULL) {
		free(low);
		return err_set(err, ERR_AGAIN, "out of memory");
	}
	return 0;
}

static int
guard_open_any(
    struct guard **out, int fd, const struct guard_peer *peer, struct err *err)
{
	struct guard *g = guard_new(peer);
	int rc = -1;

	g->fd = fd;
	if (peer->tls != GUARD_TLS_NONE && guard_tls_init(g, err) == -1)
		goto out;
	if (fd != -1) {
		if (io_set_nonblocking(fd, true) == -1) {
			err_set_errno(err, ERR_BUG, "cannot use the socket");
			goto out;
		}
	} else if (guard_connect(g, err) == -1)
		goto out;
	rc = guard_start(g, peer->tls, err);
out:
	if (rc == 0)
		*out = g;
	else
		guard_free(g);
	return rc;
}

int
guard_open(struct guard **out, const struct guard_peer *peer, struct err *err)
{
	return guard_open_any(out, -1, peer, err);
}

int
guard_open_fd(
    struct guard **out, int fd, const struct guard_peer *peer, struct err *err)
{
	return guard_open_any(out, fd, peer, err);
}

int
guard_greet(struct guard *g, struct err *err)
{
	enum guard_scan_greeting kind = GUARD_SCAN_GREETING_OK;
	bool in_clear = g->trust != NULL && g->session == NULL;
	size_t len = guard_await_segment(g);

	if (len == 0 ||
	    guard_scan_greeting(&g->scan, g->raw + g->raw_at, len, &kind) == -1)
		return err_set(err, ERR_NET, "%s: %s%s", g->host, g->fault,
		    len == 0 && in_clear
		        ? " (if this port expects TLS at once, as 993 does, "
		          "set tls = \"implicit\")"
		        : "");
	guard_drop_segment(g, len);
	if (kind == GUARD_SCAN_GREETING_PREAUTH)
		return err_set(err, ERR_AUTH,
		    "%s: unexpected PREAUTH greeting; refusing to continue",
		    g->host);
	if (kind == GUARD_SCAN_GREETING_BYE)
		return err_set(err, ERR_AGAIN, "%s: the server is busy: %s",
		    g->host, g->scan.bye);
	return 0;
}

int
guard_start_tls(struct guard *g, mailstream *stream, struct err *err)
{
	if (stream->read_buffer_len > 0 || g->raw_len > g->raw_at ||
	    g->scan.out.len > g->scan.out_at || g->scan.literal > 0) {
		guard_kill(g, "unencrypted data after STARTTLS");
		return err_set(err, ERR_AUTH,
		    "%s: the server, or somebody in between, sent "
		    "unencrypted data after STARTTLS",
		    g->host);
	}
	return guard_tls_handshake(g, err);
}

/* --- small things ------------------------------------------------ */

mailstream *
guard_stream(struct guard *g)
{
	return g->stream;
}

void
guard_close(struct guard *g)
{
	if (g != NULL)
		mailstream_close(g->stream);
}

bool
guard_is_encrypted(const struct guard *g)
{
	return g->session != NULL;
}

void
guard_let_continue(struct guard *g, bool on)
{
	g->scan.let_continue = on;
}

const struct guard_reply *
guard_reply(const struct guard *g)
{
	return &g->scan.reply;
}

const char *
guard_fault(const struct guard *g)
{
	return g->fault;
}

uint64_t
guard_oversize(const struct guard *g)
{
	return g->scan.oversize;
}
