/* SPDX-License-Identifier: BSD-2-Clause */
/* ruactl dns DOMAIN IP: whether the SPF record of a domain allows an address.
 */
#ifndef RUAD_CTL_DNS_ADDRESS_H
#define RUAD_CTL_DNS_ADDRESS_H

#include "base/err.h"
#include "ctl/dns_ask.h"

/*
 * Ask, judge and print.  *status gets the exit status: 0 if it passes, 1 if
 * not, that of ERR_NET if DNS did not tell.  ERR_USAGE: ip is not an address.
 */
int dns_address_show(struct dns_asking *, struct output *, struct query_db *,
    const char *domain, const char *ip, int *status, struct err *);

#endif
