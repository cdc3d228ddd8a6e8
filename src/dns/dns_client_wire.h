/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * c-ares behind a narrow door, for dns_client.c: questions go out to one
 * server, and their ends come in.
 *
 * There is one channel for each server, from the beginning to the end, so that
 * servers are never changed, nothing is cancelled and no channel is closed with
 * a question under way: there c-ares has had faults.  It neither tries again
 * nor goes to the next server: version 1.18 does not tell what the last one
 * said.
 */
#ifndef RUAD_DNS_DNS_CLIENT_WIRE_H
#define RUAD_DNS_DNS_CLIENT_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "dns/dns.h"
#include "dns/dns_servers.h"

enum dns_wire_end {
	DNS_WIRE_REPLY,  /* bytes and len are a reply, of any content */
	DNS_WIRE_SILENT, /* it did not answer in time */
	DNS_WIRE_CLOSED, /* nobody listens there */
	DNS_WIRE_NO_TCP, /* the answer is too long for UDP, and there it ends */
	DNS_WIRE_NO_ROUTE, /* this machine has no way to it */
	DNS_WIRE_OTHER,    /* c-ares failed, or cannot read the reply: new */
	                   /* versions try to, and take no other instead */
};

struct dns_wire_result {
	enum dns_wire_end end;
	const void *bytes; /* valid in the callback only */
	size_t len;
};

struct dns_wire;

/* timeout_ms: how long a server has.  NULL on error, ERR_BUG. */
struct dns_wire *dns_wire_open(
    const struct dns_servers *, int timeout_ms, struct err *);

/* NULL is fine; nothing may be under way. */
void dns_wire_close(struct dns_wire *);

/*
 * Ask a server, by its number.  The callback is called once, by this or by
 * dns_wire_wait(), and must not call the wire.
 */
typedef void dns_wire_fn(void *arg, const struct dns_wire_result *);
void dns_wire_send(struct dns_wire *, size_t server, enum dns_type,
    const char *name, bool edns, dns_wire_fn *, void *arg);

/* Until something happens, at most max_ms (-1: as long as it takes). */
void dns_wire_wait(struct dns_wire *, int max_ms);

#endif
