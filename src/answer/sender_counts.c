/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_counts.h"
#include "base/sum.h"

#include <stddef.h>

void
sender_add_counts(struct sender_counts *to, const struct sender_counts *c)
{
	size_t i;

	sum_add(&to->messages, c->messages);
	sum_add(&to->pass, c->pass);
	for (i = 0; i < SOURCE_CLASSES; i++)
		sum_add(&to->failed[i], c->failed[i]);
	for (i = 0; i < CAUSE_COUNT; i++) {
		sum_add(&to->cause[i], c->cause[i]);
		sum_add(&to->forwarded[i], c->forwarded[i]);
	}
	sum_add(&to->before, c->before);
	sum_add(&to->before_pass, c->before_pass);
	if (to->first_day == 0 ||
	    (c->first_day != 0 && c->first_day < to->first_day))
		to->first_day = c->first_day;
	if (c->last_day > to->last_day)
		to->last_day = c->last_day;
}

int64_t
sender_fail(const struct sender_counts *c)
{
	return c->messages - c->pass;
}
