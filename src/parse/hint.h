/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hints that something was meant to be a report: names, types, subject and
 * sender.  Runs in ruad-parse.  Nothing is read or left unread for a hint;
 * they only tell what to complain about.
 */
#ifndef RUAD_PARSE_HINT_H
#define RUAD_PARSE_HINT_H

#include <stdbool.h>
#include <stddef.h>

#include "parse/mime.h"
#include "report/report.h"

/* receiver!domain!begin!end: named like a report (RFC 7489 7.2.1.1). */
bool hint_is_report_name(const char *);

/* Whether a part's name or type promises a report. */
bool hint_is_promising(const struct mime_leaf *);

/* Whether its type promises a TLS report (RFC 8460 5.3, spec T-13). */
bool hint_is_tls_report(const struct mime_leaf *);

/* text/rfc822-headers and its many variants (spec F-10). */
bool hint_is_header(const struct mime_leaf *);

/* A sentence about what nobody here can read; NULL: that is not known yet. */
const char *hint_unsupported(const struct mime_leaf *);

/*
 * Whether subject or sender speak of DMARC reports.  Without any hint, an
 * archive that cannot be read is somebody's own business.
 */
bool hint_in_mail(const struct mail_facts *);

/* Web pages are not worth a parser. */
bool hint_is_html(const char *, size_t);

/* Whether a line starts so; white space before and case do not count. */
bool hint_has_line(const char *p, const char *end, const char *start);

/* Nothing but white space. */
bool hint_is_blank(const char *, size_t);

#endif
