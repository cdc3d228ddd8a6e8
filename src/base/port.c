/* SPDX-License-Identifier: BSD-2-Clause */
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/fs.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/port.h"

#ifdef __GLIBC__

void
port_tune_heap(size_t large, size_t free_at_end)
{
	mallopt(M_MMAP_THRESHOLD, (int)large);
	mallopt(M_TRIM_THRESHOLD, (int)free_at_end);
}

void
port_trim_heap(void)
{
	malloc_trim(0);
}

int
port_close_from(int lowest)
{
	return close_range((unsigned)lowest, ~0U, 0);
}

int
port_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest)
{
	return posix_spawn_file_actions_addclosefrom_np(actions, lowest);
}

#else

void
port_tune_heap(size_t large, size_t free_at_end)
{
	(void)large;
	(void)free_at_end;
}

void
port_trim_heap(void)
{
}

int
port_close_from(int lowest)
{
	return (int)syscall(SYS_close_range, lowest, ~0U, 0);
}

int
port_spawn_close_from(posix_spawn_file_actions_t *actions, int lowest)
{
	(void)actions;
	return syscall(SYS_close_range, lowest, ~0U, CLOSE_RANGE_CLOEXEC) == -1
	    ? errno
	    : 0;
}

#endif

int
port_rename_new(const char *from, const char *to)
{
	return (int)syscall(
	    SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
}
