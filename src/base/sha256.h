/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, over nettle (the library GnuTLS itself hashes with). */
#ifndef RUAD_BASE_SHA256_H
#define RUAD_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
#define SHA256_HEX (2 * SHA256_SIZE + 1)

void sha256_hash(const void *, size_t, uint8_t[static SHA256_SIZE]);

/* Lower-case hexadecimal, NUL-terminated.  Returns hex. */
char *sha256_hex(
    const uint8_t[static SHA256_SIZE], char hex[static SHA256_HEX]);

#endif
