/* SPDX-License-Identifier: BSD-2-Clause */
/* A growing run of bytes.  Zero it to start; buf_done() frees. */
#ifndef RUAD_BASE_BUF_H
#define RUAD_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	char *at;
	size_t len;
	size_t cap;
};

/* Make room for n more bytes after len; return the place.  len stays. */
char *buf_reserve(struct buf *, size_t);

static inline void
buf_add_char(struct buf *b, char c)
{
	if (b->len == b->cap)
		buf_reserve(b, 1);
	b->at[b->len++] = c;
}

static inline void
buf_add(struct buf *b, const void *data, size_t n)
{
	if (n == 0)
		return;
	if (b->at == NULL || n > b->cap - b->len)
		buf_reserve(b, n);
	memcpy(b->at + b->len, data, n);
	b->len += n;
}

void buf_add_str(struct buf *, const char *);
void buf_add_int(struct buf *, int64_t); /* decimal */
void buf_printf(struct buf *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Drop n bytes at the front. */
void buf_consume(struct buf *, size_t);

/* The bytes as a C string (a NUL is kept after len); owned by the buf. */
const char *buf_str(struct buf *);

void buf_done(struct buf *);

/* The same for a secret.  What growing freed is not overwritten. */
void buf_wipe(struct buf *);

#endif
