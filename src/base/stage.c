/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/stage.h"

#include <stddef.h>
#include <sys/resource.h>
#include <time.h>

enum stage
stage_enter(struct stages *s, enum stage next)
{
	struct timespec ts;
	enum stage before;
	int64_t now;

	if (s == NULL)
		return STAGE_OTHER;
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
stage_children_ms(void)
{
	struct rusage ru;

	getrusage(RUSAGE_CHILDREN, &ru);
	return (ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) * 1000 +
	    (ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1000;
}
