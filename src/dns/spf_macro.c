/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros of SPF records (RFC 7208, 7). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "dns/spf_syntax.h"

#define DELIMITERS ".-+,/_="
#define MANY_PARTS 1000 /* more labels than any name has */

/* One "%{...}": what to do with the value of a letter. */
struct expansion {
	char letter; /* in lower case */
	bool escape; /* it was upper case */
	int keep;    /* parts from the right; 0: all */
	bool reverse;
	char delimiters[sizeof(DELIMITERS)];
};

/* Read "{...}" at s; the number of bytes, 0: it is wrong. */
static size_t
read_expansion(const char *s, const char *end, struct expansion *e)
{
	const char *p = s + 1;
	size_t n = 0;
	char c;

	*e = (struct expansion) { 0 };
	if (p >= end)
		return 0;
	c = *p++;
	e->escape = c >= 'A' && c <= 'Z';
	e->letter = e->escape ? (char)(c - 'A' + 'a') : c;
	if (e->letter == '\0' || strchr("slodivphcrt", e->letter) == NULL)
		return 0;
	if (p < end && *p >= '0' && *p <= '9') {
		for (; p < end && *p >= '0' && *p <= '9'; p++)
			if (e->keep < MANY_PARTS)
				e->keep = 10 * e->keep + (*p - '0');
		if (e->keep == 0)
			return 0; /* 7.3: not zero */
	}
	if (p < end && (*p == 'r' || *p == 'R')) {
		e->reverse = true;
		p++;
	}
	for (; p < end && *p != '}'; p++) {
		if (*p == '\0' || strchr(DELIMITERS, *p) == NULL)
			return 0;
		if (strchr(e->delimiters, *p) == NULL)
			e->delimiters[n++] = *p;
	}
	if (p >= end)
		return 0;
	return (size_t)(p + 1 - s);
}

bool
spf_check_macros(const char *s, size_t len, bool is_text, uint32_t *letters)
{
	const char *end = s + len;
	struct expansion e;
	size_t n;

	*letters = 0;
	for (; s < end; s++) {
		if (*s != '%')
			continue;
		s++;
		if (s < end && (*s == '%' || *s == '_' || *s == '-'))
			continue;
		if (s >= end || *s != '{' ||
		    (n = read_expansion(s, end, &e)) == 0)
			return false;
		if (!is_text && strchr("crt", e.letter) != NULL)
			return false;
		*letters |= SPF_MACRO(e.letter);
		s += n - 1;
	}
	return true;
}

static void
add_value(struct buf *out, const struct spf_macros *m, char letter)
{
	switch (letter) {
	case 's':
		buf_add_str(out, m->local);
		buf_add_char(out, '@');
		buf_add_str(out, m->sender_domain);
		break;
	case 'l':
		buf_add_str(out, m->local);
		break;
	case 'o':
		buf_add_str(out, m->sender_domain);
		break;
	case 'd':
		buf_add_str(out, m->domain);
		break;
	case 'i':
		buf_add_str(out, m->dotted);
		break;
	case 'v':
		buf_add_str(out, m->reverse_ip);
		break;
	case 'p':
		buf_add_str(out, m->validated);
		break;
	case 'h':
		buf_add_str(out, m->helo);
		break;
	case 'c':
		buf_add_str(out, m->ip);
		break;
	case 'r':
		buf_add_str(out, m->receiver);
		break;
	default: /* t */
		buf_add_int(out, m->now);
	}
}

/* The unreserved characters of RFC 3986, 2.3, as they are, others as %XX. */
static void
add_escaped(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		char c = s[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') ||
		    (c != '\0' && strchr("-._~", c) != NULL))
			buf_add_char(out, c);
		else
			buf_printf(out, "%%%02X", (unsigned char)c);
	}
}

/* Add the parts of s that are to be kept, in their order, with dots. */
static void
add_parts(struct buf *out, const char *s, const struct expansion *e)
{
	const char *delimiters = e->delimiters[0] != '\0' ? e->delimiters : ".";
	struct array starts = { 0 };
	const char *p, *const *part;
	size_t i, n, from = 0;

	*(const char **)array_add(&starts, sizeof(p)) = s;
	for (p = s; *p != '\0'; p++)
		if (strchr(delimiters, *p) != NULL)
			*(const char **)array_add(&starts, sizeof(p)) = p + 1;
	part = starts.at;
	n = starts.n;
	/* Reversed first, then the rightmost are kept. */
	if (e->keep > 0 && (size_t)e->keep < n) {
		if (e->reverse)
			n = (size_t)e->keep;
		else
			from = n - (size_t)e->keep;
	}
	for (i = from; i < n; i++) {
		p = part[e->reverse ? n - 1 - (i - from) : i];
		if (i > from)
			buf_add_char(out, '.');
		buf_add(out, p, strcspn(p, delimiters));
	}
	array_done(&starts);
}

static void
add_expansion(
    struct buf *out, const struct spf_macros *m, const struct expansion *e)
{
	struct buf value = { 0 }, parts = { 0 };

	add_value(&value, m, e->letter);
	add_parts(&parts, buf_str(&value), e);
	if (e->escape)
		add_escaped(out, parts.at, parts.len);
	else
		buf_add(out, parts.at, parts.len);
	buf_done(&value);
	buf_done(&parts);
}

void
spf_expand(struct buf *out, const char *s, const struct spf_macros *m)
{
	const char *end = s + strlen(s);
	struct expansion e;

	for (; s < end; s++) {
		if (*s != '%') {
			buf_add_char(out, *s);
			continue;
		}
		s++;
		if (*s == '%') {
			buf_add_char(out, '%');
		} else if (*s == '_') {
			buf_add_char(out, ' ');
		} else if (*s == '-') {
			buf_add_str(out, "%20");
		} else {
			s += read_expansion(s, end, &e) - 1;
			add_expansion(out, m, &e);
		}
	}
}

bool
spf_expand_name(struct arena *arena, const char *text,
    const struct spf_macros *m, const char **out)
{
	struct buf full = { 0 };
	char name[DNS_NAME];
	const char *s, *dot;
	bool ok;

	spf_expand(&full, text, m);
	if (full.len > 0 && full.at[full.len - 1] == '.')
		full.len--;
	s = buf_str(&full);
	while (strlen(s) > DNS_NAME - 3 && (dot = strchr(s, '.')) != NULL)
		s = dot + 1;
	ok = dns_write_name(s, name) && strchr(name, '.') != NULL;
	*out = ok ? arena_strndup(arena, name, strlen(name))
	          : text_lower(arena_strndup(arena, s, strlen(s)));
	buf_done(&full);
	return ok;
}
