/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/text.h"
#include "parse/charset_priv.h"

#define LABEL_MAX 32 /* letters and digits of a name */
#define SLOTS 1024   /* of a hash of all names */

/* The descriptors of those that iconv has; state is reset before each use. */
static iconv_t tables[CHARSET_MAX];
static bool is_open[CHARSET_MAX];

/* Of a TABLE, once it was used: what 0x80 to 0xff are; 0: nothing. */
static uint16_t highs[CHARSET_MAX][128];

/* All names, open addressing. */
static struct slot {
	const char *name; /* within aliases */
	size_t len;
	size_t charset;
} slots[SLOTS];

/* Where the name is, or the empty slot where it belongs. */
static struct slot *
find_slot(const char *name, size_t len)
{
	uint32_t hash = 2166136261;
	size_t i;

	for (i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)name[i]) * 16777619;
	for (i = hash % SLOTS; slots[i].name != NULL; i = (i + 1) % SLOTS)
		if (slots[i].len == len &&
		    memcmp(slots[i].name, name, len) == 0)
			break;
	return &slots[i];
}

static void
add_names(size_t charset)
{
	const char *p = charset_table[charset].aliases;
	size_t n;

	for (; *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		*find_slot(p, n) = (struct slot) { p, n, charset };
	}
}

void
charset_init(void)
{
	size_t i;

	if (is_open[0])
		return;
	for (i = 0; i < charset_count; i++) {
		if (charset_table[i].source != NULL)
			tables[i] = iconv_open(
			    "UTF-8", charset_table[i].source);
		is_open[i] = charset_table[i].source == NULL ||
		    tables[i] != (iconv_t)-1;
		add_names(i);
	}
}

void
charset_list(bool there, struct buf *out)
{
	size_t i;

	for (i = 0; i < charset_count; i++)
		if (is_open[i] == there)
			buf_printf(out, "%s%s", out->len > 0 ? " " : "",
			    charset_table[i].name);
}

/* --- names ---------------------------------------------------------------- */

const struct charset *
charset_find(const char *label, size_t len)
{
	const struct slot *slot;
	char name[LABEL_MAX];
	size_t i, n = 0;
	char c;

	for (i = 0; i < len; i++) {
		c = label[i];
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		if ((c < 'a' || c > 'z') && (c < '0' || c > '9'))
			continue;
		if (n == sizeof(name))
			return NULL;
		name[n++] = c;
	}
	if (n == 0)
		return NULL;
	charset_init();
	slot = find_slot(name, n);
	if (slot->name == NULL || !is_open[slot->charset])
		return NULL;
	return &charset_table[slot->charset];
}

bool
charset_is_utf8(const struct charset *c)
{
	return c->kind == UTF8;
}

bool
charset_is_single(const struct charset *c)
{
	return c->kind == TABLE || c->kind == SINGLE || c->kind == LATIN;
}

bool
charset_is_stateful(const struct charset *c)
{
	return c->kind == STATEFUL;
}

/* --- what is built in ----------------------------------------------------- */

void
charset_add_utf8(struct buf *out, unsigned int c)
{
	out->len += text_put_utf8(buf_reserve(out, 4), c);
}

/* windows-1252's 0x80 to 0x9f; where it has nothing, as the WHATWG says. */
static const uint16_t latin_high[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, /* 80 */
	0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d, 0x017d, 0x8f,   /* 88 */
	0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, /* 90 */
	0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178, /* 98 */
};

static void
add_latin(struct buf *out, unsigned char c)
{
	charset_add_utf8(out, c < 0x80 || c >= 0xa0 ? c : latin_high[c - 0x80]);
}

/* Made at its first use. */
static const uint16_t *
high_table(const struct charset *set)
{
	uint16_t *table = highs[set - charset_table];
	const char *p = set->high, *end = p + strlen(p);
	size_t i, n, chars = 0;
	uint32_t c;

	if (table[127] != 0 || table[32] != 0)
		return table;
	for (i = 0; p + i < end;
	     i += text_utf8_char(p + i, (size_t)(end - p) - i, NULL))
		chars++;
	for (i = 0; i < 128 - chars; i++)
		table[i] = (uint16_t)(0x80 + i);
	for (; p < end; p += n, i++) {
		n = text_utf8_char(p, (size_t)(end - p), &c);
		table[i] = c == '~' ? 0 : (uint16_t)c;
	}
	return table;
}

static enum charset_result
decode_table(
    const struct charset *set, const char *s, size_t len, struct buf *out)
{
	const uint16_t *table = high_table(set);
	size_t i, before = out->len;
	unsigned char c;

	for (i = 0; i < len; i++) {
		c = (unsigned char)s[i];
		if (c < 0x80)
			buf_add_char(out, s[i]);
		else if (table[c - 0x80] != 0)
			charset_add_utf8(out, table[c - 0x80]);
		else {
			out->len = before;
			return CHARSET_BAD;
		}
	}
	return CHARSET_GOOD;
}

