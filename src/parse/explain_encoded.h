/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A message that was copied with its encoding: all of it as base64, or its
 * header as quoted-printable.  Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_EXPLAIN_ENCODED_H
#define RUAD_PARSE_EXPLAIN_ENCODED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

/*
 * Append what was encoded; false: it is not so, and nothing was appended.  No
 * line end comes out of quoted-printable but those that were lines, so that
 * what a client said of itself begins no field.
 */
bool explain_encoded_read(const char *, size_t, struct buf *out);

#endif
