/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The lines that tell a change: JSON, each at most about 1 MB.  All begins with
 * what ruad itself says (op, kind, key, epoch, seq, cursor, collector), so that
 * a script may look at the beginning of a line.  ruactl(1) has the format.
 */
#ifndef RUAD_CTL_FEED_LINE_H
#define RUAD_CTL_FEED_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "ctl/feed_cursor.h"
#include "store/query.h"

enum feed_kind {
	FEED_REPORT,
	FEED_FAILURE,
	FEED_TLS,
	FEED_SOURCE,
	FEED_KINDS,
};

/* By enum feed_kind, as in the table change. */
extern const char *const feed_kind_words[FEED_KINDS];

struct feed_change {
	struct feed_cursor cursor;
	enum feed_kind kind;
	int64_t row_id;
	const char *deleted; /* the key of what is gone; NULL: it is there */
	bool is_pruned;      /* with deleted: only because it was old */
};

struct feed_lines;

/*
 * Lines about what is in the database now; collector is who collected it.
 * flat: objects in objects become lines of their own, arrays become text, and
 * what is NULL is left out.  The database must stay as it is, in a transaction.
 */
struct feed_lines *feed_lines_new(
    struct query_db *, const char *collector, bool flat);
void feed_lines_free(struct feed_lines *);

/*
 * Whole lines are handed over as they are made; false: nobody wants more, which
 * is no error.
 */
typedef bool feed_take(void *arg, const struct buf *);

/*
 * Write the lines of a change: none if it is a put of what is gone, whose del
 * is another change.  Returns 1 if there was one, 0 if not, -1.
 */
int feed_lines_write(struct feed_lines *, const struct feed_change *,
    feed_take *, void *arg, struct err *);

#endif
