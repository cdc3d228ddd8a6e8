/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into a program: its Nth malloc fails, and with NOMEM_FOR_GOOD all
 * after it.  NOMEM_ROLE says in which process: "main", or the children that it
 * forks: "opener" (the first), "fetcher" (the others).  The file NOMEM_COUNT
 * holds three numbers of 64 bits that all processes share: N, how many
 * allocations there were, and how many failed; opened before any sandbox is.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct count {
	int64_t when;
	_Atomic int64_t seen;
	_Atomic int64_t failed;
};

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);

static struct count *count;
static const char *role = "main";
static bool for_good, active;
static int forks;

static void
set_role(const char *name)
{
	const char *wanted = getenv("NOMEM_ROLE");

	role = name;
	active = count != NULL && wanted != NULL && strcmp(wanted, role) == 0;
}

static void __attribute__((constructor)) start(void)
{
	const char *path = getenv("NOMEM_COUNT");
	int fd = path != NULL ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd == -1)
		return;
	p = mmap(
	    NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		return;
	count = p;
	for_good = getenv("NOMEM_FOR_GOOD") != NULL;
	set_role("main");
}

pid_t
fork(void)
{
	static pid_t (*real)(void);
	pid_t pid;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "fork");
	forks++;
	if ((pid = real()) == 0 && strcmp(role, "main") == 0)
		set_role(forks == 1 ? "opener" : "fetcher");
	return pid;
}

static bool
fails(void)
{
	int64_t n;

	if (!active)
		return false;
	n = atomic_fetch_add(&count->seen, 1) + 1;
	if (n != count->when && !(for_good && n > count->when))
		return false;
	atomic_fetch_add(&count->failed, 1);
	errno = ENOMEM;
	return true;
}

void *
malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *old, size_t size)
{
	return fails() ? NULL : __libc_realloc(old, size);
}

void *
reallocarray(void *old, size_t n, size_t size)
{
	if (size != 0 && n > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(old, n * size);
}
