/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/mime_decode.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

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

void
mime_decode_base64(const char *data, size_t len, struct buf *out)
{
	const unsigned char *p = (const unsigned char *)data, *end = p + len;
	const uint8_t *digits = base64_digits();
	char *to = buf_reserve(out, len / 4 * 3 + 3), *start = to;
	uint32_t a, b, c, d, group = 0;
	unsigned int n = 0;

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
		if ((a = digits[*p++]) == SKIP)
			continue;
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

static void
add_utf8(struct buf *out, uint32_t c)
{
	if (c < 0x20 || c == 0x7f)
		buf_add_char(out, ' ');
	else if (c < 0x80)
		buf_add_char(out, (char)c);
	else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		buf_add_char(out, (char)(0xe0 | c >> 12));
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* windows-1252's 0x80 to 0x9f; 0 where it has nothing. */
static const uint16_t latin_high[32] = {
	0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, /* 80 */
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d, 0,      /* 88 */
	0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, /* 90 */
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178, /* 98 */
};

static uint32_t
latin_char(unsigned char c)
{
	uint32_t u;

	if (c < 0x80 || c >= 0xa0)
		return c;
	u = latin_high[c - 0x80];
	return u != 0 ? u : 0xfffd;
}

static bool
charset_is(const char *charset, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(charset, name, len) == 0;
}

void
mime_decode_charset(const char *charset, size_t charset_len, const char *s,
    size_t len, struct buf *out)
{
	bool latin = charset_is(charset, charset_len, "iso-8859-1") ||
	    charset_is(charset, charset_len, "windows-1252");
	bool utf8 = charset_is(charset, charset_len, "utf-8") ||
	    charset_is(charset, charset_len, "utf8") ||
	    charset_is(charset, charset_len, "us-ascii");
	size_t n;

	while (len > 0) {
		n = 1;
		if ((unsigned char)*s < 0x80)
			add_utf8(out, (unsigned char)*s);
		else if (latin)
			add_utf8(out, latin_char((unsigned char)*s));
		else if (utf8 && (n = text_utf8_char(s, len, NULL)) != 0)
			buf_add(out, s, n);
		else {
			n = 1;
			add_utf8(out, 0xfffd);
		}
		s += n;
		len -= n;
	}
}
