/* SPDX-License-Identifier: BSD-2-Clause */
/* How many messages a source, a sender or a domain sent, and what became of
 * them. */
#ifndef RUAD_ANSWER_SENDER_COUNTS_H
#define RUAD_ANSWER_SENDER_COUNTS_H

#include <stdint.h>

#include "answer/cause.h"
#include "answer/source_class.h"

/* Messages; sums stop at INT64_MAX. */
struct sender_counts {
	int64_t messages, pass;
	int64_t failed[SOURCE_CLASSES]; /* by class; [SOURCE_COMPLIANT] is 0 */
	int64_t cause[CAUSE_COUNT];     /* of what failed, as cause_list */
	int64_t forwarded[CAUSE_COUNT]; /* of these, of that class */
	int64_t before, before_pass;    /* of as many days before the period */
	int64_t first_day, last_day;    /* in the period; 0: none there */
};

/* Add the counts of one to those of another; sums stop at INT64_MAX. */
void sender_add_counts(struct sender_counts *, const struct sender_counts *);

/* Return the messages that failed. */
int64_t sender_fail(const struct sender_counts *);

#endif
