/* SPDX-License-Identifier: BSD-2-Clause */
/* Events in words for people. */
#ifndef RUAD_ANSWER_ALERT_WORDS_H
#define RUAD_ANSWER_ALERT_WORDS_H

#include "answer/alert.h"
#include "base/buf.h"

/* Add that it has ended: a clause with foreign words in it. */
void alert_add_end(struct buf *, const struct alert_mark *);

/* The title of a verdict by its word: "at risk"; the word, if it is none. */
const char *alert_verdict_title(const char *word);

/* What a result is called: "DKIM", "SPF", or "mail" for "dmarc". */
const char *alert_result_title(const char *word);

#endif
