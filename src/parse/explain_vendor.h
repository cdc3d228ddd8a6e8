/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields in which receivers and their filters write what they think of a
 * message.  Runs in ruad-parse; input is any bytes.  Pure.
 */
#ifndef RUAD_PARSE_EXPLAIN_VENDOR_H
#define RUAD_PARSE_EXPLAIN_VENDOR_H

#include <stdbool.h>

#include "base/mem.h"
#include "parse/mime_header.h"
#include "report/explain.h"

/*
 * Fill all but place if the field is one of these; return whether it is.
 * Strings in the arena; *is_cut is set where there are too many values.
 */
bool explain_vendor_read(const struct mime_field *, struct arena *,
    struct explain_vendor *, bool *is_cut);

#endif
