/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_choice.h"

#include <stdlib.h>
#include <string.h>

static bool
is_asked_for(enum sender_which which, const struct sender *s)
{
	switch (which) {
	case SENDER_ALL:
		break;
	case SENDER_UNKNOWN:
		return s->counts.failed[SOURCE_UNKNOWN] > 0;
	case SENDER_FAILING:
		return sender_fail(&s->counts) > 0;
	case SENDER_NEW:
		return s->is_new;
	}
	return true;
}

void
sender_choose(struct sender_choice *c, const struct sender_list *list,
    enum sender_which which)
{
	struct array chosen = { 0 };
	const struct sender *s = list->senders.at;
	const struct sender **at;
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < list->senders.n; i++)
		if (is_asked_for(which, &s[i])) {
			*(const struct sender **)array_add(
			    &chosen, sizeof(s)) = &s[i];
			sender_add_counts(&c->counts, &s[i].counts);
			c->addresses += s[i].addresses;
		}
	at = chosen.at;
	if ((which == SENDER_UNKNOWN || which == SENDER_FAILING) &&
	    chosen.n > 0)
		qsort(at, chosen.n, sizeof(*at), sender_compare_failing);
	for (i = 0; i < chosen.n; i++)
		*(size_t *)array_add(
		    &c->numbers, sizeof(size_t)) = (size_t)(at[i] - s);
	array_done(&chosen);
}

void
sender_choice_done(struct sender_choice *c)
{
	array_done(&c->numbers);
}
