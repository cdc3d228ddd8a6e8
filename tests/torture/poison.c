/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Preloaded into ruad-parse: a mail with the mark in it is a bug of ours that
 * nobody has found yet.
 */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#define MARK "Poison-a1b2c3"

ssize_t
read(int fd, void *to, size_t size)
{
	static ssize_t (*real)(int, void *, size_t);
	ssize_t n;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "read");
	n = real(fd, to, size);
	/* A mail before it may be blamed for that, but only once. */
	if (n > 0 && memmem(to, (size_t)n, MARK, sizeof(MARK) - 1) != NULL)
		__builtin_trap();
	return n;
}
