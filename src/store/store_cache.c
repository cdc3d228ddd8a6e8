/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/store_priv.h"

#define SLOT_BITS 14
#define SLOTS (1U << SLOT_BITS)
#define ODD UINT64_C(0x9e3779b97f4a7c15)
#define KEY_MAX 192

struct slot {
	struct store_cached row; /* id 0: the slot is free */
	size_t len;
	char *key;
};

struct store_cache {
	struct slot slot[SLOTS];
	bool dirty; /* there is something to forget */
};

struct store_cache *
store_cache_new(void)
{
	return xcalloc(1, sizeof(struct store_cache));
}

void
store_cache_free(struct store_cache *c)
{
	size_t i;

	for (i = 0; c != NULL && i < SLOTS; i++)
		free(c->slot[i].key);
	free(c);
}

void
store_cache_forget(struct store_cache *c)
{
	size_t i;

	for (i = 0; c->dirty && i < SLOTS; i++)
		c->slot[i].row.id = 0;
	c->dirty = false;
}

static struct slot *
slot_of(struct store_cache *c, const void *key, size_t len)
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
	return &c->slot[hash * ODD >> (64 - SLOT_BITS)];
}

const struct store_cached *
store_cache_find(struct store_cache *c, const void *key, size_t len)
{
	struct slot *slot = slot_of(c, key, len);

	if (slot->row.id == 0 || slot->len != len ||
	    memcmp(slot->key, key, len) != 0)
		return NULL;
	return &slot->row;
}

void
store_cache_keep(struct store_cache *c, const void *key, size_t len,
    const struct store_cached *row)
{
	struct slot *slot = slot_of(c, key, len);

	if (len > KEY_MAX)
		return;
	if (slot->len != len)
		slot->key = xreallocarray(slot->key, len, 1);
	memcpy(slot->key, key, len);
	slot->len = len;
	slot->row = *row;
	c->dirty = true;
}
