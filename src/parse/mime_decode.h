/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Transfer encodings and character sets of mail (RFC 2045 section 6, RFC
 * 2047).  Runs in ruad-parse; input is any bytes.  Lenient: what is not legal
 * is skipped or kept, never an error.
 */
#ifndef RUAD_PARSE_MIME_DECODE_H
#define RUAD_PARSE_MIME_DECODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Appends what was encoded.  Bytes that are not of the alphabet are skipped;
 * padding ends it, so that a footer glued on behind does no harm.
 */
void mime_decode_base64(const char *, size_t, struct buf *out);

/* Appends.  word: RFC 2047's variant "Q", where "_" is a space. */
void mime_decode_qp(const char *, size_t, bool word, struct buf *out);

/*
 * Appends as UTF-8 without control characters.  Knows UTF-8, US-ASCII,
 * ISO-8859-1 and windows-1252 (one table: the latter holds the former); of
 * all others the ASCII part survives and the rest becomes U+FFFD.
 */
void mime_decode_charset(const char *charset, size_t charset_len, const char *,
    size_t, struct buf *out);

#endif
