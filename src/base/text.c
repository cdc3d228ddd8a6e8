/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

size_t
text_utf8_char(const char *s, size_t n, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c, min;
	size_t i, len;

	if (n == 0)
		return 0;
	if (p[0] < 0x80) {
		if (cp != NULL)
			*cp = p[0];
		return 1;
	}
	if (p[0] >= 0xc2 && p[0] <= 0xdf) {
		len = 2;
		c = p[0] & 0x1f;
		min = 0x80;
	} else if ((p[0] & 0xf0) == 0xe0) {
		len = 3;
		c = p[0] & 0x0f;
		min = 0x800;
	} else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		len = 4;
		c = p[0] & 0x07;
		min = 0x10000;
	} else
		return 0;
	if (n < len)
		return 0;
	for (i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < min || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	if (cp != NULL)
		*cp = c;
	return len;
}

bool
text_is_utf8(const char *s, size_t n)
{
	size_t len;

	while (n > 0) {
		if ((len = text_utf8_char(s, n, NULL)) == 0)
			return false;
		s += len;
		n -= len;
	}
	return true;
}

size_t
text_put_utf8(char *out, uint32_t c)
{
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	for (i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(lead[n] | c);
	return n;
}

bool
text_is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	    c == 0x061c || (c >= 0x200b && c <= 0x200f) ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	    c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
	    (c >= 0xe0000 && c <= 0xe0fff) || (c & 0xfffe) == 0xfffe;
}

char *
text_safe_len(char *dst, size_t size, const char *src, size_t len)
{
	char one[16];
	size_t used = 0, cut = 0, n, k;
	uint32_t c;

	while (len > 0) {
		if ((n = text_utf8_char(src, len, &c)) == 0) {
			n = 1;
			k = (size_t)snprintf(one, sizeof(one), "\\x%02x",
			    (unsigned int)(unsigned char)*src);
		} else if (text_is_unsafe(c)) {
			k = (size_t)snprintf(one, sizeof(one),
			    c < 0x80 ? "\\x%02x" : "\\u{%04x}", c);
		} else {
			memcpy(one, src, n);
			k = n;
		}
		if (used + 4 <= size)
			cut = used; /* the last place that has room for dots */
		if (used + k + 1 > size) {
			memcpy(dst + cut, "...", 3);
			used = cut + 3;
			break;
		}
		memcpy(dst + used, one, k);
		used += k;
		src += n;
		len -= n;
	}
	dst[used] = '\0';
	return dst;
}

char *
text_safe(char *dst, size_t size, const char *src)
{
	return text_safe_len(dst, size, src, strlen(src));
}

/* The bytes at s that fit in so many columns, and how many columns those are.
 */
static size_t
text_fit(const char *s, size_t columns, size_t *used)
{
	size_t left = strlen(s), at = 0, n, wide;
	uint32_t c;

	for (*used = 0; left > 0; at += n, left -= n, *used += wide) {
		if ((n = text_utf8_char(s + at, left, &c)) == 0) {
			n = 1;
			c = (unsigned char)s[at];
		}
		wide = c >= 0x1100 ? 2 : 1;
		if (*used + wide > columns)
			break;
	}
	return at;
}

size_t
text_columns(const char *s)
{
	size_t columns;

	text_fit(s, SIZE_MAX, &columns);
	return columns;
}

char *
text_cut(char *s, size_t columns)
{
	size_t used;

	if (s[text_fit(s, columns, &used)] != '\0')
		memcpy(s + text_fit(s, columns - 3, &used), "...", 4);
	return s;
}

char *
text_cut_within(char *s, size_t columns)
{
	size_t all = text_columns(s), head, skipped, used;
	char *tail;

	if (all <= columns)
		return s;
	head = text_fit(s, (columns - 3) / 3, &used);
	tail = s + head;
	tail += text_fit(tail, all + 3 - columns, &skipped);
	/* What is left out ends after a whole character. */
	if (skipped < all + 3 - columns)
		tail += text_utf8_char(tail, strlen(tail), NULL);
	memmove(s + head + 3, tail, strlen(tail) + 1);
	memcpy(s + head, "...", 3);
	return s;
}

const char *
text_trim(const char *s, size_t *n)
{
	while (*n > 0 && text_is_space(*s)) {
		s++;
		--*n;
	}
	while (*n > 0 && text_is_space(s[*n - 1]))
		--*n;
	return s;
}

char *
text_lower(char *s)
{
	char *p;

	for (p = s; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p += 'a' - 'A';
	return s;
}

bool
text_read_int(const char *s, int64_t min, int64_t max, int64_t *out)
{
	const char *p = s;
	char *end;
	long long n;

	if (*p == '-' || *p == '+')
		p++;
	if (*p < '0' || *p > '9')
		return false;
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || *end != '\0' || n < min || n > max)
		return false;
	*out = n;
	return true;
}

