/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime_decode.h"

#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "parse/charset.h"

#define SKIP 64 /* not of the alphabet */

/* Value of a base64 digit; SKIP and more for anything else. */
static const uint8_t *
base64_digits(void)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "abcdefghijklmnopqrstuvwxyz"
	                               "0123456789+/";
	static uint8_t digits[256];
	uint8_t i;

	if (digits[0] != SKIP) {
		memset(digits, SKIP, sizeof(digits));
		for (i = 0; i < 64; i++)
			digits[(unsigned char)alphabet[i]] = i;
	}
	return digits;
}

/* Nothing but the rest of the padding, and blanks. */
static bool
is_end(const unsigned char *p, const unsigned char *end)
{
	while (p < end && (*p == '=' || text_is_space((char)*p)))
		p++;
	return p == end;
}

bool
mime_decode_base64(const char *data, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + len;
	const uint8_t *digits = base64_digits();
	char *to = buf_reserve(out, len / 4 * 3 + 3), *start = to;
	uint32_t a, b, c, d, group = 0;
	unsigned int n = 0;
	bool clean = true;

	for (;;) {
		/* The quick way: whole groups of legal digits. */
		while (n == 0 && end - p >= 4) {
			a = digits[p[0]];
			b = digits[p[1]];
			c = digits[p[2]];
			d = digits[p[3]];
			if (((a | b | c | d) & SKIP) != 0)
				break;
			group = a << 18 | b << 12 | c << 6 | d;
			to[0] = (char)(group >> 16);
			to[1] = (char)(group >> 8);
			to[2] = (char)group;
			to += 3;
			p += 4;
		}
		if (p == end || *p == '=')
			break;
		if ((a = digits[*p++]) == SKIP) {
			clean &= p[-1] == '\n' || p[-1] == '\r';
			continue;
		}
		group = group << 6 | a;
		if (++n == 4) {
			*to++ = (char)(group >> 16);
			*to++ = (char)(group >> 8);
			*to++ = (char)group;
			n = 0;
		}
	}
	if (n == 3)
		group >>= 2;
	else if (n == 2)
		group >>= 4;
	if (n == 3)
		*to++ = (char)(group >> 8);
	if (n >= 2)
		*to++ = (char)group;
	out->len += (size_t)(to - start);
	return clean && is_end(p, end);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* What stands behind a "=" at p: appends it, returns how far to go. */
static size_t
qp_escape(const char *p, const char *end, struct buf *out)
{
	const char *q = p + 1;
	int high, low;

	if (end - p >= 3 && (high = hex_digit(p[1])) != -1 &&
	    (low = hex_digit(p[2])) != -1) {
		buf_add_char(out, (char)(high << 4 | low));
		return 3;
	}
	/* A soft line break; trailing white space is transport damage. */
	while (q < end && q - p < 80 && (*q == ' ' || *q == '\t' || *q == '\r'))
		q++;
	if (q == end)
		return (size_t)(q - p);
	if (*q == '\n')
		return (size_t)(q + 1 - p);
	buf_add_char(out, '=');
	return 1;
}

void
mime_decode_qp(const char *data, size_t len, bool word, struct buf *out)
{
	const char *p = data, *end = data + len, *q;

	buf_reserve(out, len);
	while (p < end) {
		if (*p == '=') {
			p += qp_escape(p, end, out);
			continue;
		}
		if (word) {
			buf_add_char(out, *p == '_' ? ' ' : *p);
			p++;
			continue;
		}
		if ((q = memchr(p, '=', (size_t)(end - p))) == NULL)
			q = end;
		buf_add(out, p, (size_t)(q - p));
		p = q;
	}
}

/* UTF-8 without control characters.  False: it is not; nothing is added. */
static bool
add_text(const char *s, size_t len, struct buf *out)
{
	size_t n, before = out->len;

	for (; len > 0; s += n, len -= n) {
		n = 1;
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			buf_add_char(out, ' ');
		else if ((unsigned char)*s < 0x80)
			buf_add_char(out, *s);
		else if ((n = text_utf8_char(s, len, NULL)) != 0)
			buf_add(out, s, n);
		else {
			out->len = before;
			return false;
		}
	}
	return true;
}

bool
mime_decode_text(const char *label, size_t label_len, const char *s, size_t len,
    struct buf *out, bool *odd)
{
	const struct charset *charset = NULL;
	enum charset_result result = CHARSET_GOOD;
	struct buf text = { 0 };

	if (label_len > 0 &&
	    (charset = charset_find(label, label_len)) == NULL) {
		*odd = true;
		return add_text(s, len, out);
	}
	if (charset == NULL || charset_is_utf8(charset)) {
		if (add_text(s, len, out))
			return true;
		*odd = true;
		charset_mend(s, len, &text);
	} else
		result = charset_decode(charset, s, len, &text);
	if (result == CHARSET_CUT)
		charset_add_utf8(&text, 0xfffd);
	*odd |= result != CHARSET_GOOD;
	add_text(text.at, text.len, out);
	buf_done(&text);
	return result != CHARSET_BAD;
}
