/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads one SMTP TLS report (RFC 8460) with all the deviations known (spec
 * chapter 3).  Runs in ruad-parse; input is JSON from anybody.  jansson reads
 * only what was measured before: size, depth and number of values are capped
 * (base/limits.h), so memory and stack are, too.
 */
#ifndef RUAD_PARSE_TLSRPT_H
#define RUAD_PARSE_TLSRPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "report/report.h"

/* What is known from around the report; any of it may be NULL.  Borrowed. */
struct tlsrpt_hints {
	const char *filename; /* sender!policy-domain!begin!end[!id].json */
	const struct mail_facts *mail; /* NULL for a bare file */
	const char *domain;            /* TLS-Report-Domain: */
	const char *submitter;         /* TLS-Report-Submitter: */
};

/* Once per process, before the sandbox: jansson's own set-up. */
void tlsrpt_init(void);

/*
 * Read one document of len bytes, which is changed in place.  A report is
 * appended to out as its tls and tls_policy lines; *found tells whether it was
 * one, or JSON of another kind.  -1: it cannot be read; ERR_DATA or ERR_LIMIT
 * says why, nothing is appended.
 */
int tlsrpt_read(char *json, size_t len, const struct tlsrpt_hints *,
    struct buf *out, bool *found, struct err *);

/* Whether what cannot be read looks like a report. */
bool tlsrpt_is_likely(const char *json, size_t len);

#endif
