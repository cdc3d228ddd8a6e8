/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Character sets of headers and documents, as UTF-8.  Those of single bytes,
 * UTF-8 and UTF-16 are built in: to open fifty tables of iconv(3) would make
 * each start of ruad-parse half as long again.  The large ones of Asia do come
 * from there, and are files: they are opened before the sandbox closes, and
 * only what was opened then is there.  libxml2 asks iconv(3) for the same.
 * Runs in ruad-parse; input is any bytes.
 */
#ifndef RUAD_PARSE_CHARSET_H
#define RUAD_PARSE_CHARSET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct charset;

/* Once per process, before the sandbox.  What is not there is left out. */
void charset_init(void);

/*
 * By any of the names that are in use, in any case, whatever its dashes.
 * NULL: unknown, or not on this machine.
 */
const struct charset *charset_find(const char *label, size_t len);

/* UTF-8 or US-ASCII. */
bool charset_is_utf8(const struct charset *);

/* Each byte is one character: nearly all bytes are legal. */
bool charset_is_single(const struct charset *);

/* Whether the character is in a set of single bytes. */
bool charset_can_say(const struct charset *, unsigned int c);

/* It switches by escape sequences: all bytes are ASCII. */
bool charset_is_stateful(const struct charset *);

enum charset_result {
	CHARSET_GOOD,
	CHARSET_CUT, /* but for its last character, of which bytes are missing
	              */
	CHARSET_BAD, /* not in this character set; nothing was appended */
};

/* Append as UTF-8, control characters as they are.  UTF-8 is only checked. */
enum charset_result charset_decode(
    const struct charset *, const char *, size_t, struct buf *out);

/*
 * Append what should be UTF-8; bytes that are not are taken for windows-1252:
 * single ones in a text that is UTF-8 else, or all.  Returns whether there
 * were any.
 */
bool charset_mend(const char *, size_t, struct buf *out);

/* UTF-16 without its mark; half of a pair becomes U+FFFD. */
void charset_decode_utf16(const char *, size_t, bool big, struct buf *out);

/* Append one character. */
void charset_add_utf8(struct buf *out, unsigned int c);

/* The names of those that are there, or of those that are not, for people. */
void charset_list(bool there, struct buf *out);

#endif
