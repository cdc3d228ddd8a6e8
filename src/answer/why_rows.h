/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories as rows to be shown. */
#ifndef RUAD_ANSWER_WHY_ROWS_H
#define RUAD_ANSWER_WHY_ROWS_H

#include "answer/why_load.h"

/*
 * The question of why_query() about the domain of the source, with evidence and
 * advice filled in, JSON arrays of sentences.
 */
int why_rows_query(struct query **, struct query_db *, const struct period *,
    const struct why_source *, const struct map *sources, int64_t limit,
    struct err *);

#endif
