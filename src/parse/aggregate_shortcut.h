/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records in the plain form that nearly all have: only elements that we know,
 * where they belong, without attributes, nothing but ASCII in them.  libxml2
 * reads all else, and need not read these: it takes most of the time.  Runs in
 * ruad-parse on bytes from anybody.  What is read here, libxml2 would read in
 * the same way.
 */
#ifndef RUAD_PARSE_AGGREGATE_SHORTCUT_H
#define RUAD_PARSE_AGGREGATE_SHORTCUT_H

#include <stddef.h>
#include <stdint.h>

#include "parse/aggregate_element.h"

/* An element begins; a LEAF with its text, and ends.  NULL: one ends. */
struct shortcut_item {
	const struct element *element;
	const char *text;
	size_t len;
};

#define SHORTCUT_ITEMS 128

struct shortcut {
	uint8_t next[ELEMENT_NODES]; /* of element_find() */
	struct shortcut_item items[SHORTCUT_ITEMS];
	size_t n;
	size_t lines; /* how many end in it */
};

/*
 * One record, blanks before it included.  Returns its length; 0: there is none,
 * it is not plain, or not all of it is there.
 */
size_t shortcut_read(struct shortcut *, const char *, size_t);

/*
 * How many bytes, but not 0, libxml2 should get before the next plain record is
 * looked for.
 */
size_t shortcut_skip(const char *, size_t);

#endif
