/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one term asks of DNS, and which addresses it matches.  Private to
 * src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_TERM_H
#define RUAD_DNS_SPF_TERM_H

#include "dns/spf_walk.h"

/* A term that is not SPF_BAD, include or redirect. */
void spf_term_walk(struct spf_walk *, struct spf_place);

enum spf_target {
	SPF_TARGET_NAME,
	SPF_TARGET_NONE,    /* it is no name that can be asked for */
	SPF_TARGET_UNKNOWN, /* it depends on the message */
	SPF_TARGET_STOP,    /* a limit is reached */
};

/* Count a term that looks up, and write the name that it leads to. */
enum spf_target spf_term_target(
    struct spf_walk *, struct spf_place, const char **name);

/*
 * The first name that the PTR records of the address give, that leads back to
 * it and is the domain or below it (5.5); with is_any, the best: the domain,
 * below it, any (7.3).  at counts what is asked.  NULL: there is none.
 */
const char *spf_term_validated(
    struct spf_walk *, struct spf_place at, const char *domain, bool is_any);

/* Fill in macros.domain, and macros.validated if these letters need it. */
void spf_term_macros(struct spf_walk *, uint32_t letters, const char *domain);

#endif
