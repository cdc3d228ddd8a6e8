/* SPDX-License-Identifier: BSD-2-Clause */
/* Some senders of a list, in the order in which they are shown. */
#ifndef RUAD_ANSWER_SENDER_CHOICE_H
#define RUAD_ANSWER_SENDER_CHOICE_H

#include "answer/sender_list.h"

enum sender_which {
	SENDER_ALL,
	SENDER_UNKNOWN, /* with failing mail that nobody judged yet */
	SENDER_FAILING,
	SENDER_NEW, /* not seen before the period */
};

struct sender_choice {
	struct array numbers;        /* of size_t: senders of the list */
	struct sender_counts counts; /* of all of them */
	int64_t addresses;
};

/*
 * Choose them: unknown and failing ones with the most failing messages first,
 * else as in the list.  sender_choice_done() comes in any case.
 */
void sender_choose(
    struct sender_choice *, const struct sender_list *, enum sender_which);
void sender_choice_done(struct sender_choice *);

#endif
