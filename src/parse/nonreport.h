/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a message without a report seems to be, in words for the log and the
 * database.  Nothing depends on it but these words.  Runs in ruad-parse; input
 * is any bytes.
 */
#ifndef RUAD_PARSE_NONREPORT_H
#define RUAD_PARSE_NONREPORT_H

#include <stddef.h>

/* By its header; NULL when it shows nothing. */
const char *nonreport_by_header(const char *mail, size_t len);

/* By one of its parts; type may be NULL.  NULL when it shows nothing. */
const char *nonreport_by_part(const char *type, const char *data, size_t len);

#endif
