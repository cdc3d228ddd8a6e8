/* SPDX-License-Identifier: BSD-2-Clause */
/* What the guard*.c share.  For nobody else. */
#ifndef RUAD_MAIL_GUARD_PRIV_H
#define RUAD_MAIL_GUARD_PRIV_H

#include <gnutls/gnutls.h>

#include "mail/guard.h"
#include "mail/guard_scan.h"

struct guard {
	int fd;
	char *host;
	uint16_t port;
	char *ca_file;
	char *pin;
	const struct guard_watch *watch;
	gnutls_session_t session; /* NULL: no TLS yet */
	gnutls_certificate_credentials_t trust;

	int64_t start;     /* when the answer began to be awaited, ms */
	int64_t deadline;  /* when it must be there, ms */
	int64_t last;      /* when the last byte came, ms */
	uint64_t received; /* bytes since start */
	int seconds;       /* what the deadline was, for the sentence */
	bool flow;         /* the deadline moves on while bytes flow */

	bool listening; /* nothing is waited for */

	guard_idle_fn idle; /* NULL: none */
	void *idle_arg;
	void (*progress)(void *); /* NULL: none */
	void *progress_arg;

	char *raw; /* bytes from the server not yet scanned */
	size_t raw_at;
	size_t raw_len;
	size_t raw_seen; /* of these, how many hold no line feed */
	struct guard_scan scan;
	mailstream *stream;
	char fault[GUARD_FAULT];
};

/* Wait for POLLIN or POLLOUT until the deadline.  -1: the fault is set. */
int guard_wait(struct guard *, short events);

/* -1: the deadline is over, and the fault set. */
int guard_check_deadline(struct guard *);

/*
 * Read once into raw, which has room unless a line is too long for it.  Return
 * how many bytes came: 0 only if listening.  -1: the fault is set.
 */
ssize_t guard_fill(struct guard *);

/* Return the length of the next segment in raw, 0 if it is not complete. */
size_t guard_find_segment(struct guard *);
void guard_drop_segment(struct guard *, size_t len);

/* Set the fault of a session that the server has ended.  Return -1. */
int guard_closed(struct guard *);

/* Connect fd to host and port, or to the unix socket that host names. */
int guard_connect(struct guard *, struct err *);

/* Return whether the other end of fd is on this machine. */
bool guard_is_local(int fd);

/* Load the authorities and the pin, which may be wrong, before connecting. */
int guard_tls_init(struct guard *, struct err *);

/* Shake hands and verify. */
int guard_tls_handshake(struct guard *, struct err *);

void guard_tls_done(struct guard *);

#endif
