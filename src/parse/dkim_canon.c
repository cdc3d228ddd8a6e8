/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/dkim_canon.h"

#include <string.h>

/* --- hashes --------------------------------------------------------------- */

void
dkim_hash_init(struct dkim_hash *h, bool is_sha1, uint64_t max)
{
	h->is_sha1 = is_sha1;
	h->max = max;
	h->len = 0;
	h->nheld = 0;
	if (is_sha1)
		sha1_init(&h->ctx.sha1);
	else
		sha256_init(&h->ctx.sha256);
}

static void
update(struct dkim_hash *h, const void *data, size_t n)
{
	if (h->is_sha1)
		sha1_update(&h->ctx.sha1, n, data);
	else
		sha256_update(&h->ctx.sha256, n, data);
}

static void
update_held(struct dkim_hash *h)
{
	update(h, h->held, h->nheld);
	h->nheld = 0;
}

void
dkim_hash_add(struct dkim_hash *h, const void *data, size_t n)
{
	uint64_t left = h->len < h->max ? h->max - h->len : 0;

	h->len += n;
	if (n > left)
		n = (size_t)left;
	if (n > sizeof(h->held) - h->nheld)
		update_held(h);
	if (n > sizeof(h->held)) {
		update(h, data, n);
	} else {
		memcpy(h->held + h->nheld, data, n);
		h->nheld += n;
	}
}

size_t
dkim_hash_end(struct dkim_hash *h, uint8_t out[static DKIM_HASH_SIZE])
{
	update_held(h);
	if (h->is_sha1) {
		sha1_digest(&h->ctx.sha1, SHA1_DIGEST_SIZE, out);
		return SHA1_DIGEST_SIZE;
	}
	sha256_digest(&h->ctx.sha256, SHA256_DIGEST_SIZE, out);
	return SHA256_DIGEST_SIZE;
}

/* --- lines ---------------------------------------------------------------- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The line at p without its end, *n bytes; returns where the next begins. */
static const char *
line_read(const char *p, const char *end, size_t *n)
{
	const char *nl = memchr(p, '\n', (size_t)(end - p));

	if (nl == NULL) {
		*n = (size_t)(end - p);
		return end;
	}
	*n = (size_t)(nl - p);
	if (*n > 0 && nl[-1] == '\r')
		(*n)--;
	return nl + 1;
}

/* --- fields --------------------------------------------------------------- */

static void
add_lower(struct buf *out, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		buf_add_char(out,
		    s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] | 0x20) : s[i]);
}

/* Append unfolded, each run of white space as one space, none at first. */
static void
add_relaxed(struct buf *out, const char *p, const char *end, size_t first)
{
	const char *next;
	size_t i, n;

	for (; p < end; p = next) {
		next = line_read(p, end, &n);
		for (i = 0; i < n; i++)
			if (!is_blank(p[i]))
				buf_add_char(out, p[i]);
			else if (out->len > first &&
			    out->at[out->len - 1] != ' ')
				buf_add_char(out, ' ');
	}
}

static void
add_simple(struct buf *out, const char *p, const char *end)
{
	const char *next;
	size_t n;

	for (; p < end; p = next) {
		next = line_read(p, end, &n);
		buf_add(out, p, n);
		if (next[-1] == '\n')
			buf_add(out, "\r\n", 2);
	}
}

void
dkim_canon_field(struct buf *out, bool is_relaxed, const struct mime_field *f,
    const char *cut, size_t n)
{
	const char *end = f->value + f->len;
	size_t first;

	if (cut == NULL) {
		cut = end;
		n = 0;
	}
	if (!is_relaxed) {
		add_simple(out, f->name, cut);
		add_simple(out, cut + n, end);
		if (out->at[out->len - 1] != '\n')
			buf_add(out, "\r\n", 2);
		return;
	}
	add_lower(out, f->name, f->name_len);
	buf_add_char(out, ':');
	first = out->len;
	add_relaxed(out, f->value, cut, first);
	add_relaxed(out, cut + n, end, first);
	while (out->len > first && out->at[out->len - 1] == ' ')
		out->len--;
	buf_add(out, "\r\n", 2);
}

/* --- body ----------------------------------------------------------------- */

/* A line whose end has no white space, its runs of white space as spaces. */
static void
hash_relaxed(struct dkim_hash *h, const char *p, size_t n)
{
	const char *end = p + n, *q;

	while (p < end) {
		for (q = p; q < end && !is_blank(*q); q++)
			continue;
		dkim_hash_add(h, p, (size_t)(q - p));
		if (q == end)
			return;
		dkim_hash_add(h, " ", 1);
		for (p = q; is_blank(*p); p++)
			continue;
	}
}

void
dkim_canon_body(
    struct dkim_hash *h, bool is_relaxed, const char *body, size_t len)
{
	const char *p = body, *end = body + len, *next;
	size_t n, empty = 0;

	for (; p < end; p = next) {
		next = line_read(p, end, &n);
		while (is_relaxed && n > 0 && is_blank(p[n - 1]))
			n--;
		if (n == 0) {
			empty++;
			continue;
		}
		for (; empty > 0; empty--)
			dkim_hash_add(h, "\r\n", 2);
		if (is_relaxed)
			hash_relaxed(h, p, n);
		else
			dkim_hash_add(h, p, n);
		dkim_hash_add(h, "\r\n", 2);
	}
	if (h->len == 0 && !is_relaxed)
		dkim_hash_add(h, "\r\n", 2);
}
