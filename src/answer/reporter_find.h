/* SPDX-License-Identifier: BSD-2-Clause */
/* A reporter as people name it. */
#ifndef RUAD_ANSWER_REPORTER_FIND_H
#define RUAD_ANSWER_REPORTER_FIND_H

#include "base/err.h"
#include "store/query.h"

/*
 * Find the reporter of this name, in any case.  *name, as its reports have it,
 * is yours to free.  ERR_INPUT: there is none; the error names the nearest, by
 * its name or by the domain that sends its reports.
 */
int reporter_find(
    struct query_db *, const char *word, char **name, struct err *);

#endif
