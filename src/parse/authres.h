/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether our own mail server authenticated a message: Authentication-Results
 * (RFC 8601) of its outer header, as far as it can be believed.  Anybody can
 * write such a field, so that only those count which bear an id that our
 * border removes from foreign mail, and which stand above what strangers
 * wrote.  Copies under other names never count.  Runs in ruad-parse; input is
 * any bytes.
 */
#ifndef RUAD_PARSE_AUTHRES_H
#define RUAD_PARSE_AUTHRES_H

#include <stddef.h>

#include "base/limits.h"
#include "report/report.h"

/* The id that stands for Microsoft 365, whose fields have none. */
#define AUTHRES_MICROSOFT "microsoft365"

struct authres_options {
	const char *ids[LIMIT_AUTHSERV_IDS]; /* case does not count */
	size_t n;
	int received_hops; /* Received: fields of our own hosts */
};

/*
 * "pass": some method passed, and with the domain in From: (dmarc) or with one
 * of its organization (dkim, spf).  "fail": there are results, but no such one,
 * or dmarc failed, or From: is not one address.  "none": there are none.  Of
 * each method the topmost field counts, and all results in it.
 */
const char *authres_verify(const char *mail, size_t len,
    const struct mail_facts *, const struct authres_options *);

#endif
