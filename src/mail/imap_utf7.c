/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "base/text.h"
#include "mail/imap_priv.h"

void
imap_add_quoted(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, *s);
	}
	buf_add_char(out, '"');
}

/* Characters that go into modified base64 rather than as they are. */
static bool
utf7_is_shifted(uint32_t c)
{
	return c < 0x20 || c > 0x7e;
}

/* The run of shifted characters at s: UTF-16 in base64 with ',' for '/'. */
static size_t
utf7_add_run(struct buf *out, const char *s, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                             "abcdefghijklmnopqrstuvwxyz0123456789+,";
	uint64_t bits = 0;
	unsigned int have = 0;
	size_t used = 0, len;
	uint32_t c;

	buf_add_char(out, '&');
	while (used < n && (len = text_utf8_char(s + used, n - used, &c)) > 0 &&
	    utf7_is_shifted(c)) {
		used += len;
		if (c >= 0x10000) {
			c -= 0x10000;
			bits = bits << 16 | (0xd800 | c >> 10);
			c = 0xdc00 | (c & 0x3ff);
			have += 16;
		}
		bits = bits << 16 | c;
		for (have += 16; have >= 6; have -= 6)
			buf_add_char(out, digits[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		buf_add_char(out, digits[bits << (6 - have) & 63]);
	buf_add_char(out, '-');
	return used;
}

char *
imap_utf7(const char *s)
{
	struct buf out = { 0 };
	size_t n = strlen(s), len;

	if (!text_is_utf8(s, n))
		return NULL;
	while (n > 0) {
		if (*s == '&') {
			buf_add_str(&out, "&-");
			len = 1;
		} else if (utf7_is_shifted((unsigned char)*s))
			len = utf7_add_run(&out, s, n);
		else {
			buf_add_char(&out, *s);
			len = 1;
		}
		s += len;
		n -= len;
	}
	buf_str(&out);
	return out.at;
}
