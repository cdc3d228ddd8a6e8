/* SPDX-License-Identifier: BSD-2-Clause */
/* Gives numbers to keys, from 0 up, in the order in which they come. */
#ifndef RUAD_BASE_MAP_H
#define RUAD_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/* Zero it to start. */
struct map {
	struct array keys; /* of struct map_key */
	uint32_t *slots;   /* number + 1, or 0 */
	size_t nslots;
	struct arena text;
};

/*
 * The number of a key, which is any bytes; a new one is the number of those
 * before it.
 */
size_t map_number(struct map *, const void *key, size_t);

/* Whether it has one. */
bool map_has(const struct map *, const void *key, size_t);

/* The bytes of a key, with a NUL behind them. */
const char *map_key(const struct map *, size_t number);

void map_done(struct map *);

#endif
