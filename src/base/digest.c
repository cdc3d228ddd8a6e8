/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/digest.h"

#include <nettle/sha2.h>

void
digest_sha256(const void *data, size_t len, uint8_t out[static DIGEST_SIZE])
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, len, data);
	sha256_digest(&c, DIGEST_SIZE, out);
}

char *
digest_hex(const uint8_t d[static DIGEST_SIZE], char hex[static DIGEST_HEX])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < DIGEST_SIZE; i++) {
		hex[2 * i] = digits[d[i] >> 4];
		hex[2 * i + 1] = digits[d[i] & 15];
	}
	hex[2 * DIGEST_SIZE] = '\0';
	return hex;
}
