/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with the tags of a record, in words, and the record as it
 * should be: for DMARC, DKIM keys, TLS-RPT, MTA-STS and BIMI alike.
 */
#ifndef RUAD_ANSWER_DNS_TAG_WORDS_H
#define RUAD_ANSWER_DNS_TAG_WORDS_H

#include "answer/dns_finding.h"
#include "dns/report_uri.h"
#include "dns/tag_list.h"

/* "the tag \"rus\" is unknown (did you mean \"rua\"?)" */
const char *dns_tag_problem(struct dns_findings *, const struct tag_problem *);

/* The same of a URI that reports are sent to; REPORT_URI_OK has none. */
const char *dns_uri_problem(struct dns_findings *, const struct report_uri *);

/*
 * The record with its version first, and with this value of a tag, which comes
 * last if it must be added, and p as the second; value NULL: without the tag;
 * tag NULL: as it is.  Tags that are there twice come once.
 */
const char *dns_tag_rewrite(struct dns_findings *, const struct tag_list *,
    const char *tag, const char *value);

#endif
