/* SPDX-License-Identifier: BSD-2-Clause */
/* Paragraphs for people, which whoever asked prints as it likes. */
#ifndef RUAD_ANSWER_PROSE_H
#define RUAD_ANSWER_PROSE_H

#include <stddef.h>

#include "base/mem.h"

/* Zero it to start; prose_done() frees. */
struct prose {
	struct array paragraphs; /* of const char *, in order */
	/* Of const char *, of the paragraph of the same number; may be fewer.
	 */
	struct array records;
	struct arena text;
};

/* Add a paragraph; foreign text in it is as it came. */
void prose_add(struct prose *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Give the paragraph that was added last a line for the zone file. */
void prose_add_record(struct prose *, const char *, ...)
    __attribute__((format(printf, 2, 3)));

/* Return the record of a paragraph; NULL: it has none. */
const char *prose_record_at(const struct prose *, size_t);

/* Return a paragraph; NULL: there are no more. */
const char *prose_at(const struct prose *, size_t);

void prose_done(struct prose *);

#endif
