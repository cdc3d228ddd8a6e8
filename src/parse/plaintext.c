/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/plaintext.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define QUOTES 32    /* marks of quoting before a line */
#define REFERENCE 10 /* bytes of a reference, without "&" and ";" */
#define NAME 12      /* bytes of an element's name */

/* What is left of a web page, and which ends are known to be missing. */
struct page {
	const char *at;
	const char *end;
	bool no_tag;     /* ... ">" */
	bool no_comment; /* ... "-->" */
	bool no_hidden;  /* ... "</style" or "</script" */
};

static const char *
find(const char *p, const char *end, const char *what, bool *missing)
{
	const char *found = NULL;

	if (!*missing)
		found = memmem(p, (size_t)(end - p), what, strlen(what));
	*missing = found == NULL;
	return found;
}

/* p is behind "<": the name of the element, in lower case. */
static void
read_name(const char *p, const char *end, char name[NAME])
{
	size_t n = 0;

	for (; p < end && n + 1 < NAME; p++) {
		if ((*p | 0x20) < 'a' || (*p | 0x20) > 'z')
			if (n == 0 || *p < '0' || *p > '9')
				break;
		name[n++] = (char)(*p >= 'A' && *p <= 'Z' ? *p | 0x20 : *p);
	}
	name[n] = '\0';
}

