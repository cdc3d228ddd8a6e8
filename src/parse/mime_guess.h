/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the header of a part does not say: the boundary of a multipart (spec
 * Q-102), that it is a message.  Runs in ruad-parse; input is any bytes.  Pure;
 * looks at each byte once.
 */
#ifndef RUAD_PARSE_MIME_GUESS_H
#define RUAD_PARSE_MIME_GUESS_H

#include <stdbool.h>
#include <stddef.h>

#define MIME_BOUNDARY 200 /* bytes; RFC 2046 allows 70 */

/*
 * The first line of "--" and a word behind which a part begins, which shows in
 * a field Content-*: in its next line, or in a digest in any field or an empty
 * line.  The word goes to boundary, its length is returned; 0: there is none.
 */
size_t mime_guess_boundary(const char *body, const char *end, bool digest,
    char boundary[MIME_BOUNDARY]);

/* Whether the first line of a body that has any text is such a line. */
bool mime_starts_with_part(const char *body, const char *end);

/*
 * Whether it is a message though its part does not call it one: forwarded by
 * hand, as a file.  type: "" if there is none.  Text may look like a header by
 * chance, so that From and MIME-Version must be in it;
 * message/feedback-report and its kin have headers of their own.
 */
bool mime_is_unnamed_mail(const char *type, const char *, size_t);

#endif
