/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines for a zone file that belong to advice: "example.org TXT ...".  Names
 * and addresses are foreign: of what is none, or cannot be pasted, there is no
 * line.
 */
#ifndef RUAD_ANSWER_PASTE_H
#define RUAD_ANSWER_PASTE_H

#include "answer/prose.h"
#include "dns/dns.h"

/*
 * Each gives the last paragraph its record, or none.
 *
 * An SPF record of its own for a domain, with an address alone: what else sends
 * for it is not known, so it ends with ~all.
 */
void paste_spf(struct prose *, const char *domain, const char *ip);

/*
 * The domain's SPF record, as it is known, with the address; nothing if it is
 * not known, or is none that counts.
 */
void paste_spf_with(struct prose *, const struct dns_source *known,
    const char *domain, const char *ip);

/* Where a key belongs, whose value only the signing server has. */
void paste_key(struct prose *, const char *selector, const char *domain);

/* The domain's DMARC record, as it is known, without a tag. */
void paste_dmarc_without(struct prose *, const struct dns_source *known,
    const char *domain, const char *tag);

/* A first DMARC record, with reports to dmarc@ the domain. */
void paste_dmarc(struct prose *, const char *domain);

/* The PTR record of an address, with this name of its host; NULL: "HOST". */
void paste_ptr(struct prose *, const char *ip, const char *host);

#endif
