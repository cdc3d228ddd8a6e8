/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into ruad: its clocks run HURRY times as fast, and so it waits so
 * much shorter.  The deadlines of production can be seen to work in a second.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static int
factor(void)
{
	const char *word = getenv("HURRY");

	return word != NULL ? (int)strtol(word, NULL, 10) : 1;
}

int
clock_gettime(clockid_t which, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	int64_t ns;
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(which, t);
	if (rc != 0 || (which != CLOCK_MONOTONIC && which != CLOCK_BOOTTIME))
		return rc;
	ns = (t->tv_sec * SECOND + t->tv_nsec) * factor();
	t->tv_sec = ns / SECOND;
	t->tv_nsec = ns % SECOND;
	return 0;
}

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "poll");
	if (timeout > 0)
		timeout = (timeout + factor() - 1) / factor();
	return real(fds, n, timeout);
}