static uint32_t
utf16_unit(const char *p, bool big)
{
	const unsigned char *u = (const unsigned char *)p;

	return big ? (uint32_t)(u[0] << 8 | u[1])
	           : (uint32_t)(u[1] << 8 | u[0]);
}

void
charset_decode_utf16(const char *p, size_t len, bool big, struct buf *out)
{
	const char *end = p + len;
	uint32_t c, low;

	for (; end - p >= 2; p += 2) {
		c = utf16_unit(p, big);
		low = end - p >= 4 ? utf16_unit(p + 2, big) : 0;
		if ((c & 0xfc00) == 0xd800 && (low & 0xfc00) == 0xdc00) {
			c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
			p += 2;
		} else if ((c & 0xf800) == 0xd800)
			c = 0xfffd;
		charset_add_utf8(out, c);
	}
}

/* Without a mark: RFC 2781 says big endian, NULs know better. */
static void
decode_utf16(const char *p, size_t len, struct buf *out)
{
	size_t i, even = 0, odd = 0;

	if (len >= 2 &&
	    (memcmp(p, "\xfe\xff", 2) == 0 || memcmp(p, "\xff\xfe", 2) == 0)) {
		charset_decode_utf16(p + 2, len - 2, *p == '\xfe', out);
		return;
	}
	for (i = 0; i + 1 < len; i += 2) {
		even += p[i] == '\0';
		odd += p[i + 1] == '\0';
	}
	charset_decode_utf16(p, len, odd <= even, out);
}

bool
charset_mend(const char *s, size_t len, struct buf *out)
{
	size_t i, n, good = 0, bad = 0;
	bool single;

	for (i = 0; i < len; i += n) {
		n = text_utf8_char(s + i, len - i, NULL);
		good += n > 1;
		bad += n == 0;
		n = n != 0 ? n : 1;
	}
	if (bad == 0) {
		buf_add(out, s, len);
		return false;
	}
	/* By chance two bytes of another charset are one character. */
	single = good >= bad;
	for (i = 0; i < len; i += n) {
		n = single ? text_utf8_char(s + i, len - i, NULL) : 0;
		if (n > 1)
			buf_add(out, s + i, n);
		else {
			add_latin(out, (unsigned char)s[i]);
			n = 1;
		}
	}
	return true;
}

/* --- iconv ---------------------------------------------------------------- */

static enum charset_result
decode_iconv(iconv_t table, const char *s, size_t len, struct buf *out)
{
	enum charset_result result = CHARSET_GOOD;
	size_t before = out->len, left, room;
	char *in = (char *)(uintptr_t)s, *to;
	bool flush = false;

	iconv(table, NULL, NULL, NULL, NULL);
	for (left = len;;) {
		to = buf_reserve(out, left + 64);
		room = out->cap - out->len;
		errno = 0;
		iconv(table, flush ? NULL : &in, flush ? NULL : &left, &to,
		    &room);
		out->len = (size_t)(to - out->at);
		if (errno == E2BIG)
			continue;
		if (errno == EILSEQ) {
			out->len = before;
			return CHARSET_BAD;
		}
		if (errno == EINVAL)
			result = CHARSET_CUT;
		if (flush)
			return result;
		flush = true;
	}
}

enum charset_result
charset_decode(
    const struct charset *c, const char *s, size_t len, struct buf *out)
{
	size_t i;

	switch (c->kind) {
	case UTF8:
		if (!text_is_utf8(s, len))
			return CHARSET_BAD;
		buf_add(out, s, len);
		return CHARSET_GOOD;
	case UTF16:
		decode_utf16(s, len, out);
		break;
	case UTF16_LE:
	case UTF16_BE:
		charset_decode_utf16(s, len, c->kind == UTF16_BE, out);
		break;
	case TABLE:
		return decode_table(c, s, len, out);
	case LATIN:
		for (i = 0; i < len; i++)
			add_latin(out, (unsigned char)s[i]);
		return CHARSET_GOOD;
	default:
		return decode_iconv(tables[c - charset_table], s, len, out);
	}
	return len % 2 == 0 ? CHARSET_GOOD : CHARSET_CUT;
}

bool
charset_can_say(const struct charset *set, unsigned int wanted)
{
	struct buf out = { 0 };
	uint32_t c;
	int byte;
	bool found = false;
	char one;

	for (byte = 0x80; byte < 0x100 && !found; byte++) {
		one = (char)byte;
		out.len = 0;
		found = charset_decode(set, &one, 1, &out) == CHARSET_GOOD &&
		    text_utf8_char(out.at, out.len, &c) > 0 && c == wanted;
	}
	buf_done(&out);
	return found;
}
