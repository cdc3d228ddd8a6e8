/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The body of a part with its transfer encoding undone: the one that its
 * header declares, and those that the bytes show.  Many writers and gateways
 * lose the declaration, misspell it, or encode twice.  Runs in ruad-parse;
 * input is any bytes.
 */
#ifndef RUAD_PARSE_MIME_BODY_H
#define RUAD_PARSE_MIME_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

enum mime_encoding {
	MIME_PLAIN, /* none, or nothing that is known */
	MIME_BASE64,
	MIME_QP,
};

/*
 * *data and *len become the bytes that were meant: in place when nothing was
 * to be undone, else in out, whose content is lost.  The data may not be in
 * out.  Each byte is looked at a bounded number of times.
 */
void mime_body_decode(enum mime_encoding declared, const char **data,
    size_t *len, struct buf *out);

/* Whether the bytes begin with the base64 of something that is known. */
bool mime_body_is_base64(const char *, size_t);

#endif
