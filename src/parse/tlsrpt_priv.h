/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tlsrpt_document.c, which finds the reports in a document, and tlsrpt.c,
 * which reads one, share.  Runs in ruad-parse.
 */
#ifndef RUAD_PARSE_TLSRPT_PRIV_H
#define RUAD_PARSE_TLSRPT_PRIV_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buf.h"
#include "parse/tlsrpt.h"

/* A number that is larger than JSON readers expect must be no error. */
#define TLSRPT_LOAD_FLAGS JSON_DECODE_INT_AS_REAL

/* Append the lines of one report.  repaired: there were bad characters. */
void tlsrpt_write(const json_t *, const struct tlsrpt_context *, bool repaired,
    struct buf *out);

#endif
