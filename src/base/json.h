/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strings in JSON (RFC 8259), for everything that ruad writes: lines on the
 * wire, columns of the database, answers of ruactl.  What text_is_unsafe() is
 * written as \uXXXX, so that a terminal may show the result.
 */
#ifndef RUAD_BASE_JSON_H
#define RUAD_BASE_JSON_H

#include <stdint.h>

#include "base/buf.h"
#include "base/mem.h"

/* Append a string in its quotes.  Bytes that are not UTF-8 become U+FFFD. */
void json_add_string(struct buf *, const char *);

/*
 * Append one item of an array or object that is being written, with a comma
 * where it is not the first: a string, NULL for null; a number; a member, whose
 * name is plain.
 */
void json_add_item(struct buf *, const char *);
void json_add_item_int(struct buf *, int64_t);
void json_add_member(struct buf *, const char *name, const char *);
void json_add_member_int(struct buf *, const char *name, int64_t);

/* Append an array of const char *. */
void json_add_strings(struct buf *, const struct array *);

/*
 * Append what is JSON already, on one line: white space becomes a space, and
 * what is unsafe is escaped, which JSON allows only within strings.
 */
void json_add_json(struct buf *, const char *json);

#endif
