/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whom SPF was judged for: what a result of the receiver's tells of it, in one
 * of the many ways to write that.
 */
#ifndef RUAD_ANSWER_EXPLAIN_ENVELOPE_H
#define RUAD_ANSWER_EXPLAIN_ENVELOPE_H

#include <stdbool.h>

#include "base/mem.h"
#include "report/explain.h"

/* Strings are of the arena or of what they were found in. */
struct explain_envelope {
	const char *domain; /* of the envelope sender; NULL: not told */
	const char *local;  /* what is before its "@"; NULL: nothing */
	bool is_null;       /* the sender is told to be "<>"; no domain then */
	const char *helo;   /* NULL: not told */
};

/*
 * What follows the last "@" of an address, or the whole if there is none,
 * without "<" and ">".  NULL if that is nothing, or the word "none".
 */
const char *explain_domain_of(const char *address, struct arena *);

/*
 * By what the receiver says, which may be NULL.  If it judged the name of HELO,
 * no sender is told.
 */
void explain_envelope_find(struct explain_envelope *,
    const struct explain_result *spf, struct arena *);

/* Set the sender to that of a Return-Path ("": the null sender), if not NULL.
 */
void explain_envelope_read(
    struct explain_envelope *, const char *return_path, struct arena *);

#endif
