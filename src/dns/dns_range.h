/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses that nobody on the Internet has: their names are asked for in vain,
 * or tell a name server what is inside.  Pure.
 */
#ifndef RUAD_DNS_DNS_RANGE_H
#define RUAD_DNS_DNS_RANGE_H

#include <stdbool.h>

/*
 * Whether an address may be asked for: it is none of this host, private,
 * shared (RFC 6598), loopback, link-local, multicast, reserved, discard-only or
 * of documentation (RFC 6890, 5737, 3849, 9637); and it is an address.
 * Networks for benchmarks (RFC 2544, 5180) may be asked for.
 */
bool dns_range_is_public(const char *ip);

#endif
