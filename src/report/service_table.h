/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of report/service.h.  A domain is in one table only, below no
 * public suffix of its own registry, and has the name and kind that it has
 * elsewhere.
 */
#ifndef RUAD_REPORT_SERVICE_TABLE_H
#define RUAD_REPORT_SERVICE_TABLE_H

#include "report/service.h"

/* No page says so, or none was read. */
#define SERVICE_OWN "own knowledge"

/* Each sorted by domain. */
extern const struct service service_bulk[]; /* service */
extern const size_t service_bulk_size;
extern const struct service service_mail[]; /* mailbox, gateway, forwarder */
extern const size_t service_mail_size;
extern const struct service service_host[]; /* host, isp */
extern const size_t service_host_size;

#endif
