/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_ranges.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NEIGHBOURS 3 /* make a range */

static int
compare(const void *one, const void *other)
{
	const struct sender_spot *a = one, *b = other;

	return memcmp(a->key, b->key, SENDER_KEY);
}

void
sender_ranges_sort(struct array *spots)
{
	if (spots->n > 1)
		qsort(spots->at, spots->n, sizeof(struct sender_spot), compare);
}

/* Return the first spot that is not below a network: n bytes of the key. */
static size_t
find_network(const struct array *spots, const uint8_t *key, size_t n)
{
	const struct sender_spot *s = spots->at;
	size_t low = 0, high = spots->n, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (memcmp(s[middle].key, key, n) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Return the end of the spots that are of one address, from the first. */
static size_t
end_of_address(
    const struct array *spots, size_t first, int group, bool *is_of_group)
{
	const struct sender_spot *s = spots->at;
	size_t i;

	*is_of_group = false;
	for (i = first; i < spots->n && compare(&s[first], &s[i]) == 0; i++)
		*is_of_group |= s[i].group == group;
	return i;
}

static void
add_rule(struct array *rules, struct arena *arena, const struct sender_spot *lo,
    const struct sender_spot *hi)
{
	char text[2 * SENDER_NETWORK], first[SENDER_NETWORK];
	char last[SENDER_NETWORK];

	sender_network_write_address(lo->key, first);
	sender_network_write_address(hi->key, last);
	if (lo == hi)
		snprintf(text, sizeof(text), "%s", first);
	else
		snprintf(text, sizeof(text), "%s-%s", first, last);
	*(const char **)array_add(rules, sizeof(const char *)) = arena_strndup(
	    arena, text, strlen(text));
}

/* A run of n addresses, which begin at the spots of this list. */
static void
add_run(struct array *rules, struct arena *arena,
    const struct sender_spot *const *run, size_t n)
{
	size_t i;

	if (n >= NEIGHBOURS)
		add_rule(rules, arena, run[0], run[n - 1]);
	else
		for (i = 0; i < n; i++)
			add_rule(rules, arena, run[i], run[i]);
}

void
sender_ranges_add(struct array *rules, struct arena *arena,
    const struct array *spots, int group, const uint8_t key[static SENDER_KEY])
{
	const size_t bytes = sender_network_bytes(key);
	const struct sender_spot *s = spots->at;
	struct array run = { 0 };
	bool is_of_group;
	size_t i, end;

	for (i = find_network(spots, key, bytes);
	     i < spots->n && memcmp(s[i].key, key, bytes) == 0; i = end) {
		end = end_of_address(spots, i, group, &is_of_group);
		if (is_of_group) {
			*(const struct sender_spot **)array_add(
			    &run, sizeof(s)) = &s[i];
			continue;
		}
		add_run(rules, arena, run.at, run.n);
		run.n = 0;
	}
	add_run(rules, arena, run.at, run.n);
	array_done(&run);
}
