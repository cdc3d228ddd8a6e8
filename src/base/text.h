/* SPDX-License-Identifier: BSD-2-Clause */
/* Foreign and human text: made safe, trimmed, read as numbers. */
#ifndef RUAD_BASE_TEXT_H
#define RUAD_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copy src so that it can neither forge a log line nor drive a terminal:
 * control characters (C0, DEL, C1), line and paragraph separators, bidi and
 * zero-width controls and invalid UTF-8 become \xNN or \u{NNNN}.  Cut with
 * "..." when it does not fit.  size >= 8.  Returns dst.
 */
char *text_safe(char *dst, size_t size, const char *src);

/* The same for len bytes that may hold NULs. */
char *text_safe_len(char *dst, size_t size, const char *src, size_t len);

/*
 * Columns of a terminal that safe text takes at most: two for what may be wide,
 * one for what may have none.
 */
size_t text_columns(const char *);

/*
 * Cut safe text, in place, to so many columns, at least 8: with "..." at its
 * end, or with "..." in it and its end, which tells more of a path.  Returns s.
 */
char *text_cut(char *s, size_t columns);
char *text_cut_within(char *s, size_t columns);

/*
 * Length in bytes of the valid UTF-8 character at s, at most n bytes; 0 when
 * it is not valid (overlong, surrogate, > U+10FFFF, cut).  *cp gets the code
 * point if cp is not NULL.
 */
size_t text_utf8_char(const char *s, size_t n, uint32_t *cp);
bool text_is_utf8(const char *, size_t);

/* Write a code point as UTF-8, up to four bytes; return how many. */
size_t text_put_utf8(char *out, uint32_t cp);

/* Whether text_safe() escapes this character. */
bool text_is_unsafe(uint32_t cp);

/* Whether a byte is an XML or mail white space: space, tab, CR, LF. */
static inline bool
text_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Letters and digits of ASCII, whatever the locale. */
static inline bool
text_is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
text_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
text_is_alnum(char c)
{
	return text_is_letter(c) || text_is_digit(c);
}

/* The *n bytes at s without the white space at both ends; *n becomes less. */
const char *text_trim(const char *s, size_t *n);

/* ASCII letters to lower case, in place, whatever the locale.  Returns s. */
char *text_lower(char *s);

/* Whole-string decimal integer within [min, max], optional sign; no spaces. */
bool text_read_int(const char *, int64_t min, int64_t max, int64_t *out);

/* "50M", "64k", "1G", "4096": bytes, powers of 1024, K M G either case. */
bool text_read_size(const char *, uint64_t *out);

/* "90s", "15m", "2h", "1d", "900": seconds. */
bool text_read_duration(const char *, int64_t *out);

/* Write 1234567 as 1,234,567.  Returns buf. */
#define TEXT_DIGITS 32
char *text_group_digits(int64_t, char buf[static TEXT_DIGITS]);

#define TEXT_MAX_TIME INT64_C(253402300799) /* the end of the year 9999 */

/*
 * YYYY-MM-DD[THH:MM[:SS[.f]][Z|+HH[:]MM]] (ISO 8601, RFC 3339) as seconds since
 * 1970.  Without a zone it is taken for UTC; *zoned tells.
 */
bool text_read_time(const char *, int64_t *out, bool *zoned);

/* How many single-letter edits (add, drop, change, swap) apart two are. */
size_t text_distance(const char *, const char *);

#endif
