/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "store/store_priv.h"

/* Most who open a database store little, some very much. */
#define NSLOTS_MIN 256
#define NSLOTS_MAX 16384
#define KEY_MAX 192
#define PLACES 4 /* where a key may be */

struct slot {
	struct store_cached row; /* id 0: the slot is free */
	size_t len;
	char *key;
};

struct store_cache {
	struct slot *slots;
	size_t nslots; /* a power of two */
	size_t n;      /* rows that are kept */
};

struct store_cache *
store_cache_new(void)
{
	struct store_cache *c = xmalloc(sizeof(*c));

	c->nslots = NSLOTS_MIN;
	c->slots = xcalloc(c->nslots, sizeof(*c->slots));
	c->n = 0;
	return c;
}

void
store_cache_free(struct store_cache *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < c->nslots; i++)
		free(c->slots[i].key);
	free(c->slots);
	free(c);
}

void
store_cache_forget(struct store_cache *c)
{
	size_t i;

	for (i = 0; c->n > 0 && i < c->nslots; i++)
		c->slots[i].row.id = 0;
	c->n = 0;
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
	const size_t hash = map_hash(key, len), mask = c->nslots - 1;
	struct slot *slot;
	size_t i;

	for (i = 0; i < PLACES; i++) {
		slot = &c->slots[(hash + i) & mask];
		if (slot->row.id == 0 || has_key(slot, key, len))
			return slot;
	}
	return &c->slots[hash & mask];
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

	c->nslots *= 4;
	c->slots = xcalloc(c->nslots, sizeof(*c->slots));
	c->n = 0;
	for (i = 0; i < old.nslots; i++) {
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
	if (4 * c->n >= c->nslots && c->nslots < NSLOTS_MAX)
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
