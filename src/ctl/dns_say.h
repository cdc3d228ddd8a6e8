/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found of a domain's DNS, for people. */
#ifndef RUAD_CTL_DNS_SAY_H
#define RUAD_CTL_DNS_SAY_H

#include "answer/dns_finding.h"
#include "show/output.h"

/* whom: who was asked, such as "asked 127.0.0.1:53, 14 questions". */
void dns_say(struct output *, const char *domain, const char *whom,
    const struct dns_findings *);

#endif
