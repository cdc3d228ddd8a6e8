/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_BLOCK 16384

struct arena_block {
	struct arena_block *next;
	size_t used;
	size_t size;
	_Alignas(max_align_t) char data[];
};

static void (*last_words)(void);

void
mem_on_out(void (*fn)(void))
{
	last_words = fn;
}

static void __attribute__((noreturn)) mem_out(void)
{
	static const char text[] = "out of memory\n";

	if (last_words != NULL)
		last_words();
	if (write(STDERR_FILENO, text, sizeof(text) - 1) == -1)
		_exit(MEM_EXIT_STATUS);
	_exit(MEM_EXIT_STATUS);
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size != 0 ? size : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n != 0 ? n : 1, size != 0 ? size : 1);

	if (p == NULL)
		mem_out();
	return p;
}

void *
xreallocarray(void *old, size_t n, size_t size)
{
	void *p;

	if (n == 0 || size == 0)
		n = size = 1;
	if ((p = reallocarray(old, n, size)) == NULL)
		mem_out();
	return p;
}

char *
xstrdup(const char *s)
{
	return xstrndup(s, strlen(s));
}

char *
xstrndup(const char *s, size_t max)
{
	size_t len = strnlen(s, max);
	char *p = xmalloc(len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
xstrdup_null(const char *s)
{
	return s != NULL ? xstrdup(s) : NULL;
}

int
xasprintf(char **out, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(out, fmt, ap);
	va_end(ap);
	if (n == -1)
		mem_out();
	return n;
}

void *
array_add(struct array *a, size_t size)
{
	void *item;

	if (a->n == a->cap) {
		a->cap = a->cap != 0 ? a->cap * 2 : 4;
		a->at = xreallocarray(a->at, a->cap, size);
	}
	item = (char *)a->at + a->n++ * size;
	memset(item, 0, size);
	return item;
}

void
array_reserve(struct array *a, size_t n, size_t size)
{
	a->cap = n != 0 ? n : 1;
	a->at = xreallocarray(a->at, a->cap, size);
}

void
array_done(struct array *a)
{
	free(a->at);
	memset(a, 0, sizeof(*a));
}

void *
arena_alloc(struct arena *a, size_t size)
{
	const size_t align = _Alignof(max_align_t);
	struct arena_block *b = a->block;
	size_t room;
	void *p;

	if (size > SIZE_MAX / 2)
		mem_out();
	size = (size + align - 1) / align * align;
	if (b == NULL || b->size - b->used < size) {
		room = size > ARENA_BLOCK ? size : ARENA_BLOCK;
		b = xmalloc(sizeof(*b) + room);
		b->next = a->block;
		b->used = 0;
		b->size = room;
		a->block = b;
	}
	p = b->data + b->used;
	b->used += size;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p = arena_alloc(a, len + 1);

	memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return arena_strndup(a, "", 0);
	p = arena_alloc(a, (size_t)n + 1);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(a, fmt, ap);
	va_end(ap);
	return text;
}

void
arena_reset(struct arena *a)
{
	struct arena_block *b, *next, *keep = a->block;

	for (b = a->block; b != NULL; b = b->next)
		if (b->size <= ARENA_BLOCK)
			keep = b;
	for (b = a->block; b != NULL; b = next) {
		next = b->next;
		if (b != keep)
			free(b);
	}
	if (keep != NULL && keep->size > ARENA_BLOCK) {
		free(keep);
		keep = NULL;
	}
	if (keep != NULL) {
		keep->next = NULL;
		keep->used = 0;
	}
	a->block = keep;
}

void
arena_done(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->block; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->block = NULL;
}
