/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows as members of an object that is being written. */
#ifndef RUAD_CTL_FEED_JSON_H
#define RUAD_CTL_FEED_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "store/query.h"

/* Add members that are written already, if there are any. */
void feed_json_add(struct buf *, const char *members, size_t);

/*
 * Add the columns of the row at hand but those named "_...".  Those whose names
 * stand in json, each between blanks, are JSON.  flat: JSON becomes text, and
 * what is NULL is left out.
 */
void feed_json_add_row(
    struct buf *, struct query *, bool flat, const char *json);

#endif