static bool
is_block(const char *name)
{
	static const char *const names[] = { "br", "p", "div", "tr", "li", "ul",
		"ol", "pre", "table", "blockquote", "hr", "h1", "h2", "h3",
		"h4", "body", "html", "head", "title", "dt", "dd" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The address behind a link, as if it were written out. */
static void
add_link(const char *p, const char *end, struct buf *out)
{
	const char *start = memmem(p, (size_t)(end - p), "http", 4);

	if (start == NULL)
		return;
	for (p = start;
	     p < end && *p != '"' && *p != '\'' && !text_is_space(*p); p++)
		continue;
	buf_add_char(out, ' ');
	buf_add(out, start, (size_t)(p - start));
	buf_add_char(out, ' ');
}

/* What a browser does not show, up to its end tag. */
static const char *
skip_hidden(struct page *pg, const char *p, const char *name)
{
	const char *end = NULL, *q;

	if (!pg->no_hidden)
		for (q = p;
		     (q = memmem(q, (size_t)(pg->end - q), "</", 2)) != NULL;
		     q += 2)
			if ((size_t)(pg->end - q) > strlen(name) + 2 &&
			    strncasecmp(q + 2, name, strlen(name)) == 0) {
				end = q;
				break;
			}
	pg->no_hidden = end == NULL;
	return end != NULL ? end : p;
}

/*
 * A line ends: of a browser's lines that is one, however many blocks end there
 * and whether the source's line ends there, too; only br may leave one empty.
 */
static void
break_line(struct page *pg, struct buf *out, bool empty)
{
	const char *p = pg->at;

	if (empty || (out->len > 0 && out->at[out->len - 1] != '\n'))
		buf_add_char(out, '\n');
	while (p < pg->end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	if (p < pg->end && *p == '\n')
		pg->at = p + 1;
}

/* pg->at is at "<".  False: it begins no tag. */
static bool
skip_tag(struct page *pg, struct buf *out)
{
	const char *p = pg->at + 1, *stop;
	char name[NAME];

	if (pg->end - p >= 3 && memcmp(p, "!--", 3) == 0) {
		stop = find(p, pg->end, "-->", &pg->no_comment);
		pg->at = stop != NULL ? stop + 3 : p;
		return stop != NULL;
	}
	if (p < pg->end && *p == '/')
		p++;
	read_name(p, pg->end, name);
	if (name[0] == '\0' && (p == pg->end || (*p != '!' && *p != '?')))
		return false;
	if ((stop = find(p, pg->end, ">", &pg->no_tag)) == NULL)
		return false;
	pg->at = stop + 1;
	if (strcmp(name, "a") == 0)
		add_link(p, stop, out);
	if (is_block(name))
		break_line(pg, out, strcmp(name, "br") == 0);
	else if (strcmp(name, "td") == 0 || strcmp(name, "th") == 0)
		buf_add_char(out, ' ');
	if (p[-1] != '/' &&
	    (strcmp(name, "style") == 0 || strcmp(name, "script") == 0))
		pg->at = skip_hidden(pg, pg->at, name);
	return true;
}

/* pg->at is at "&". */
static void
read_reference(struct page *pg, struct buf *out)
{
	static const struct {
		char name[6], c;
	} known[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' },
		{ "quot", '"' }, { "apos", '\'' }, { "nbsp", ' ' } };
	const char *p = pg->at + 1, *semi;
	size_t n = (size_t)(pg->end - p), i;
	unsigned int c = 0;

	semi = memchr(p, ';', n < REFERENCE ? n : REFERENCE);
	if (semi != NULL && *p == '#') {
		for (p++; p < semi && *p >= '0' && *p <= '9' && c < 0x80; p++)
			c = c * 10 + (unsigned int)(*p - '0');
		if (p < semi && (*p | 0x20) == 'x' && c == 0)
			for (p++; p < semi && c < 0x80 &&
			     strchr("0123456789abcdef", *p | 0x20) != NULL;
			     p++)
				c = c * 16 +
				    (unsigned int)(*p <= '9'
				            ? *p - '0'
				            : (*p | 0x20) - 'a' + 10);
		if (p == semi && (c >= 0x20 || c == '\n') && c < 0x7f) {
			buf_add_char(out, (char)c);
			pg->at = semi + 1;
			return;
		}
	}
	for (i = 0; semi != NULL && i < sizeof(known) / sizeof(*known); i++)
		if ((size_t)(semi - p) == strlen(known[i].name) &&
		    memcmp(p, known[i].name, strlen(known[i].name)) == 0) {
			buf_add_char(out, known[i].c);
			pg->at = semi + 1;
			return;
		}
	buf_add_char(out, *pg->at++);
}

void
plaintext_from_html(const char *data, size_t len, struct buf *out)
{
	struct page pg = { .at = data, .end = data + len };
	const char *p;

	while (pg.at < pg.end) {
		for (p = pg.at; p < pg.end && *p != '<' && *p != '&'; p++)
			continue;
		buf_add(out, pg.at, (size_t)(p - pg.at));
		pg.at = p;
		if (p == pg.end)
			break;
		if (*p == '&')
			read_reference(&pg, out);
		else if (!skip_tag(&pg, out)) {
			buf_add_char(out, '<');
			pg.at = p + 1;
		}
	}
}

/* --- quoting -------------------------------------------------------------- */

/* Behind the marks of quoting at the start of a line, p if there is none. */
static const char *
skip_quotes(const char *p, const char *end)
{
	const char *q = p, *after = p;
	int i;

	for (i = 0; i < QUOTES; i++) {
		while (q < end && (*q == ' ' || *q == '\t'))
			q++;
		if (q == end || (*q != '>' && *q != '|'))
			break;
		after = ++q;
	}
	if (after > p && after < end && *after == ' ')
		after++;
	return after;
}

bool
plaintext_has_quotes(const char *data, size_t len)
{
	const char *p = data, *end = data + len;

	for (; (p = memchr(p, '>', (size_t)(end - p))) != NULL; p++)
		if (p == data || p[-1] == '\n' ||
		    ((p[-1] == ' ' || p[-1] == '\t') &&
		        (p - 1 == data || p[-2] == '\n')))
			return true;
	return false;
}

void
plaintext_unquote(const char *data, size_t len, bool drop, struct buf *out)
{
	const char *p = data, *end = data + len, *next, *text;

	while (p < end) {
		next = memchr(p, '\n', (size_t)(end - p));
		next = next != NULL ? next + 1 : end;
		text = skip_quotes(p, next);
		if (text == p || !drop)
			buf_add(out, text, (size_t)(next - text));
		p = next;
	}
}
