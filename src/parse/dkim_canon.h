/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of a message DKIM and ARC hash: header fields and body, canonicalized
 * (RFC 6376, 3.4), and the hashes themselves.  Runs in ruad-parse; input is any
 * bytes.  A line feed without a carriage return before it counts as a line end
 * and is hashed as CRLF, for so it travelled.
 */
#ifndef RUAD_PARSE_DKIM_CANON_H
#define RUAD_PARSE_DKIM_CANON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nettle/sha1.h>
#include <nettle/sha2.h>

#include "base/buf.h"
#include "parse/mime_header.h"

/* A hash that is being computed, of at most max bytes. */
struct dkim_hash {
	bool is_sha1; /* else SHA-256 */
	union {
		struct sha1_ctx sha1;
		struct sha256_ctx sha256;
	} ctx;
	uint64_t max;
	uint64_t len; /* that were added, also beyond max */
	/* Small pieces, to be hashed together. */
	uint8_t held[512];
	size_t nheld;
};

#define DKIM_HASH_SIZE SHA256_DIGEST_SIZE

void dkim_hash_init(struct dkim_hash *, bool is_sha1, uint64_t max);
void dkim_hash_add(struct dkim_hash *, const void *, size_t);

/* Returns the bytes of the hash: 20 or 32. */
size_t dkim_hash_end(struct dkim_hash *, uint8_t[static DKIM_HASH_SIZE]);

/*
 * Append a field as it is hashed, with CRLF at its end (3.4.1, 3.4.2).  The n
 * bytes at cut, which are within its value, are left out (3.7: what b= is).
 */
void dkim_canon_field(struct buf *, bool is_relaxed, const struct mime_field *,
    const char *cut, size_t n);

/* Hash a body (3.4.3, 3.4.4); l= is the hash's max. */
void dkim_canon_body(
    struct dkim_hash *, bool is_relaxed, const char *, size_t len);

#endif
