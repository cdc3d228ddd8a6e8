/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded before ruad-parse, plays machines on which its sandbox is not what it
 * should be; BROKEN says which.  Never part of ruad.
 */
#include <dlfcn.h>
#include <errno.h>
#include <seccomp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int
broken(const char *what)
{
	const char *is = getenv("BROKEN");

	return is != NULL && strcmp(is, what) == 0;
}

/* A filter that is loaded and filters nothing; a kernel that has none. */
int
seccomp_load(const scmp_filter_ctx ctx)
{
	int (*real)(scmp_filter_ctx);

	if (broken("hollow"))
		return 0;
	if (broken("no seccomp"))
		return -EINVAL;
	*(void **)&real = dlsym(RTLD_NEXT, "seccomp_load");
	return real((scmp_filter_ctx)ctx);
}

/* A libc that reads the clock with a call that the filter does not know. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	if (broken("new libc"))
		syscall(SYS_getpid);
	return (int)syscall(SYS_clock_gettime, id, ts);
}

/* A kernel without close_range(2), before 5.9. */
int
close_range(unsigned int first, unsigned int last, int flags)
{
	if (broken("old kernel")) {
		errno = ENOSYS;
		return -1;
	}
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* Before 5.13 there is no Landlock either, and seccomp(2) alone must do. */
long
syscall(long nr, ...)
{
	long (*real)(long, ...);
	long a, b, c, d, e, f;
	va_list ap;

	if (nr == SYS_landlock_create_ruleset && broken("no landlock")) {
		errno = ENOSYS;
		return -1;
	}
	*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	va_start(ap, nr);
	a = va_arg(ap, long);
	b = va_arg(ap, long);
	c = va_arg(ap, long);
	d = va_arg(ap, long);
	e = va_arg(ap, long);
	f = va_arg(ap, long);
	va_end(ap);
	return real(nr, a, b, c, d, e, f);
}
