/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses, counts and words as reports write them (spec ), for
 * all kinds of reports.  Runs in ruad-parse; the text comes from anybody.
 * Pure.
 */
#ifndef RUAD_PARSE_VALUE_H
#define RUAD_PARSE_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

/*
 * The IP address in the text, in the form of the wire; IPv4-mapped as IPv4.
 * Taken off are brackets, "IPv6:", a zone, quotes; and, which *more then tells
 * unless more is NULL, port, prefix length, final dot, a host's name or comment
 * before or behind.  NULL when there is none, or another one besides.
 */
const char *value_read_address(const char *, struct arena *, bool *more);

enum value_count {
	COUNT_NONE,  /* no number; *out is not set */
	COUNT_ROUGH, /* about: "~5", "3.5" */
	COUNT_OTHER, /* a whole number, written in another way than in digits */
	COUNT_PLAIN,
};

/*
 * How many: digits, with separators of thousands, zeros for a fraction, an
 * exponent or a comment.  "1.000" is a thousand, "1.0" one.  A number greater
 * than any becomes INT64_MAX.
 */
enum value_count value_read_count(const char *, int64_t *out);

#define VALUE_WORD 32

/*
 * The word in lower case without what is written into or behind it: "Temp-Error
 * (no key)" is "temperror".  False when there is none, or it is too long.
 */
bool value_read_word(const char *, char out[static VALUE_WORD]);

#endif
