/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record at _smtp._tls.DOMAIN that asks for SMTP TLS reports: RFC 8460, 3.
 * Pure; the text is foreign.
 */
#ifndef RUAD_DNS_TLSRPT_RECORD_H
#define RUAD_DNS_TLSRPT_RECORD_H

#include "dns/report_uri.h"
#include "dns/tag_list.h"

struct tlsrpt_record {
	const char *text;
	enum tag_version version; /* all but TAG_VERSION_OK: ignored */
	bool has_rua;
	struct report_uris rua; /* mailto and https */
	size_t nmailto, nhttps; /* of those that are REPORT_URI_OK */
	bool is_usable;         /* version and one of these are good */
	size_t nproblems;
	const struct tag_problem *problems;
	struct tag_list tags;
};

extern const struct tag_kind tlsrpt_kind; /* for tag_list_choose() */

/* All strings are the arena's; text is copied. */
void tlsrpt_record_parse(
    const char *text, struct arena *, struct tlsrpt_record *);

#endif
