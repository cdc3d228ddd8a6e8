/* SPDX-License-Identifier: BSD-2-Clause */
/* Whole reads and writes, and the clocks. */
#ifndef RUAD_BASE_IO_H
#define RUAD_BASE_IO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* All n bytes, whatever interrupts.  -1: errno says why. */
int io_write(int fd, const void *, size_t);

/*
 * Everything up to end of file, appended to out.  More than max bytes is
 * ERR_LIMIT; a read error ERR_AGAIN.
 */
int io_read_all(int fd, uint64_t max, struct buf *out, struct err *);

/*
 * Write a file, in the place of the one of this name if there is one, which
 * stays until the new one is whole and on the disk.  Of a symlink that is the
 * file that it leads to.  ERR_CREATE, or ERR_AGAIN for what passes.
 */
int io_replace(const char *path, const void *, size_t, struct err *);

/*
 * Make the names in the directory of a file last, as fsync() does its bytes.
 * -1: errno says why.
 */
int io_sync_directory(const char *path);

/*
 * Milliseconds of clocks that never jump.  io_clock_ms() stands still while
 * the machine is suspended, io_clock_boot_ms() does not.
 */
int64_t io_clock_ms(void);
int64_t io_clock_boot_ms(void);

/* Seconds since 1970, UTC. */
int64_t io_time(void);

/*
 * For a process that has passwords: it leaves no core file, and nobody else of
 * its user may look into it.
 */
void io_forbid_core(void);

/* Make a descriptor non-blocking or blocking.  -1: errno says why. */
int io_set_nonblocking(int fd, bool);

#endif
