/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of a header in a text of which nobody knows what it is: pasted, or
 * below the words of a bounce.  Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_HEADER_LINE_H
#define RUAD_PARSE_HEADER_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The length of the field name that begins at p and has its ":"; 0: none. */
size_t header_line_name(const char *p, const char *end);

/*
 * Whether the line begins with a field that many messages have, or that
 * belongs to trace or authentication.
 */
bool header_line_is_known(const char *p, const char *end);

/*
 * Where a header begins in a text: a line with a known field, followed by
 * another field, or alone in the text.  NULL: nowhere.
 */
const char *header_line_find(const char *p, const char *end);

/* Behind the end of the line. */
const char *header_line_next(const char *p, const char *end);

/* Whether there is nothing but white space in the line. */
bool header_line_is_blank(const char *p, const char *end);

#endif
