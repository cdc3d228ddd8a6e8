/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives up everything but reading stdin, writing stdout and memory, before
 * the first foreign byte is read.  Landlock where the kernel has it, rlimits,
 * seccomp.  Builds with a sanitizer or for valgrind have no sandbox (they
 * cannot live in it) and say so in "ruad-parse -V"; no switch takes it away.
 */
#ifndef RUAD_PARSE_SANDBOX_H
#define RUAD_PARSE_SANDBOX_H

#include "base/err.h"

/*
 * Closes every descriptor above 2, then enters.  On -1 the process must exit
 * without reading anything.  Includes a self-test: opening a file must fail
 * softly and the calls that reading needs must work.  ERR_AGAIN: memory or
 * descriptors have run out; ERR_BUG: there can be no sandbox here.
 */
int sandbox_enter(struct err *);

/* Start the clock of a message: LIMIT_PARSE_CPU seconds of CPU, then death. */
void sandbox_begin_mail(void);

/* "seccomp+landlock", "seccomp" or "none (sanitizer build)". */
const char *sandbox_describe(void);

#endif
