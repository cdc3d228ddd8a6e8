/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether two domains are aligned in the sense of DMARC.  The organizational
 * domain comes from libpsl's builtin list: no file, no DNS.  Pure; the domains
 * may come from anybody.
 */
#ifndef RUAD_REPORT_ALIGN_H
#define RUAD_REPORT_ALIGN_H

#include <stdbool.h>

/*
 * Strict: the same domain.  Relaxed: the same organizational domain.  Case and
 * a final dot do not count.  NULL and "" are aligned with nothing; addresses,
 * single labels, public suffixes and names that are not ASCII only with
 * themselves.
 */
bool align_domains(const char *, const char *, bool strict);

#endif
