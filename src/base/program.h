/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the helper programs are.  Runs in ruad and ruactl. */
#ifndef RUAD_BASE_PROGRAM_H
#define RUAD_BASE_PROGRAM_H

/*
 * The ruad-parse beside the running program, as in a build tree; else the
 * installed one, whether it is there or not.
 */
char *program_find_parser(void);

/* The same of ruad-fetch, and of ruad. */
char *program_find_fetch(void);
char *program_find_ruad(void);

#endif
