/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The transport under libetpan: TCP, verified TLS, and a guard over every byte
 * the server sends.  Runs in the fetcher.  The server is not trusted: not to
 * be who it says (chain, name and dates are verified inside the handshake;
 * there is no way to switch that off), not to end (every wait has a deadline),
 * not to be sane (caps on line length, literals, nesting and bytes, before
 * libetpan sees them).  libetpan's own TLS and MIME are never reached.
 */
#ifndef RUAD_MAIL_GUARD_H
#define RUAD_MAIL_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <libetpan/libetpan.h>

#include "base/err.h"

enum guard_tls {
	GUARD_TLS_IMPLICIT,
	GUARD_TLS_STARTTLS,
	GUARD_TLS_NONE, /* loopback or a unix socket only */
};

struct guard_peer {
	const char *host; /* name or address; '/' first: a unix socket */
	uint16_t port;
	enum guard_tls tls;
	const char *ca_file; /* PEM; NULL: the system's */
	const char
	    *pin_sha256; /* base64 or hex SHA-256 of the key (SPKI) or NULL */
};

struct guard;

/*
 * Connect, and with GUARD_TLS_IMPLICIT shake hands.  ERR_NET: not reachable;
 * ERR_AUTH: reachable, but not proven to be the host (nothing was sent);
 * ERR_CONF: ca_file or pin unusable, or GUARD_TLS_NONE to another machine.
 */
int guard_open(struct guard **, const struct guard_peer *, struct err *);

/*
 * The stream to give to libetpan.  mailimap_free() of the session that uses it
 * closes and frees the guard too.
 */
mailstream *guard_stream(struct guard *);

/* STARTTLS was answered OK: refuse bytes left over, then shake hands. */
int guard_start_tls(struct guard *, mailstream *, struct err *);

bool guard_is_encrypted(const struct guard *);

/*
 * Before each command: the deadline for all of its answer, and how many bytes
 * (beyond literals up to max_literal each) that may have.
 */
void guard_expect(
    struct guard *, int seconds, uint64_t bytes, uint64_t max_literal);

/*
 * Why the last read or write failed, "" if none did: "no answer within 60 s",
 * "connection closed by the server", "line longer than 8192 bytes" ...
 */
const char *guard_fault(const struct guard *);

#endif
