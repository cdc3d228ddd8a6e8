/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/pasted.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "parse/mime_decode.h"

#define GAP 4096   /* bytes between a declaration and the root */
#define NAME 64    /* bytes of the root's name, with its prefix */
#define TRIES 8    /* braces that may be no JSON */
#define LOST 3     /* blanks at the end of a line of uuencode */
#define UU_LINE 61 /* digits of a full line of uuencode, with the first */

void
pasted_start(struct pasted *e, const char *data, size_t len)
{
	memset(e, 0, sizeof(*e));
	e->at = data;
	e->end = data + len;
}

/* --- XML ------------------------------------------------------------------ */

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
	    c == ':';
}

/* p is behind "<": the length of its name if that is a report's root, or 0. */
static size_t
root_name(const char *p, const char *end)
{
	static const char root[] = "feedback";
	const char *q = p, *local = p;

	for (; q < end && q - p < NAME && is_name_char(*q); q++)
		if (*q == ':')
			local = q + 1;
	if ((size_t)(q - local) < sizeof(root) - 1 ||
	    strncasecmp(local, root, sizeof(root) - 1) != 0)
		return 0;
	return q < end && (*q == '>' || text_is_space(*q)) ? (size_t)(q - p)
	                                                   : 0;
}

/* Behind the end tag of that name, or the end of it all. */
static const char *
root_end(const char *name, size_t len, const char *end)
{
	const char *p = name + len, *tag, *gt;

	while ((tag = memmem(p, (size_t)(end - p), "</", 2)) != NULL) {
		p = tag + 2;
		if ((size_t)(end - p) < len || strncasecmp(p, name, len) != 0)
			continue;
		gt = memchr(p, '>', (size_t)(end - p));
		return gt != NULL ? gt + 1 : end;
	}
	return end;
}

bool
pasted_is_xml(const char *p, const char *end)
{
	return end - p > 2 && *p == '<' &&
	    (p[1] == '?' || p[1] == '!' || root_name(p + 1, end) != 0);
}

bool
pasted_next_xml(struct pasted *e)
{
	const char *p = e->at, *declaration = NULL;
	size_t n;

	for (; (p = memchr(p, '<', (size_t)(e->end - p))) != NULL; p++) {
		if (e->end - p > 5 && memcmp(p, "<?xml", 5) == 0)
			declaration = p;
		if ((n = root_name(p + 1, e->end)) == 0)
			continue;
		e->doc = declaration != NULL && p - declaration < GAP
		    ? declaration
		    : p;
		e->at = root_end(p + 1, n, e->end);
		e->len = (size_t)(e->at - e->doc);
		return true;
	}
	e->at = e->end;
	return false;
}

/* --- JSON ----------------------------------------------------------------- */

/* p is at "{": behind its "}", or NULL. */
static const char *
object_end(const char *p, const char *end)
{
	size_t depth = 0;
	bool quoted = false;

	for (; p < end; p++) {
		if (quoted) {
			if (*p == '\\' && p + 1 < end)
				p++;
			else if (*p == '"')
				quoted = false;
		} else if (*p == '"')
			quoted = true;
		else if (*p == '{')
			depth++;
		else if (*p == '}' && --depth == 0)
			return p + 1;
	}
	return NULL;
}

static bool
is_object(const char *p, const char *end)
{
	for (p++; p < end && text_is_space(*p); p++)
		continue;
	return p < end && *p == '"';
}

bool
pasted_json(struct pasted *e)
{
	static const char member[] = "\"policies\"";
	const char *p = e->at, *stop, *key;
	int tries;

	key = memmem(p, (size_t)(e->end - p), member, sizeof(member) - 1);
	for (tries = 0; key != NULL && tries < TRIES; tries++) {
		while ((p = memchr(p, '{', (size_t)(key - p))) != NULL &&
		    !is_object(p, e->end))
			p++;
		if (p == NULL)
			return false;
		stop = object_end(p, e->end);
		if (stop == NULL || stop > key) {
			e->doc = p;
			e->at = stop != NULL ? stop : e->end;
			e->len = (size_t)(e->at - p);
			/* Perhaps a lone brace among the words before. */
			if (stop != NULL || tries + 1 == TRIES ||
			    memchr(p + 1, '{', (size_t)(key - p - 1)) == NULL)
				return true;
			stop = p + 1;
		}
		p = stop;
	}
	return e->doc != NULL;
}

