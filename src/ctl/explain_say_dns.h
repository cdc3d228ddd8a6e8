/* SPDX-License-Identifier: BSD-2-Clause */
/* What DNS says today of a message, as people and programs get it. */
#ifndef RUAD_CTL_EXPLAIN_SAY_DNS_H
#define RUAD_CTL_EXPLAIN_SAY_DNS_H

#include "answer/explain_dns.h"
#include "base/buf.h"
#include "show/output.h"

void explain_say_dns(struct output *, const struct explain_dns *);

/* The member "dns", after a comma; null if it was not asked. */
void explain_add_dns(struct buf *, const struct explain_dns *);

#endif
