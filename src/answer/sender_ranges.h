/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses as few rules: neighbours are one range if nothing else that reports
 * tell of lies between them.  Pure.
 */
#ifndef RUAD_ANSWER_SENDER_RANGES_H
#define RUAD_ANSWER_SENDER_RANGES_H

#include <stdint.h>

#include "answer/sender_network.h"
#include "base/mem.h"

struct sender_spot {
	uint8_t key[SENDER_KEY];
	int group; /* -1: of none */
};

/* Sort spots of addresses, an array of struct sender_spot, once. */
void sender_ranges_sort(struct array *spots);

/*
 * Add to rules, an array of const char * in the arena, what covers the spots of
 * a group and no others: addresses, and ranges of three neighbours or more.
 * The group is within one /24 or /64, of which key is an
 * address.  An address may be there several times; it is of the group if one
 * of them is.
 */
void sender_ranges_add(struct array *rules, struct arena *,
    const struct array *spots, int group, const uint8_t key[static SENDER_KEY]);

#endif
