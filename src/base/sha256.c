/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sha256.h"

#include <nettle/sha2.h>

void
sha256_hash(const void *data, size_t len, uint8_t out[static SHA256_SIZE])
{
	struct sha256_ctx c;

	sha256_init(&c);
	sha256_update(&c, len, data);
	sha256_digest(&c, SHA256_SIZE, out);
}

char *
sha256_hex(const uint8_t d[static SHA256_SIZE], char hex[static SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";
	int i;

	for (i = 0; i < SHA256_SIZE; i++) {
		hex[2 * i] = digits[d[i] >> 4];
		hex[2 * i + 1] = digits[d[i] & 15];
	}
	hex[2 * SHA256_SIZE] = '\0';
	return hex;
}
