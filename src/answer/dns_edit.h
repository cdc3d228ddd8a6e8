/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Findings that each change a tag of the DMARC record: what is pasted for one
 * of them must not bring back what another one is about.
 */
#ifndef RUAD_ANSWER_DNS_EDIT_H
#define RUAD_ANSWER_DNS_EDIT_H

#include "answer/dns_case.h"

/* The record after an edit; it lives with the findings. */
const char *dns_edit_apply(
    struct dns_case *, const struct dmarc_record *, const struct dns_edit *);

/*
 * Give the findings on the record of the case, c->record, the edits of each
 * other: all that settle a fault, and of the others its own one only.
 */
void dns_edit_merge(struct dns_case *);

#endif