/* --- uuencode ------------------------------------------------------------- */

static const char *
line_end(const char *p, const char *end)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	return nl != NULL ? nl + 1 : end;
}

static size_t
line_length(const char *p, const char *next)
{
	while (next > p && (next[-1] == '\n' || next[-1] == '\r'))
		next--;
	return (size_t)(next - p);
}

/* Blanks at the end of a line get lost. */
static unsigned int
uu_digit(const char *line, size_t len, size_t i)
{
	return i < len ? ((unsigned int)(unsigned char)line[i] - 32) & 63 : 0;
}

/* Whether a line of uuencode begins at p, of how many bytes. */
static bool
uu_line(const char *p, const char *end, size_t *bytes)
{
	size_t n = line_length(p, line_end(p, end)), i, digits;

	if (n == 0 || n > UU_LINE + 8 || *p < ' ' || *p > '`')
		return false;
	*bytes = uu_digit(p, n, 0);
	for (i = 1; i < n; i++)
		if (p[i] < ' ' || p[i] > '`')
			return false;
	/* Few more, for a checksum; not many less, or little became much. */
	digits = (*bytes + 2) / 3 * 4;
	return n - 1 <= digits + 4 && n - 1 + LOST >= digits;
}

static void
uu_decode_line(const char *p, size_t len, size_t bytes, struct buf *out)
{
	unsigned int a, b, c, d;
	size_t i;

	for (i = 1; bytes > 0; i += 4) {
		a = uu_digit(p, len, i);
		b = uu_digit(p, len, i + 1);
		c = uu_digit(p, len, i + 2);
		d = uu_digit(p, len, i + 3);
		buf_add_char(out, (char)(a << 2 | b >> 4));
		if (bytes > 1)
			buf_add_char(out, (char)(b << 4 | c >> 2));
		if (bytes > 2)
			buf_add_char(out, (char)(c << 6 | d));
		bytes -= bytes > 3 ? 3 : bytes;
	}
}

/* "644 name": the name. */
static bool
read_name(const char *p, const char *end, char *name, size_t size)
{
	size_t digits = 0, n;

	while (p < end && *p >= '0' && *p <= '7') {
		p++;
		digits++;
	}
	if (digits < 3 || digits > 5 || p == end || *p != ' ')
		return false;
	while (p < end && *p == ' ')
		p++;
	n = line_length(p, end);
	if (n == 0 || n >= size)
		return false;
	memcpy(name, p, n);
	name[n] = '\0';
	return memchr(name, '\0', n) == NULL;
}

/* The lines behind "begin", up to one that is none. */
static const char *
decode_lines(const char *p, const char *end, struct buf *out)
{
	const char *next;
	size_t bytes;

	while (p < end && uu_line(p, end, &bytes)) {
		next = line_end(p, end);
		if (bytes == 0)
			break;
		uu_decode_line(p, line_length(p, next), bytes, out);
		p = next;
	}
	return p;
}

static const char *
decode_base64(const char *p, const char *end, struct buf *out)
{
	const char *stop = memmem(p, (size_t)(end - p), "====", 4);

	if (stop == NULL)
		stop = end;
	mime_decode_base64(p, (size_t)(stop - p), out);
	return stop;
}

bool
pasted_next_file(struct pasted *e, struct buf *out)
{
	static const char uu[] = "begin ", base64[] = "begin-base64 ";
	const char *p, *next, *name;
	bool is_base64;
	size_t bytes;

	for (p = e->at; p < e->end; p = next) {
		next = line_end(p, e->end);
		is_base64 = (size_t)(next - p) > sizeof(base64) &&
		    memcmp(p, base64, sizeof(base64) - 1) == 0;
		if (!is_base64 &&
		    ((size_t)(next - p) <= sizeof(uu) ||
		        memcmp(p, uu, sizeof(uu) - 1) != 0))
			continue;
		name = p + (is_base64 ? sizeof(base64) : sizeof(uu)) - 1;
		if (!read_name(name, next, e->name, sizeof(e->name)) ||
		    (!is_base64 && !uu_line(next, e->end, &bytes)))
			continue;
		out->len = 0;
		e->at = is_base64 ? decode_base64(next, e->end, out)
		                  : decode_lines(next, e->end, out);
		return true;
	}
	e->at = e->end;
	return false;
}
