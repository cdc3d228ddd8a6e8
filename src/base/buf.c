/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

char *
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;

	if (b->at == NULL || b->cap - b->len < n) {
		cap = b->cap != 0 ? b->cap : 256;
		while (cap - b->len < n)
			cap = cap > SIZE_MAX / 2 ? SIZE_MAX : cap * 2;
		b->at = xreallocarray(b->at, cap, 1);
		b->cap = cap;
	}
	return b->at + b->len;
}

void
buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_add_int(struct buf *b, int64_t n)
{
	char text[24], *p = text + sizeof(text);
	uint64_t u = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		*--p = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (n < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n <= 0)
		return;
	buf_reserve(b, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(b->at + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
		return;
	}
	memmove(b->at, b->at + n, b->len - n);
	b->len -= n;
}

const char *
buf_str(struct buf *b)
{
	*buf_reserve(b, 1) = '\0';
	return b->at;
}

void
buf_done(struct buf *b)
{
	free(b->at);
	memset(b, 0, sizeof(*b));
}

void
buf_wipe(struct buf *b)
{
	if (b->at != NULL)
		explicit_bzero(b->at, b->cap);
	buf_done(b);
}
