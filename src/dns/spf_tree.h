/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The records of a domain, one leading to the other, read in the order of RFC
 * 7208, 4.6.  Private to src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_TREE_H
#define RUAD_DNS_SPF_TREE_H

#include "dns/spf_walk.h"

/* Judge the domain, or keep all steps. */
void spf_tree_walk(struct spf_walk *, const char *domain);

#endif
