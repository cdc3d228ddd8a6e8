/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/sender_days.h"

#include "store/rules.h"

int
sender_days_youngest(uint64_t days)
{
	return days == 0 ? 64 : __builtin_ctzll(days);
}

bool
sender_days_stopped(const struct sender_days *days)
{
	const int last = sender_days_youngest(days->pass);
	const uint64_t after = last == 0 || last > 63
	    ? 0
	    : (UINT64_C(1) << last) - 1;

	return __builtin_popcountll(days->pass) >= RULE_STOPPED_DAYS &&
	    __builtin_popcountll(days->fail & after) >= RULE_STOPPED_DAYS;
}

int64_t
sender_days_stop(const struct sender_days *days, int64_t last)
{
	const int youngest = sender_days_youngest(days->pass);
	const uint64_t after = days->fail &
	    ((youngest > 63 ? 0 : UINT64_C(1) << youngest) - 1);

	return after == 0 || youngest > 63
	    ? 0
	    : last - (63 - __builtin_clzll(after)) * (int64_t)PERIOD_DAY;
}
