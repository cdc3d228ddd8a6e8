/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/canon.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

void
canon_str(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_add_char(b, '-');
	else {
		buf_add_char(b, '+');
		buf_add(b, s, strlen(s));
	}
	buf_add_char(b, '\0');
}

void
canon_int(struct buf *b, int64_t n)
{
	buf_add_int(b, n);
	buf_add_char(b, '\0');
}

void
canon_strs(struct buf *b, const struct array *a)
{
	const char *const *s = a->at;
	size_t i;

	canon_int(b, (int64_t)a->n);
	for (i = 0; i < a->n; i++)
		canon_str(b, s[i]);
}

static int
digest_compare(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	if (x == y)
		return memcmp(a, b, SHA256_SIZE);
	return be64toh(x) < be64toh(y) ? -1 : 1;
}

void
canon_digests(struct buf *b, struct array *a)
{
	if (a->n > 0)
		qsort(a->at, a->n, SHA256_SIZE, digest_compare);
	buf_add(b, a->at, a->n * SHA256_SIZE);
}
