/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Answers of a worker that are still the same: by their tags, which change when
 * the database does (web/answer.h).  The oldest make room.
 */
#ifndef RUAD_WEB_CACHE_H
#define RUAD_WEB_CACHE_H

#include <stdbool.h>

#include "web/answer.h"

#define CACHE_ANSWERS 16
#define CACHE_BYTES (512 << 10) /* of one answer, at most */

struct cache_entry {
	char tag[ANSWER_TAG]; /* "": empty */
	const char *type, *file;
	struct buf body;
};

/* Zero it to start; cache_done() frees. */
struct cache {
	struct cache_entry entries[CACHE_ANSWERS];
	int next;
};

/* Fill the answer with a copy.  false: there is none. */
bool cache_find(const struct cache *, const char *tag, struct answer *);

/* Keep a copy of an answer that is whole, if it is not too large. */
void cache_keep(struct cache *, const char *tag, const struct answer *);
void cache_done(struct cache *);

#endif
