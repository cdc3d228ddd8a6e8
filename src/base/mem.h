/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that is there or the process is not: running out ends the process
 * with MEM_EXIT_STATUS, which costs one message (ruad-parse) or one poll.
 */
#ifndef RUAD_BASE_MEM_H
#define RUAD_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#define MEM_EXIT_STATUS 71 /* EX_OSERR */

/* Like the functions without the x, but never return NULL. */
void *xmalloc(size_t);
void *xcalloc(size_t, size_t);
void *xreallocarray(void *, size_t, size_t);
char *xstrdup(const char *);
char *xstrndup(const char *, size_t);
int xasprintf(char **, const char *, ...) __attribute__((format(printf, 2, 3)));

/* To be called when memory has run out, before the end; NULL: nothing. */
void mem_on_out(void (*)(void));

/* strdup() that passes NULL through. */
char *xstrdup_null(const char *);

/*
 * A growing array of anything.  Zero it to start, free with array_done().
 * The items are a.at cast to their type; they move when the array grows.
 */
struct array {
	void *at;
	size_t n;
	size_t cap;
};

/* Room for one more item of this size, zeroed; returns its place, n grows. */
void *array_add(struct array *, size_t);

/* Make room for so many items of this size, in an array that is empty. */
void array_reserve(struct array *, size_t n, size_t size);
void array_done(struct array *);

/*
 * Strings of one short life: taken one by one, given back all at once.
 * Zero it to start.  arena_reset() keeps one ordinary block for the next use.
 */
struct arena {
	struct arena_block *block;
};

char *arena_strndup(struct arena *, const char *, size_t);
void *arena_alloc(struct arena *, size_t);
char *arena_printf(struct arena *, const char *, ...)
    __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *, const char *, va_list)
    __attribute__((format(printf, 2, 0)));
void arena_reset(struct arena *);
void arena_done(struct arena *);

#endif
