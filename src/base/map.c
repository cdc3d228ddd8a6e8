/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

struct map_key {
	const char *at;
	size_t len;
	uint64_t hash;
};

/* Multiply, then let what is high decide about what is low, too. */
static uint64_t
mix(uint64_t hash)
{
	hash *= 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 32;
}

/*
 * Of eight bytes at once where there are as many, and mixed once more, so that
 * each bit of a key decides about its slot.  Whoever makes keys collide only
 * makes his own report slow.
 */
static uint64_t
hash_of(const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t hash = len, word;

	for (; len >= sizeof(word); len -= sizeof(word), p += sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = mix(hash ^ word);
	}
	if (len > 0) {
		word = 0;
		memcpy(&word, p, len);
		hash = mix(hash ^ word);
	}
	return mix(hash);
}

static const struct map_key *
key_at(const struct map *map, size_t number)
{
	return (const struct map_key *)map->keys.at + number;
}

static void
grow(struct map *map)
{
	size_t i, slot;

	free(map->slots);
	map->nslots = map->nslots == 0 ? 64 : 2 * map->nslots;
	map->slots = xcalloc(map->nslots, sizeof(*map->slots));
	for (i = 0; i < map->keys.n; i++) {
		slot = key_at(map, i)->hash & (map->nslots - 1);
		while (map->slots[slot] != 0)
			slot = (slot + 1) & (map->nslots - 1);
		map->slots[slot] = (uint32_t)i + 1;
	}
}

/* Return the slot that has the key, or the free one where it would be. */
static size_t
find_slot(const struct map *map, const void *key, size_t len, uint64_t hash)
{
	const struct map_key *have;
	size_t slot = hash & (map->nslots - 1);

	for (; map->slots[slot] != 0; slot = (slot + 1) & (map->nslots - 1)) {
		have = key_at(map, map->slots[slot] - 1);
		if (have->hash == hash && have->len == len &&
		    memcmp(have->at, key, len) == 0)
			break;
	}
	return slot;
}

size_t
map_number(struct map *map, const void *key, size_t len)
{
	const uint64_t hash = hash_of(key, len);
	struct map_key *new;
	size_t slot;

	if (2 * map->keys.n >= map->nslots)
		grow(map);
	slot = find_slot(map, key, len, hash);
	if (map->slots[slot] != 0)
		return map->slots[slot] - 1;
	new = array_add(&map->keys, sizeof(*new));
	new->at = arena_strndup(&map->text, key, len);
	new->len = len;
	new->hash = hash;
	if (map->size > 0)
		array_add(&map->items, map->size);
	map->slots[slot] = (uint32_t)map->keys.n;
	return map->keys.n - 1;
}

void *
map_item(struct map *map, const void *key, size_t len)
{
	size_t number = map_number(map, key, len);

	return (char *)map->items.at + number * map->size;
}

bool
map_find(const struct map *map, const void *key, size_t len, size_t *number)
{
	uint32_t slot;

	if (map->nslots == 0)
		return false;
	slot = map->slots[find_slot(map, key, len, hash_of(key, len))];
	*number = (size_t)slot - 1;
	return slot != 0;
}

bool
map_has(const struct map *map, const void *key, size_t len)
{
	size_t number;

	return map_find(map, key, len, &number);
}

const char *
map_key(const struct map *map, size_t number)
{
	return key_at(map, number)->at;
}

struct array
map_take_items(struct map *map)
{
	const struct array items = map->items;

	map->items = (struct array) { 0 };
	map_done(map);
	*map = (struct map) { .size = map->size };
	return items;
}

void
map_done(struct map *map)
{
	array_done(&map->items);
	array_done(&map->keys);
	arena_done(&map->text);
	free(map->slots);
}
