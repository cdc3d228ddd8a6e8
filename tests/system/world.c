/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into ruad or ruactl: the world around it, as the file WORLD says
 * while it runs.  Seconds by which the wall clock is off; seconds that the
 * machine has been suspended; whether names cannot be looked up.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct world {
	int64_t wall;
	int64_t suspended;
	int64_t no_names;
	int64_t steady; /* seconds more on the clock that never jumps */
};

static const volatile struct world *
world(void)
{
	static const struct world *map;
	const char *path = getenv("WORLD");
	void *at;
	int fd;

	if (map != NULL || path == NULL || (fd = open(path, O_RDONLY)) == -1)
		return map;
	at = mmap(NULL, sizeof(*map), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		map = at;
	return map;
}

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	int (*real)(clockid_t, struct timespec *), rc;
	const volatile struct world *w = world();

	*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(clock, t);
	if (rc == 0 && w != NULL && clock == CLOCK_REALTIME)
		t->tv_sec += w->wall;
	if (rc == 0 && w != NULL && clock == CLOCK_MONOTONIC)
		t->tv_sec += w->steady;
	if (rc == 0 && w != NULL && clock == CLOCK_BOOTTIME)
		t->tv_sec += w->suspended;
	return rc;
}

time_t
time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

/* The clock that SQLite asks. */
int
gettimeofday(struct timeval *out, void *zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	*out = (struct timeval) { t.tv_sec, t.tv_nsec / 1000 };
	return 0;
}

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
    struct addrinfo **list)
{
	int (*real)(const char *, const char *, const struct addrinfo *,
	    struct addrinfo **);

	if (world() != NULL && world()->no_names)
		return EAI_AGAIN;
	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	return real(node, service, hints, list);
}
