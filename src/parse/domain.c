/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/domain.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define MAX_DOMAIN 253 /* RFC 1035, without the final dot */
#define MAX_LABEL 63

static bool
is_blank(uint32_t c)
{
	return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
	    c == 0x202f || c == 0x205f || c == 0x3000;
}

static bool
is_possible(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	    (c >= 'A' && c <= 'Z') || c == '_';
}

/* The length of a character that is not ASCII; 0: no label can hold it. */
static size_t
foreign(const char *s)
{
	size_t n;
	uint32_t c;

	n = text_utf8_char(s, strnlen(s, 4), &c);
	/* U+FFFD was something else once. */
	return n > 0 && !is_blank(c) && !text_is_unsafe(c) && c != 0xfffd ? n
	                                                                  : 0;
}

static bool
is_literal(const char *s, size_t n)
{
	static const char within[] = "0123456789abcdefABCDEFIPvipV:.";

	return n > 2 && n <= 64 && s[0] == '[' && s[n - 1] == ']' &&
	    strspn(s + 1, within) == n - 2;
}

bool
domain_is_plain(const char *s)
{
	static const bool plain[256] = {
		['-'] = true,
		['0' ... '9'] = true,
		['_'] = true,
		['a' ... 'z'] = true,
	};
	const char *p = s, *label;

	for (;; p++) {
		for (label = p; plain[(unsigned char)*p]; p++)
			continue;
		if (p == label || p - label > MAX_LABEL)
			return false;
		if (*p != '.')
			return *p == '\0' && p - s <= MAX_DOMAIN;
	}
}

bool
domain_is_possible(const char *s)
{
	const char *p = s;
	size_t label = 0, n;

	while (*p != '\0') {
		n = 1;
		if (*p == '.' && label > 0)
			label = 0;
		else if (++label > MAX_LABEL ||
		    (!is_possible((unsigned char)*p) &&
		        ((unsigned char)*p < 0x80 || (n = foreign(p)) == 0)))
			return is_literal(s, strlen(s));
		p += n;
	}
	return label > 0 && p - s <= MAX_DOMAIN;
}

const char *
domain_cut(const char *s, struct arena *arena)
{
	const char dots[] = "...";
	char key[MAX_DOMAIN + 1];
	size_t left = strlen(s), used = 0, n;

	if (left <= MAX_DOMAIN)
		return s;
	while ((n = text_utf8_char(s + used, left - used, NULL)) > 0 &&
	    used + n + sizeof(dots) <= sizeof(key))
		used += n;
	snprintf(key, sizeof(key), "%.*s%s", (int)used, s, dots);
	return arena_strndup(arena, key, strlen(key));
}
