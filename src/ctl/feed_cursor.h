/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far somebody has followed the changes of a database: the epoch of the
 * database, the number of the last change that he has, and its token, which is
 * random.  As text "EPOCH.SEQ.TOKEN", in each line of the feed; who reads from
 * the beginning what is so old that deletions of that time are forgotten has
 * ".SINCE" behind it.
 */
#ifndef RUAD_CTL_FEED_CURSOR_H
#define RUAD_CTL_FEED_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/query.h"

#define FEED_EPOCH 17 /* 16 hexadecimal digits */
#define FEED_CURSOR 96

struct feed_cursor {
	char epoch[FEED_EPOCH]; /* "": not known, only seq is */
	int64_t seq;            /* 0: from the beginning */
	int64_t token;
	/*
	 * Its owner began with 0 when this was the last change: what was
	 * deleted before he never had.  0: not known, or not needed.
	 */
	int64_t since;
};

/* Read a number, which is a seq alone, or a cursor; false: it is neither. */
bool feed_cursor_read(struct feed_cursor *, const char *);

/* Write it as text. */
void feed_cursor_text(const struct feed_cursor *, char[static FEED_CURSOR]);

/*
 * Check that the changes after the cursor are all that its owner lacks, and set
 * its epoch if it has none.  ERR_DATA: they are not, so that he must begin anew
 * with 0; the sentence says why.
 */
int feed_cursor_check(struct feed_cursor *, struct query_db *, struct err *);

/*
 * Load it from a file; without the file it is 0.  ERR_DATA: something else is
 * in it.  Store it there, whole or not at all.
 */
int feed_cursor_load(struct feed_cursor *, const char *path, struct err *);
int feed_cursor_store(
    const struct feed_cursor *, const char *path, struct err *);

#endif
