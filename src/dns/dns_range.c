/* SPDX-License-Identifier: BSD-2-Clause */
#include "dns/dns_range.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct range {
	uint8_t first[16];
	int bits; /* of the prefix */
};

/* As the list in ruactl(1). */
static const struct range ranges4[] = {
	{ { 0 }, 8 },
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },
	{ { 192, 168 }, 16 },
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 3 },
};

/* ::/8 has ::, ::1 and what was meant for IPv4 addresses. */
static const struct range ranges6[] = {
	{ { 0 }, 8 },
	{ { 0x01 }, 64 },
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 },
	{ { 0x3f, 0xff }, 20 },
	{ { 0xfc }, 7 },
	{ { 0xfe, 0x80 }, 9 },
	{ { 0xff }, 8 },
};

static bool
is_in(const uint8_t *address, const struct range *r)
{
	const size_t bytes = (size_t)r->bits / 8;
	const int rest = r->bits % 8;

	return memcmp(address, r->first, bytes) == 0 &&
	    (rest == 0 ||
	        (address[bytes] ^ r->first[bytes]) >> (8 - rest) == 0);
}

static bool
is_in_any(const uint8_t *address, const struct range *ranges, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (is_in(address, &ranges[i]))
			return true;
	return false;
}

bool
dns_range_is_public(const char *ip)
{
	uint8_t address[16];

	if (inet_pton(AF_INET, ip, address) == 1)
		return !is_in_any(
		    address, ranges4, sizeof(ranges4) / sizeof(ranges4[0]));
	return inet_pton(AF_INET6, ip, address) == 1 &&
	    !is_in_any(address, ranges6, sizeof(ranges6) / sizeof(ranges6[0]));
}
