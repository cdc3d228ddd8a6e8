/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/json.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"

/* \uXXXX, as a surrogate pair beyond the BMP. */
static void
add_escape(struct buf *b, uint32_t c)
{
	if (c > 0xffff) {
		c -= 0x10000;
		buf_printf(b, "\\u%04x\\u%04x", 0xd800 + (c >> 10),
		    0xdc00 + (c & 0x3ff));
	} else
		buf_printf(b, "\\u%04x", c);
}

/* Add the character at s, which is not a NUL; return how many bytes it has. */
static size_t
add_char(struct buf *b, const char *s)
{
	uint32_t c;
	size_t n;

	if ((n = text_utf8_char(s, strnlen(s, 4), &c)) == 0) {
		buf_add_str(b, "\xef\xbf\xbd"); /* U+FFFD */
		return 1;
	}
	if (text_is_unsafe(c))
		add_escape(b, c);
	else
		buf_add(b, s, n);
	return n;
}

static bool
is_plain(unsigned char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void
json_add_string(struct buf *b, const char *s)
{
	size_t n;

	buf_add_char(b, '"');
	for (;; s += n) {
		for (n = 0; is_plain((unsigned char)s[n]); n++)
			continue;
		buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			break;
		if (*s == '"' || *s == '\\')
			buf_add_char(b, '\\');
		n = add_char(b, s);
	}
	buf_add_char(b, '"');
}

void
json_add_strings(struct buf *b, const struct array *a)
{
	const char *const *s = a->at;
	size_t i;

	buf_add_char(b, '[');
	for (i = 0; i < a->n; i++) {
		if (i > 0)
			buf_add_char(b, ',');
		json_add_string(b, s[i]);
	}
	buf_add_char(b, ']');
}

void
json_add_json(struct buf *b, const char *json)
{
	while (*json != '\0')
		if (text_is_space(*json)) {
			buf_add_char(b, ' ');
			json++;
		} else
			json += add_char(b, json);
}

/* Before an item: nothing after what opens its array, object or member. */
static void
separate(struct buf *b)
{
	if (b->len > 0 && strchr("[{:", b->at[b->len - 1]) == NULL)
		buf_add_char(b, ',');
}

void
json_add_item(struct buf *b, const char *text)
{
	separate(b);
	if (text == NULL)
		buf_add_str(b, "null");
	else
		json_add_string(b, text);
}

void
json_add_item_int(struct buf *b, int64_t n)
{
	separate(b);
	buf_printf(b, "%" PRId64, n);
}

static void
add_name(struct buf *b, const char *name)
{
	separate(b);
	buf_printf(b, "\"%s\":", name);
}

void
json_add_member(struct buf *b, const char *name, const char *text)
{
	add_name(b, name);
	json_add_item(b, text);
}

void
json_add_member_int(struct buf *b, const char *name, int64_t n)
{
	add_name(b, name);
	json_add_item_int(b, n);
}
