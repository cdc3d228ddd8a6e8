/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into ruad: whoever waits for nothing but a server waits one
 * HURRYth of the time, and its clocks then say that all of it is over.  The
 * deadlines of production can be seen to work in a second; whatever else takes
 * its time on a busy machine, as ruad-parse, has the time that it always has.
 */
#include <dlfcn.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#define SECOND INT64_C(1000000000)

static int64_t skipped; /* ns */

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
	ns = t->tv_sec * SECOND + t->tv_nsec + skipped;
	t->tv_sec = ns / SECOND;
	t->tv_nsec = ns % SECOND;
	return 0;
}

static bool
is_for_server_only(const struct pollfd *fds, nfds_t n)
{
	struct sockaddr_storage name;
	socklen_t len;
	bool is = false;
	nfds_t i;

	for (i = 0; i < n; i++) {
		if (fds[i].fd < 0)
			continue;
		len = sizeof(name);
		if (getsockname(fds[i].fd, (struct sockaddr *)&name, &len) ==
		        -1 ||
		    (name.ss_family != AF_INET && name.ss_family != AF_INET6))
			return false;
		is = true;
	}
	return is;
}

int
poll(struct pollfd *fds, nfds_t n, int timeout)
{
	static int (*real)(struct pollfd *, nfds_t, int);
	const char *word = getenv("HURRY");
	int factor, less, rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "poll");
	if (word == NULL || timeout <= 0 || !is_for_server_only(fds, n))
		return real(fds, n, timeout);
	factor = (int)strtol(word, NULL, 10);
	less = (timeout + factor - 1) / factor;
	rc = real(fds, n, less);
	if (rc == 0)
		skipped += (timeout - less) * (SECOND / 1000);
	return rc;
}