/* Digits and one unit out of a list of letters with their factors. */
static bool
text_read_unit(
    const char *s, const char *units, const int64_t *factors, int64_t *out)
{
	char digits[20];
	const char *u;
	size_t n = strspn(s, "0123456789");
	int64_t v, factor = 1;

	if (n == 0 || n >= sizeof(digits))
		return false;
	memcpy(digits, s, n);
	digits[n] = '\0';
	if (!text_read_int(digits, 0, INT64_MAX, &v))
		return false;
	if (s[n] != '\0') {
		if ((u = strchr(units, s[n])) == NULL || s[n + 1] != '\0')
			return false;
		factor = factors[u - units];
	}
	return !__builtin_mul_overflow(v, factor, out);
}

/* n digits as a number, or -1. */
static int
read_digits(const char **s, size_t n)
{
	int v = 0;

	while (n-- > 0) {
		if (**s < '0' || **s > '9')
			return -1;
		v = v * 10 + *(*s)++ - '0';
	}
	return v;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t
days_since_1970(int y, int m, int d)
{
	int64_t year = m <= 2 ? y - 1 : y;
	int64_t day = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return year * 365 + year / 4 - year / 100 + year / 400 + day - 719468;
}

bool
text_read_time(const char *s, int64_t *out, bool *zoned)
{
	int y, mon, d, h = 0, min = 0, sec = 0, zone, sign;

	if ((y = read_digits(&s, 4)) < 1970 || *s++ != '-' ||
	    (mon = read_digits(&s, 2)) < 1 || mon > 12 || *s++ != '-' ||
	    (d = read_digits(&s, 2)) < 1 || d > 31)
		return false;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if ((h = read_digits(&s, 2)) < 0 || h > 24 || *s++ != ':' ||
		    (min = read_digits(&s, 2)) < 0 || min > 59)
			return false;
		if (*s == ':') {
			s++;
			if ((sec = read_digits(&s, 2)) < 0 || sec > 60)
				return false;
		}
		if (*s == '.')
			s += 1 + strspn(s + 1, "0123456789");
	}
	*out = days_since_1970(y, mon, d) * 86400 + h * 3600 + min * 60 + sec;
	*zoned = *s != '\0';
	if (*s == '+' || *s == '-') {
		sign = *s++ == '+' ? -1 : 1;
		if ((zone = read_digits(&s, 2)) < 0)
			return false;
		*out += sign * zone * 3600;
		if (*s == ':')
			s++;
		if ((zone = read_digits(&s, 2)) < 0)
			return false;
		*out += sign * zone * 60;
	} else if (*s == 'Z' || *s == 'z')
		s++;
	return *s == '\0' && *out >= 0 && *out <= TEXT_MAX_TIME;
}

bool
text_read_size(const char *s, uint64_t *out)
{
	static const int64_t factors[] = { 1 << 10, 1 << 10, 1 << 20, 1 << 20,
		1 << 30, 1 << 30 };
	int64_t v;

	if (!text_read_unit(s, "kKmMgG", factors, &v))
		return false;
	*out = (uint64_t)v;
	return true;
}

bool
text_read_duration(const char *s, int64_t *out)
{
	static const int64_t factors[] = { 1, 60, 3600, 86400 };

	return text_read_unit(s, "smhd", factors, out);
}

size_t
text_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), i, j, d;
	size_t *row[3], *t;

	for (i = 0; i < 3; i++)
		row[i] = xcalloc(lb + 1, sizeof(**row));
	for (j = 0; j <= lb; j++)
		row[1][j] = j;
	for (i = 1; i <= la; i++) {
		row[2][0] = i;
		for (j = 1; j <= lb; j++) {
			d = row[1][j - 1] + (a[i - 1] != b[j - 1]);
			if (row[1][j] + 1 < d)
				d = row[1][j] + 1;
			if (row[2][j - 1] + 1 < d)
				d = row[2][j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && row[0][j - 2] + 1 < d)
				d = row[0][j - 2] + 1;
			row[2][j] = d;
		}
		t = row[0];
		row[0] = row[1];
		row[1] = row[2];
		row[2] = t;
	}
	d = row[1][lb];
	for (i = 0; i < 3; i++)
		free(row[i]);
	return d;
}

char *
text_group_digits(int64_t n, char buf[static TEXT_DIGITS])
{
	char digits[24];
	size_t i, len, used = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0 && digits[i - 1] != '-')
			buf[used++] = ',';
		buf[used++] = digits[i];
	}
	buf[used] = '\0';
	return buf;
}
