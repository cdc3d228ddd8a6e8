/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256, over nettle (the library GnuTLS itself hashes with). */
#ifndef RUAD_BASE_DIGEST_H
#define RUAD_BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX (2 * DIGEST_SIZE + 1)

void digest_sha256(const void *, size_t, uint8_t[static DIGEST_SIZE]);

/* Lower-case hexadecimal, NUL-terminated.  Returns hex. */
char *digest_hex(
    const uint8_t[static DIGEST_SIZE], char hex[static DIGEST_HEX]);

#endif
