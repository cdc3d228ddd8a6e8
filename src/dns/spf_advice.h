/* SPDX-License-Identifier: BSD-2-Clause */
/* What spf_read() tells of records beside errors.  Private to src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_ADVICE_H
#define RUAD_DNS_SPF_ADVICE_H

#include "dns/spf_walk.h"

/* Add the problems of all records of a walk that has ended. */
void spf_advise(struct spf_walk *);

#endif
