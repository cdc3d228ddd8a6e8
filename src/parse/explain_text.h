/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Words of a header as the facts of report/explain.h hold them: UTF-8, short,
 * in the arena.  Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_EXPLAIN_TEXT_H
#define RUAD_PARSE_EXPLAIN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

/*
 * Runs of white space become one space, at the ends none; a NUL is white
 * space, bytes that are not UTF-8 become U+FFFD; at most LIMIT_TEXT bytes.
 * NULL when nothing is left.
 */
const char *explain_text(const char *, size_t, struct arena *);

/* The same, never NULL, but "". */
const char *explain_text_or_empty(const char *, size_t, struct arena *);

/* The same as explain_text() in lower case, without final dots. */
const char *explain_text_name(const char *, size_t, struct arena *);

/* An address without its angle brackets; "" for "<>"; NULL when empty. */
const char *explain_text_path(const char *, size_t, struct arena *);

/* Add the mailboxes of From: to an array of struct explain_address. */
void explain_text_addresses(
    const char *, size_t, struct array *, struct arena *, bool *is_cut);

#endif
