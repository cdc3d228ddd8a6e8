/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a text says, whatever is around its words: HTML, marks of quoting.
 * Runs in ruad-parse; input is any bytes.  Pure; looks at each byte a bounded
 * number of times.
 */
#ifndef RUAD_PARSE_PLAINTEXT_H
#define RUAD_PARSE_PLAINTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Append a web page's text: without tags, comments, styles and scripts, its
 * references undone and the addresses of links written out; what begins a line
 * in a browser begins one here.
 */
void plaintext_from_html(const char *, size_t, struct buf *out);

/* Whether a line is quoted: it begins with ">". */
bool plaintext_has_quotes(const char *, size_t);

/*
 * Append the lines without the marks of quoting before them; drop: without
 * the lines that have such.
 */
void plaintext_unquote(const char *, size_t, bool drop, struct buf *out);

#endif
