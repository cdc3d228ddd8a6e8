/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks a worker in before its first request: it can answer connections of the
 * socket that it has, and read the directory of the database; nothing else.
 * Landlock where the kernel has it, seccomp.  Builds with a sanitizer or for
 * valgrind are not locked in, and say so.
 */
#ifndef RUAD_WEB_LOCK_H
#define RUAD_WEB_LOCK_H

#include "base/err.h"

/* On -1 the process must exit without answering anybody. */
int lock_enter(const char *directory, struct err *);

/* "seccomp+landlock", "seccomp" or "none (sanitizer build)". */
const char *lock_describe(void);

#endif
