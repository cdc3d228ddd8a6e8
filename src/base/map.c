/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/map.h"

#include <stdlib.h>
#include <string.h>

/* In the arena: the slot, the number and map_key() lead to it. */
struct map_key {
	uint32_t len;
	char bytes[]; /* and a NUL */
};

/* Multiply, then let what is high decide about what is low, too. */
static uint64_t
mix(uint64_t hash)
{
	hash *= 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 32;
}

/*
 * Of eight bytes at once where there are as many, and mixed once more.  Whoever
 * makes keys collide only makes his own report slow.
 */
uint32_t
map_hash(const void *key, size_t len)
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
	return (uint32_t)mix(hash);
}

/* As memcmp(), of eight bytes at once: most keys are numbers. */
static bool
is_same(const char *a, const char *b, size_t len)
{
	uint64_t x, y;

	for (; len >= sizeof(x);
	     len -= sizeof(x), a += sizeof(x), b += sizeof(x)) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		if (x != y)
			return false;
	}
	while (len > 0 && *a == *b) {
		len--;
		a++;
		b++;
	}
	return len == 0;
}

/* Return the slot that has the key, or the free one where it would be. */
static struct map_slot *
find_slot(const struct map *map, const void *key, size_t len, uint32_t hash)
{
	struct map_slot *slots = map->slots;
	size_t i = hash & (map->nslots - 1);

	for (; slots[i].number != 0; i = (i + 1) & (map->nslots - 1))
		if (slots[i].hash == hash && slots[i].key->len == len &&
		    is_same(slots[i].key->bytes, key, len))
			break;
	return &slots[i];
}

static void
grow(struct map *map)
{
	const size_t n = map->nslots;
	struct map_slot *old = map->slots, *slots;
	size_t i, to;

	map->nslots = n == 0 ? 32 : 2 * n;
	map->slots = slots = xcalloc(map->nslots, sizeof(*slots));
	for (i = 0; i < n; i++) {
		if (old[i].number == 0)
			continue;
		to = old[i].hash & (map->nslots - 1);
		while (slots[to].number != 0)
			to = (to + 1) & (map->nslots - 1);
		slots[to] = old[i];
	}
	free(old);
}

static void
add_key(struct map *map, struct map_slot *slot, const void *bytes, size_t len,
    uint32_t hash)
{
	struct map_key *key = arena_alloc(&map->text, sizeof(*key) + len + 1);

	key->len = (uint32_t)len;
	memcpy(key->bytes, bytes, len);
	key->bytes[len] = '\0';
	*(const struct map_key **)array_add(&map->keys, sizeof(key)) = key;
	if (map->size > 0)
		array_add(&map->items, map->size);
	*slot = (struct map_slot) { key, hash, (uint32_t)map->keys.n };
}

size_t
map_number(struct map *map, const void *key, size_t len)
{
	const uint32_t hash = map_hash(key, len);
	struct map_slot *slot;

	/* At most three of four slots are taken. */
	if (4 * map->keys.n >= 3 * map->nslots)
		grow(map);
	slot = find_slot(map, key, len, hash);
	if (slot->number == 0)
		add_key(map, slot, key, len, hash);
	return slot->number - 1;
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
	const struct map_slot *slot;

	if (map->nslots == 0)
		return false;
	slot = find_slot(map, key, len, map_hash(key, len));
	*number = (size_t)slot->number - 1;
	return slot->number != 0;
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
	return ((const struct map_key *const *)map->keys.at)[number]->bytes;
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
