/* SPDX-License-Identifier: BSD-2-Clause */
/* Stories as rows to be shown. */
#ifndef RUAD_ANSWER_WHY_ROWS_H
#define RUAD_ANSWER_WHY_ROWS_H

#include "answer/why_load.h"

/*
 * The question of why_query(), with evidence and advice filled in, JSON arrays
 * of sentences.
 */
int why_rows_query(struct query **, struct query_db *,
    const struct why_source *, struct why_records *, int64_t limit,
    struct err *);

#endif
