/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_counts.h"

#include <stddef.h>

static int64_t
add(int64_t sum, int64_t n)
{
	return n > INT64_MAX - sum ? INT64_MAX : sum + n;
}

void
sender_add_counts(struct sender_counts *to, const struct sender_counts *c)
{
	size_t i;

	to->messages = add(to->messages, c->messages);
	to->pass = add(to->pass, c->pass);
	for (i = 0; i < SOURCE_CLASSES; i++)
		to->failed[i] = add(to->failed[i], c->failed[i]);
	for (i = 0; i < CAUSE_COUNT; i++)
		to->cause[i] = add(to->cause[i], c->cause[i]);
	to->before = add(to->before, c->before);
	to->before_pass = add(to->before_pass, c->before_pass);
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
