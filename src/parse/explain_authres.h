/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields with results of authentication, whole: all results with all their
 * properties and comments.  Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_EXPLAIN_AUTHRES_H
#define RUAD_PARSE_EXPLAIN_AUTHRES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "report/explain.h"

/* Return the kind of results that a field of this name has, or NULL. */
const char *explain_authres_kind(const char *name, size_t len);

/*
 * Fill all but kind, which is there, and place; strings in the arena.  *is_cut
 * is set where there is too much of something.
 */
void explain_authres_read(const char *, size_t, struct arena *,
    struct explain_authres *, bool *is_cut);

#endif
