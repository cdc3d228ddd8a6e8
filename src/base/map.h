/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A hash map that keeps the order: its entries are numbered from 0 up as they
 * come.  A key is any bytes; an entry may have an item of the caller's.
 */
#ifndef RUAD_BASE_MAP_H
#define RUAD_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Where a key is found: one that is not looked for is hardly ever read. */
struct map_slot {
	const struct map_key *key;
	uint32_t hash;
	uint32_t number; /* plus one; 0: the slot is free */
};

/* To start, set size and zero the rest; free it with map_done(). */
struct map {
	size_t size;        /* of an item; 0: keys alone */
	struct array items; /* in the order of the numbers */
	struct array keys;  /* in their order, too, see map_key() */
	struct map_slot *slots;
	size_t nslots; /* 0 or a power of two */
	struct arena text;
};

/* Return the hash of a key: each of its bits decides about the low ones. */
uint32_t map_hash(const void *key, size_t);

/* Return the number of a key, which is added with a zeroed item if missing. */
size_t map_number(struct map *, const void *key, size_t);

/* Do the same and return its item, which moves when another one is added. */
void *map_item(struct map *, const void *key, size_t);

/* Return whether there is such a key, and if so tell its number. */
bool map_find(const struct map *, const void *key, size_t, size_t *number);

/* Return whether there is such a key. */
bool map_has(const struct map *, const void *key, size_t);

/* Return the bytes of a key, and a NUL after them, which live with the map. */
const char *map_key(const struct map *, size_t number);

/* Take the items, by their numbers, and be done with the map. */
struct array map_take_items(struct map *);

void map_done(struct map *);

#endif
