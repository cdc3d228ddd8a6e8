/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/explain_text.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/text.h"
#include "parse/mime.h"
#include "parse/mime_header.h"
#include "report/explain.h"

static bool
is_blank(char c)
{
	return c == '\0' || text_is_space(c);
}

/* Append the text; runs of white space become one space. */
static void
clean(const char *p, size_t len, struct buf *out)
{
	static const char unknown[] = "\xef\xbf\xbd"; /* U+FFFD */
	const char *end = p + len;
	bool blank = false;
	size_t n;

	for (; p < end && out->len <= LIMIT_TEXT; p += n) {
		n = 1;
		if (is_blank(*p)) {
			blank = out->len > 0;
			continue;
		}
		if (blank)
			buf_add_char(out, ' ');
		blank = false;
		n = text_utf8_char(p, (size_t)(end - p), NULL);
		if (n == 0) {
			n = 1;
			buf_add_str(out, unknown);
		} else
			buf_add(out, p, n);
	}
	mime_cut(out, LIMIT_TEXT);
}

static char *
keep(const char *p, size_t len, struct arena *arena)
{
	struct buf out = { 0 };
	char *text = NULL;

	if (len > 0)
		clean(p, len, &out);
	if (out.len > 0)
		text = arena_strndup(arena, out.at, out.len);
	buf_done(&out);
	return text;
}

const char *
explain_text(const char *p, size_t len, struct arena *arena)
{
	return keep(p, len, arena);
}

const char *
explain_text_or_empty(const char *p, size_t len, struct arena *arena)
{
	const char *text = keep(p, len, arena);

	return text != NULL ? text : "";
}

const char *
explain_text_name(const char *p, size_t len, struct arena *arena)
{
	char *text = keep(p, len, arena);
	size_t n;

	if (text == NULL)
		return NULL;
	for (n = strlen(text); n > 0 && text[n - 1] == '.'; n--)
		text[n - 1] = '\0';
	return n > 0 ? text_lower(text) : NULL;
}

const char *
explain_text_path(const char *p, size_t len, struct arena *arena)
{
	const char *end, *stop;

	if (len == 0)
		return NULL;
	end = p + len;
	while (p < end && is_blank(*p))
		p++;
	if (p == end || *p != '<')
		return explain_text(p, (size_t)(end - p), arena);
	p++;
	stop = memchr(p, '>', (size_t)(end - p));
	return explain_text_or_empty(
	    p, (size_t)((stop != NULL ? stop : end) - p), arena);
}

/* --- From: ---------------------------------------------------------------- */

/* Behind the quoted string, comment or angle brackets that begin at p. */
static const char *
skip_group(const char *p, const char *end)
{
	const char close = *p == '"' ? '"' : *p == '<' ? '>' : ')';
	const char *q;
	size_t depth = 1;

	for (q = p + 1; q < end; q++) {
		if (*q == '\\' && close != '>' && q + 1 < end)
			q++;
		else if (*q == '(' && close == ')')
			depth++;
		else if (*q == close && --depth == 0)
			return q + 1;
	}
	return end;
}

/* The comma that ends this mailbox, or the end. */
static const char *
mailbox_end(const char *p, const char *end)
{
	while (p < end && *p != ',')
		p = *p == '"' || *p == '<' || *p == '(' ? skip_group(p, end)
		                                        : p + 1;
	return p;
}

static void
add_address(
    struct array *out, const char *address, struct arena *arena, bool *is_cut)
{
	struct explain_address *a;
	const char *at;
	char *copy;
	size_t n;

	if (address == NULL)
		return;
	if (out->n == LIMIT_EXPLAIN_FROM) {
		*is_cut = true;
		return;
	}
	a = array_add(out, sizeof(*a));
	a->address = address;
	if ((at = strrchr(address, '@')) == NULL)
		return;
	copy = arena_strndup(arena, address, strlen(address));
	text_lower(copy + (at - address));
	a->address = copy;
	for (n = strlen(at + 1); n > 0 && at[n] == '.'; n--)
		continue;
	if (n > 0)
		a->domain = arena_strndup(arena, copy + (at - address) + 1, n);
}

void
explain_text_addresses(const char *p, size_t len, struct array *out,
    struct arena *arena, bool *is_cut)
{
	const char *end = p + len, *start, *stop, *next, *whole = p;
	size_t before = out->n;

	for (; p < end; p = next < end ? next + 1 : end) {
		next = mailbox_end(p, end);
		start = p;
		stop = next;
		if (mime_find_address(&start, &stop))
			add_address(out,
			    explain_text(start, (size_t)(stop - start), arena),
			    arena, is_cut);
	}
	/* It is no address, but people see it. */
	if (out->n == before)
		add_address(
		    out, explain_text(whole, len, arena), arena, is_cut);
}
