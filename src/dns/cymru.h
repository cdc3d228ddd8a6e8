/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The AS and the country of an address from the DNS service of Team Cymru,
 * which is told every address that is asked for.  Names and answers only: who
 * asks is elsewhere.  Pure; answers are foreign.
 */
#ifndef RUAD_DNS_CYMRU_H
#define RUAD_DNS_CYMRU_H

#include <stdbool.h>
#include <stdint.h>

#include "dns/dns.h"
#include "dns/geo.h"

/* The name at which a TXT record says the origin of an address. */
bool cymru_write_origin(const char *ip, char out[static DNS_NAME]);

/* The network of an answer, which is about all addresses in it. */
struct cymru_origin {
	uint8_t first[16]; /* IPv4: four bytes */
	bool is_v6;
	int bits;
	int64_t asn;               /* of several, the first */
	char country[GEO_COUNTRY]; /* where the network is registered; "" */
};

/*
 * Read "64500 64501 | 192.0.2.0/24 | NL | ripencc | 2001-01-01"; false: it is
 * not an answer of this service.
 */
bool cymru_read_origin(const char *text, struct cymru_origin *);

/* Whether an answer is about this address. */
bool cymru_has_address(const struct cymru_origin *, const char *ip);

/* The name at which a TXT record says the name of an AS. */
void cymru_write_as(int64_t asn, char out[static DNS_NAME]);

/*
 * Read the last field of "64500 | NL | ripencc | 2001-01-01 | EXAMPLE-AS", safe
 * to print; false: it has none, or is about another AS.
 */
bool cymru_read_as(const char *text, int64_t asn, char name[static GEO_NAME]);

#endif
