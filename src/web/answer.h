/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the target of a request to all of its answer: the database is opened for
 * it, read only, and closed again, so that what ruad stores is always seen.
 * Knows nothing of HTTP but its numbers and names of types.
 */
#ifndef RUAD_WEB_ANSWER_H
#define RUAD_WEB_ANSWER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

struct answer_settings {
	const char *db;    /* a path that is absolute */
	bool has_failures; /* show reports of single messages */
	long deadline_ms;  /* of CPU time, for one page */
};

struct answer {
	int status; /* of HTTP */
	const char *type;
	const char *file; /* name for a file it is saved to; NULL: none */
	struct buf body;
	struct err err; /* for the log; ERR_NONE: all is well */
};

/* answer_done() follows. */
void answer_make(
    struct answer *, const struct answer_settings *, const char *target);

/* A page that says why there is no other. */
void answer_refuse(struct answer *, int status, const char *text);
void answer_done(struct answer *);

/*
 * Write what tells one state of an answer from another: it is the same only if
 * the answer is.  false: that is not known, as the database changes just now.
 */
#define ANSWER_TAG 72
bool answer_write_tag(char out[static ANSWER_TAG],
    const struct answer_settings *, const char *target);

#endif
