/* SPDX-License-Identifier: BSD-2-Clause */
#include "parse/cost.h"

#include <stddef.h>

void
cost_start(struct cost *w, const struct limits *limits)
{
	static const struct limits ordinary = LIMITS_DEFAULT;
	uint64_t more = limits->mail_unpacked / ordinary.mail_unpacked;

	w->left = LIMIT_COST * (more > 1 ? more : 1);
	w->refused = false;
}

int
cost_pay(struct cost *w, uint64_t n, struct err *err)
{
	if (w == NULL)
		return 0;
	if (!w->refused && n <= w->left) {
		w->left -= n;
		return 0;
	}
	w->refused = true;
	return err_set(err, ERR_LIMIT,
	    "there is more to be done than for any honest message of its "
	    "size" LIMIT_RAISED_BY("mail_unpacked"));
}

uint64_t
cost_of_foreign(const char *text, size_t n)
{
	uint64_t foreign = 0;
	size_t i;

	for (i = 0; i < n; i++)
		foreign += (unsigned char)text[i] >> 7;
	return foreign * COST_FOREIGN;
}
