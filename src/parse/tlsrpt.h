/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads SMTP TLS reports (RFC 8460) with all the deviations known (spec
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
#include "parse/cost.h"
#include "report/report.h"

/* What is known from around the report; any of it may be NULL.  Borrowed. */
struct tlsrpt_context {
	const char *filename; /* sender!policy-domain!begin!end[!id].json */
	const struct mail_facts *mail; /* NULL for a bare file */
	const char *domain;            /* TLS-Report-Domain: */
	const char *submitter;         /* TLS-Report-Submitter: */
	const char *charset;           /* of the part */
	struct cost *cost;             /* pays for it; NULL: nobody */
};

/* Once per process, before the sandbox: jansson's own set-up. */
void tlsrpt_init(void);

struct tlsrpt_result {
	int reports;   /* how many were written */
	bool too_many; /* there are more than were asked for */
};

/*
 * Read a document, which is used up: a report, a list of reports, reports one
 * after the other or within another object; in UTF-8, UTF-16 or what the part
 * declares.  Each is appended to out as its tls and tls_policy lines, at most
 * max.  -1: some of it cannot be read; ERR_DATA or ERR_LIMIT says why; what
 * can be is in out all the same.
 */
int tlsrpt_read(struct buf *json, const struct tlsrpt_context *, int max,
    struct buf *out, struct tlsrpt_result *, struct err *);

/* Whether what cannot be read looks like a report. */
bool tlsrpt_is_likely(const char *json, size_t len);

#endif
