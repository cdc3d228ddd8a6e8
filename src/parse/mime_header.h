/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Header fields of a message or of one part: cut into fields, parameters read
 * (RFC 2045, 2231), encoded words decoded (RFC 2047).  Runs in ruad-parse;
 * input is any bytes.  Every function looks at each byte a bounded number of
 * times.
 */
#ifndef RUAD_PARSE_MIME_HEADER_H
#define RUAD_PARSE_MIME_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/mem.h"

/* One field; the value still folded.  Borrowed from the message. */
struct mime_field {
	const char *name;
	size_t name_len;
	const char *value;
	size_t len;
};

/* Where the reading of a header block stands. */
struct mime_header {
	const char *start;
	const char *pos; /* after the last field: where the body begins */
	const char *end;
	const char *junk; /* first line that is no field, or NULL */
	bool too_long;    /* passes LIMIT_MIME_HEADER */
};

/* Whether an mbox "From " line is at p; not the field "From : x". */
bool mime_is_from_line(const char *p, const char *end);

/* top: a whole message, which an mbox "From " line may precede. */
void mime_header_start(
    struct mime_header *, const char *, size_t len, bool top);

/*
 * The next field, or false at the end.  The end is an empty line or one that
 * starts with "--"; lines that are no fields are skipped, unless no empty
 * line follows: then the body begins with the first of them.
 */
bool mime_header_next(struct mime_header *, struct mime_field *);

/* name in any case. */
bool mime_field_is(const struct mime_field *, const char *name);

/*
 * A text for people: unfolded, encoded words decoded, white space at the ends
 * cut, at most LIMIT_TEXT bytes of UTF-8.  What cannot be decoded stays as it
 * came; then, and when there were bytes of no character set that it declares,
 * *odd is set, which may be NULL.  NULL when nothing is left.
 */
const char *mime_field_text(
    const char *value, size_t len, struct arena *, bool *odd);

/*
 * The parameter of that name (lower case) in a Content-Type or
 * Content-Disposition: continuations joined, percent and character set
 * decoded, at most LIMIT_TEXT bytes of UTF-8 replace what out holds.  False
 * when there is none.  odd: as above.
 */
bool mime_field_param(const char *value, size_t len, const char *name,
    struct buf *out, bool *odd);

/* p is at "(": behind its ")", NULL if there is none. */
const char *mime_comment_end(const char *p, const char *end);

/* Behind white space and comments (RFC 5322, 3.2.2), of which those nest. */
const char *mime_skip_comments(const char *p, const char *end);

/* Cut buf to at most max bytes, not within a character. */
void mime_cut(struct buf *, size_t max);

#endif
