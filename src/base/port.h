/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What glibc has and other C libraries of Linux, such as musl, have not or
 * have otherwise.  Nothing else asks which library this is.
 */
#ifndef RUAD_BASE_PORT_H
#define RUAD_BASE_PORT_H

#include <spawn.h>
#include <stddef.h>

/*
 * Large buffers go back to the system at once, and so does the end of the heap
 * when so much of it is free.  Elsewhere the library does as it likes.
 */
void port_tune_heap(size_t large, size_t free_at_end);

/* Memory that is not needed goes back to the system, as far as is known how. */
void port_trim_heap(void);

/* Close every descriptor from this on.  -1 and errno: Linux is before 5.9. */
int port_close_from(int lowest);

/*
 * What is spawned with these actions has no descriptor from this on.  Returns
 * an errno, as posix_spawn_file_actions_adddup2() does.  Elsewhere than with
 * glibc all of them are closed by whatever else this process executes, too.
 */
int port_spawn_close_from(posix_spawn_file_actions_t *, int lowest);

/* Rename a file, but never over another: -1 and EEXIST. */
int port_rename_new(const char *from, const char *to);

#endif
