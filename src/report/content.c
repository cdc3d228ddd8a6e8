/* SPDX-License-Identifier: BSD-2-Clause */
#include "report/content.h"

#include <stdlib.h>
#include <string.h>

#include "report/canon.h"

static void
content_add(struct array *content, const struct buf *b, int64_t messages)
{
	struct content_item *item = array_add(content, sizeof(*item));
	uint8_t digest[SHA256_SIZE];

	sha256_hash(b->at, b->len, digest);
	memcpy(item->id, digest, sizeof(item->id));
	item->messages = messages;
}

/* What is in b from begin on is one of a list. */
static void
list_take(struct array *list, struct buf *b, size_t begin)
{
	sha256_hash(
	    b->at + begin, b->len - begin, array_add(list, SHA256_SIZE));
	b->len = begin;
}

/* All of the list, in any order. */
static void
list_close(struct array *list, struct buf *b)
{
	canon_int(b, (int64_t)list->n);
	canon_digests(b, list);
	list->n = 0;
}

static void
add_spf(struct buf *b, const struct array *results, struct array *list)
{
	const struct auth_spf *a = results->at;
	size_t i, begin = b->len;

	for (i = 0; i < results->n; i++) {
		canon_str(b, a[i].domain);
		canon_str(b, a[i].scope);
		canon_str(b, a[i].result);
		canon_str(b, a[i].human_result);
		list_take(list, b, begin);
	}
	list_close(list, b);
}

static void
add_overrides(struct buf *b, const struct array *overrides, struct array *list)
{
	const struct override *o = overrides->at;
	size_t i, begin = b->len;

	for (i = 0; i < overrides->n; i++) {
		canon_str(b, o[i].type);
		canon_str(b, o[i].comment);
		list_take(list, b, begin);
	}
	list_close(list, b);
}

void
content_digest_profile(
    const struct record *r, struct buf *b, uint8_t out[static SHA256_SIZE])
{
	struct array list = { 0 };

	b->len = 0;
	canon_str(b, r->header_from);
	canon_str(b, r->envelope_from);
	add_spf(b, &r->auth_spf, &list);
	add_overrides(b, &r->overrides, &list);
	sha256_hash(b->at, b->len, out);
	array_done(&list);
}

void
content_digest_dkim(
    const struct array *results, struct buf *b, uint8_t out[static SHA256_SIZE])
{
	const struct auth_dkim *a = results->at;
	struct array list = { 0 };
	size_t i;

	b->len = 0;
	for (i = 0; i < results->n; i++) {
		canon_str(b, a[i].domain);
		canon_str(b, a[i].selector);
		canon_str(b, a[i].result);
		canon_str(b, a[i].human_result);
		list_take(&list, b, 0);
	}
	list_close(&list, b);
	sha256_hash(b->at, b->len, out);
	array_done(&list);
}

void
content_add_record(struct array *content, const struct record *r,
    const uint8_t profile[static SHA256_SIZE],
    const uint8_t dkim[static SHA256_SIZE], struct buf *b)
{
	b->len = 0;
	canon_str(b, r->source_ip);
	canon_str(b, r->disposition);
	canon_str(b, r->dkim);
	canon_str(b, r->spf);
	canon_str(b, r->envelope_to);
	buf_add(b, profile, SHA256_SIZE);
	buf_add(b, dkim, SHA256_SIZE);
	content_add(content, b, r->messages);
}

void
content_add_tls(
    struct array *content, const struct tls_policy *p, struct buf *b)
{
	const struct tls_failure *f = p->failures.at;
	size_t i, begin;

	b->len = 0;
	canon_str(b, p->domain);
	canon_str(b, p->type);
	begin = b->len;
	canon_str(b, "ok");
	content_add(content, b, p->ok);
	b->len = begin;
	canon_str(b, "failed");
	content_add(content, b, p->failed);
	for (i = 0; i < p->failures.n; i++) {
		b->len = begin;
		canon_str(b, "failure");
		canon_str(b, f[i].result);
		canon_str(b, f[i].sending_ip);
		canon_str(b, f[i].mx);
		canon_str(b, f[i].mx_helo);
		canon_str(b, f[i].receiving_ip);
		canon_str(b, f[i].reason_code);
		canon_str(b, f[i].info);
		content_add(content, b, f[i].failed);
	}
}

static int
item_compare(const void *a, const void *b)
{
	const struct content_item *x = a, *y = b;

	return memcmp(x->id, y->id, sizeof(x->id));
}

void
content_close(struct array *content)
{
	struct content_item *item = content->at;
	size_t i, n = 0;

	if (content->n > 0)
		qsort(item, content->n, sizeof(*item), item_compare);
	for (i = 0; i < content->n; i++) {
		if (n > 0 && item_compare(&item[n - 1], &item[i]) == 0)
			item[n - 1].messages += item[i].messages;
		else
			item[n++] = item[i];
	}
	content->n = n;
}

bool
content_has(const struct array *whole, const struct array *part)
{
	const struct content_item *w = whole->at, *p = part->at;
	size_t i, k = 0;

	for (i = 0; i < part->n; i++) {
		while (k < whole->n && item_compare(&w[k], &p[i]) < 0)
			k++;
		if (k == whole->n || item_compare(&w[k], &p[i]) != 0 ||
		    w[k].messages != p[i].messages)
			return false;
	}
	return true;
}
