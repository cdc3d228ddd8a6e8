/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts in words for people. */
#ifndef RUAD_ANSWER_READY_WORDS_H
#define RUAD_ANSWER_READY_WORDS_H

#include "answer/ready.h"
#include "base/buf.h"

/* "check unknown": the verdict in at most 15 characters, for a table. */
const char *ready_title(const struct ready *);

/* "check unknown senders first": the same in full; NULL: no reports. */
const char *ready_headline(const struct ready *);

/* Add why the verdict is so: one sentence; NULL: no reports. */
void ready_add_reason(struct buf *, const struct ready *);

/* Add "1,204 failing messages from somebody". */
void ready_add_count(
    struct buf *, int64_t, const char *adjective, const char *rest);

/* Add "14 days by 3 reporters". */
void ready_add_data(struct buf *, const struct ready *);

/* Add "Nothing failed.": why a verdict is good. */
void ready_add_good(struct buf *, const struct ready *);

/* Add "203.0.113.9, 12 messages: it is next to servers of yours". */
void ready_add_task(struct buf *, const struct ready_task *);

#endif
