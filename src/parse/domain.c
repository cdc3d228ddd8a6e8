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

/* Whether a character can stand in a label; U+FFFD was something else. */
static bool
is_possible(uint32_t c)
{
	if (c < 0x80)
		return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || c == '-' || c == '_';
	return !is_blank(c) && !text_is_unsafe(c) && c != 0xfffd;
}

static bool
is_literal(const char *s, size_t n)
{
	static const char within[] = "0123456789abcdefABCDEFIPvipV:.";

	return n > 2 && n <= 64 && s[0] == '[' && s[n - 1] == ']' &&
	    strspn(s + 1, within) == n - 2;
}

bool
domain_is_possible(const char *s)
{
	size_t left = strlen(s), label = 0, n;
	uint32_t c;

	if (left == 0 || left > MAX_DOMAIN)
		return false;
	if (is_literal(s, left))
		return true;
	for (; left > 0; s += n, left -= n) {
		if ((n = text_utf8_char(s, left, &c)) == 0)
			return false;
		if (c == '.' && label > 0)
			label = 0;
		else if (!is_possible(c) || ++label > MAX_LABEL)
			return false;
	}
	return label > 0;
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
