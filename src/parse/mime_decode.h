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
 * padding ends it, so that a footer glued on behind does no harm.  Returns
 * whether there was nothing of both: digits and line ends only, and behind the
 * padding, if any, nothing.
 */
bool mime_decode_base64(const char *, size_t, struct buf *out);

/* Appends.  word: RFC 2047's variant "Q", where "_" is a space. */
void mime_decode_qp(const char *, size_t, bool word, struct buf *out);

/*
 * Append a text of a header as UTF-8 without control characters.  label: of
 * its character set; len 0: none was declared, then it is UTF-8, else
 * windows-1252.  False: it cannot be decoded, nothing was appended.  *odd is
 * set then, and when there were bytes that are not of that character set.
 */
bool mime_decode_text(const char *label, size_t label_len, const char *, size_t,
    struct buf *out, bool *odd);

#endif
