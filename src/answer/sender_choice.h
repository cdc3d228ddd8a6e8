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

enum sender_sort {
	SENDER_SORT_USUAL, /* as sender_choose() says */
	SENDER_SORT_NAME,
	SENDER_SORT_MESSAGES,
	SENDER_SORT_FAILING,
	SENDER_SORT_LAST, /* day */
};

/* Their words, but the first, which is ""; NULL ends them. */
extern const char *const sender_sort_words[];

/* Which of them; all zero: all. */
struct sender_filter {
	enum sender_which which;
	int class; /* enum source_class + 1, as sender_class() has it; 0: any */
	/* Part of a name, an address, a host name or a network, in any case;
	 * NULL and "": any. */
	const char *find;
	enum sender_sort sort;
};

struct sender_choice {
	struct array numbers;        /* of size_t: senders of the list */
	struct sender_counts counts; /* of all of them */
	int64_t addresses;
};

/*
 * Choose them: unless sorted otherwise, unknown and failing ones with the most
 * failing messages first, else as in the list.  sender_choice_done() comes in
 * any case.
 */
void sender_choose(struct sender_choice *, const struct sender_list *,
    const struct sender_filter *);
void sender_choice_done(struct sender_choice *);

#endif
