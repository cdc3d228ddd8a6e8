/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Internationalised domain names (RFC 5891, UTS 46): one name has one key, its
 * A-labels ("xn--"), whoever wrote it how; people see its U-labels where those
 * cannot be taken for others.  Pure.
 */
#ifndef RUAD_REPORT_IDN_H
#define RUAD_REPORT_IDN_H

#include <stdbool.h>
#include <stddef.h>

#define IDN_SIZE 256 /* of a name in A-labels, with its NUL */

/* Whether there is anything to convert: a byte that is not ASCII. */
bool idn_is_foreign(const char *);

/*
 * The name in A-labels and lower case, without a final dot.  False, and out is
 * not touched: it is no name, or too long.
 */
bool idn_to_ascii(const char *name, char out[static IDN_SIZE]);

/*
 * A domain name of n bytes as people should see it, NUL-terminated: in U-labels
 * if each of them is of one script, or of those that one language mixes, reads
 * from left to right and does not look like ASCII.  False: as it is.
 */
#define IDN_SHOWN (4 * IDN_SIZE)
bool idn_to_shown(const char *name, size_t n, char out[static IDN_SHOWN]);

#endif
