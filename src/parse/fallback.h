/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What file name, subject and date of a message tell about a report, used where
 * the report itself does not say (spec, T-4).
 * Runs in ruad-parse; all of it comes from anybody.  Pure.
 */
#ifndef RUAD_PARSE_FALLBACK_H
#define RUAD_PARSE_FALLBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "report/report.h"

struct fallback {
	const char *domain;
	const char *submitter;
	const char *id;
	const char *filename;
	int64_t begin;
	int64_t end; /* -1: they do not say */
};

/*
 * name: receiver!policy-domain!begin!end[!id], whatever comes before or after,
 * or NULL.  mail: NULL for a bare file.  Strings live in the arena.
 */
void fallback_read(struct fallback *, const char *name,
    const struct mail_facts *mail, struct arena *);

/*
 * When the name says no time, perhaps the report's own id does: it often is
 * domain.begin.end, or ends with the second in which it was made.  Not believed
 * when the message was sent at another time.
 */
void fallback_read_id(
    struct fallback *, const char *id, const struct mail_facts *mail);

/*
 * A copy of what may go on the wire as a string, cut to LIMIT_TEXT; NULL when
 * it is of no use.
 */
const char *fallback_copy(const char *, size_t, struct arena *);

struct fallback_period {
	int64_t begin;
	int64_t end;
	bool has_begin; /* the report said it */
	bool has_end;
	/* A number that is no likely time, 0 when there is none. */
	int64_t said_begin;
	int64_t said_end;
};

/*
 * Fill what is missing, begin before end, with what fits to what is there: ends
 * of two places are 32 days apart at most.  quirks gets what is odd about it.
 */
void fallback_fill_period(const struct fallback *, const struct mail_facts *,
    struct fallback_period *, struct array *quirks);

#endif
