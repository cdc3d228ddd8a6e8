/* SPDX-License-Identifier: BSD-2-Clause */
/* Where tests find their data. */
#ifndef RUAD_TESTS_SOURCE_H
#define RUAD_TESTS_SOURCE_H

#include <stdlib.h>

extern const char source_tree[]; /* written by the Makefile */

/*
 * Return the root of the source tree: $RUAD_SRC, or the tree that this program
 * was built from.  Borrowed.
 */
static inline const char *
source_dir(void)
{
	const char *named = getenv("RUAD_SRC");

	return named != NULL ? named : source_tree;
}

#endif
