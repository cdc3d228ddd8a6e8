/* SPDX-License-Identifier: BSD-2-Clause */
/* Which name servers are asked: what a person wrote, or resolv.conf(5). */
#ifndef RUAD_DNS_DNS_SERVERS_H
#define RUAD_DNS_DNS_SERVERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define DNS_SERVERS 3 /* as many as resolv.conf(5) has */
#define DNS_PORT 53

struct dns_servers {
	size_t n;
	struct dns_server {
		int family; /* AF_INET, AF_INET6 */
		uint8_t address[16];
		uint16_t port;
	} at[DNS_SERVERS];
};

/* See struct dns_options of dns_client.h.  ERR_USAGE. */
int dns_servers_read(struct dns_servers *, const char *text, struct err *);

/*
 * Those of a file like /etc/resolv.conf, the first DNS_SERVERS of them.  A
 * link-local address is passed over: it needs an interface, which c-ares 1.18
 * does not know.  ERR_NET: there is none, or no such file.
 */
int dns_servers_load(struct dns_servers *, const char *path, struct err *);

/* "127.0.0.1:53, [::1]:53" */
void dns_servers_write(struct buf *, const struct dns_servers *);

#endif
