/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_encoded.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/header_line.h"
#include "parse/mime_decode.h"

#define HEAD (64 << 10) /* bytes in which results are looked for */
#define BASE64_MIN 64   /* letters that are no word or name */

/* --- base64 --------------------------------------------------------------- */

/* Nothing but its letters, and more of them than a word has. */
static bool
is_base64(const char *p, size_t len)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		if (text_is_alnum(p[i]) || strchr("+/=", p[i]) != NULL) {
			if (p[i] == '\0')
				return false;
			n++;
		} else if (!text_is_space(p[i]))
			return false;
	return n >= BASE64_MIN;
}

static bool
read_base64(const char *p, size_t len, struct buf *out)
{
	struct buf text = { 0 };
	bool found;

	if (!is_base64(p, len))
		return false;
	mime_decode_base64(p, len, &text);
	found = text.len > 0 &&
	    header_line_find(text.at, text.at + text.len) != NULL;
	if (found)
		buf_add(out, text.at, text.len);
	buf_done(&text);
	return found;
}

/* --- quoted-printable ----------------------------------------------------- */

/* "spf=" at p, what of them is a result; its length, or 0. */
static size_t
method_length(const char *p, const char *end)
{
	static const char *const methods[] = { "spf=", "dkim=", "dmarc=" };
	size_t i, n;

	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		n = strlen(methods[i]);
		if ((size_t)(end - p) > n && strncasecmp(p, methods[i], n) == 0)
			return n;
	}
	return 0;
}

/*
 * Whether there are results in the header, and all of them are encoded: where
 * a receiver's own are not, nobody else makes them so.
 */
static bool
is_quoted(const char *p, size_t len)
{
	const char *end = p + (len < HEAD ? len : HEAD);
	bool found = false;
	size_t n;

	for (; p + 3 < end; p++) {
		if (p[0] == '\n' &&
		    (p[1] == '\n' || (p[1] == '\r' && p[2] == '\n')))
			break;
		if ((n = method_length(p, end)) == 0)
			continue;
		if ((size_t)(end - p) < n + 2 || p[n] != '3' ||
		    (p[n + 1] != 'D' && p[n + 1] != 'd'))
			return false;
		found = true;
	}
	return found;
}

/* A line; of its bytes only those that are to be seen. */
static void
add_line(const char *p, size_t len, struct buf *out)
{
	struct buf text = { 0 };
	size_t i;

	mime_decode_qp(p, len, false, &text);
	for (i = 0; i < text.len; i++)
		buf_add_char(out,
		    (unsigned char)text.at[i] < ' ' && text.at[i] != '\t'
		        ? ' '
		        : text.at[i]);
	buf_done(&text);
}

static void
read_quoted(const char *p, size_t len, struct buf *out)
{
	const char *end = p + len, *next;
	size_t n;

	for (; p < end; p = next) {
		next = header_line_next(p, end);
		for (n = (size_t)(next - p); n > 0 && text_is_space(p[n - 1]);)
			n--;
		/* It goes on in the next line. */
		if (n > 0 && p[n - 1] == '=') {
			add_line(p, n - 1, out);
			continue;
		}
		add_line(p, n, out);
		buf_add_char(out, '\n');
	}
}

bool
explain_encoded_read(const char *p, size_t len, struct buf *out)
{
	if (read_base64(p, len, out))
		return true;
	if (!is_quoted(p, len))
		return false;
	read_quoted(p, len, out);
	return true;
}
