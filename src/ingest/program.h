/* SPDX-License-Identifier: BSD-2-Clause */
/* Where ruad-parse is.  Runs in ruad and ruactl. */
#ifndef RUAD_INGEST_PROGRAM_H
#define RUAD_INGEST_PROGRAM_H

/*
 * The ruad-parse beside the running program, as in a build tree; else the
 * installed one, whether it is there or not.
 */
char *program_find_parser(void);

#endif
