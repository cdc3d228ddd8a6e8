/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_priv.h"

/* Most who open a database store little, some very much. */
#define BITS_MIN 8
#define BITS_MAX 14 /* BITS_MIN and a multiple of 2, see grow() */
#define ODD UINT64_C(0x9e3779b97f4a7c15)
#define KEY_MAX 192
#define PLACES 4 /* where a key may be */

struct slot {
	struct store_cached row; /* id 0: the slot is free */
	size_t len;
	char *key;
};

struct store_cache {
	struct slot *slots;
	unsigned bits;
	size_t n; /* rows that are kept */
};

static size_t
nslots(const struct store_cache *c)
{
	return (size_t)1 << c->bits;
}

struct store_cache *
store_cache_new(void)
{
	struct store_cache *c = xmalloc(sizeof(*c));

	c->bits = BITS_MIN;
	c->slots = xcalloc(nslots(c), sizeof(*c->slots));
	c->n = 0;
	return c;
}

void
store_cache_free(struct store_cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < nslots(c); i++)
		free(c->slots[i].key);
	free(c->slots);
	free(c);
}

void
store_cache_forget(struct store_cache *c)
{
	size_t i;

	for (i = 0; c->n > 0 && i < nslots(c); i++)
		c->slots[i].row.id = 0;
	c->n = 0;
}

static size_t
hash_of(const struct store_cache *c, const void *key, size_t len)
{
	uint64_t hash = len, word;
	size_t i, n;

	for (i = 0; i < len; i += n) {
		word = 0;
		n = len - i;
		if (n > sizeof(word))
			n = sizeof(word);
		memcpy(&word, (const char *)key + i, n);
		hash = (hash ^ word) * ODD;
		hash ^= hash >> 32;
	}
	/* Only the upper bits of a product depend on all of its factors. */
	return (size_t)(hash * ODD >> (64 - c->bits));
}

static bool
has_key(const struct slot *slot, const void *key, size_t len)
{
	return slot->len == len && memcmp(slot->key, key, len) == 0;
}

/*
 * The slot that has the key, or else the one to take: slots become free all at
 * once, so that no key is after a free one.
 */
static struct slot *
slot_of(const struct store_cache *c, const void *key, size_t len)
{
	const size_t hash = hash_of(c, key, len);
	struct slot *slot;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		slot = &c->slots[(hash + i) & (nslots(c) - 1)];
		if (slot->row.id == 0 || has_key(slot, key, len))
			return slot;
	}
	return &c->slots[hash];
}

const struct store_cached *
store_cache_find(struct store_cache *c, const void *key, size_t len)
{
	struct slot *slot = slot_of(c, key, len);

	return slot->row.id != 0 && has_key(slot, key, len) ? &slot->row : NULL;
}

/* Make four times the slots; leave out what was forgotten. */
static void
grow(struct store_cache *c)
{
	const struct store_cache old = *c;
	struct slot *slot;
	size_t i;

	c->bits += 2;
	c->slots = xcalloc(nslots(c), sizeof(*c->slots));
	c->n = 0;
	for (i = 0; i < nslots(&old); i++) {
		slot = &old.slots[i];
		if (slot->row.id != 0)
			store_cache_keep(c, slot->key, slot->len, &slot->row);
		free(slot->key);
	}
	free(old.slots);
}

void
store_cache_keep(struct store_cache *c, const void *key, size_t len,
    const struct store_cached *row)
{
	struct slot *slot;

	if (len > KEY_MAX)
		return;
	if (4 * c->n >= nslots(c) && c->bits < BITS_MAX)
		grow(c);
	slot = slot_of(c, key, len);
	if (slot->row.id == 0)
		c->n++;
	if (slot->len != len)
		slot->key = xreallocarray(slot->key, len, 1);
	memcpy(slot->key, key, len);
	slot->len = len;
	slot->row = *row;
}
