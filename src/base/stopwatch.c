/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stopwatch.h"

#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

enum stopwatch_part
stopwatch_switch(struct stopwatch *s, enum stopwatch_part next)
{
	struct timespec ts;
	enum stopwatch_part before;
	int64_t now;

	if (s == NULL)
		return STOPWATCH_OTHER;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
	if (s->since != 0)
		s->us[s->now] += now - s->since;
	before = s->now;
	s->since = now;
	s->now = next;
	return before;
}

int64_t
stopwatch_children_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
}
