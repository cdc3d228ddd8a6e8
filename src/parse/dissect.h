/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One input, a message or a report file, to the lines of its answer (see
 * report/wire.h): takes the message apart, opens what is packed, has the
 * documents read and says what became of it all.  Runs in ruad-parse, within
 * the sandbox; input is anything from anybody.
 */
#ifndef RUAD_PARSE_DISSECT_H
#define RUAD_PARSE_DISSECT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/limits.h"
#include "parse/authres.h"

/* The verdict, as in the answer. */
enum dissect_verdict {
	DISSECT_REPORT,
	DISSECT_OTHER,
	DISSECT_FAILED,
};

struct dissect_options {
	struct limits limits;
	bool keep_samples; /* the header blocks of failure reports */
	struct authres_options authres;
};

struct dissect;

struct dissect *dissect_new(const struct dissect_options *);
void dissect_free(struct dissect *);

/*
 * Append the whole answer to out.  name: what to call the input when it is
 * not a message, or NULL.
 */
enum dissect_verdict dissect_run(struct dissect *, const char *data, size_t len,
    const char *name, struct buf *out);

/* The answer to an input that is larger than limits.message. */
void dissect_refuse(const struct limits *, struct buf *out);

#endif
