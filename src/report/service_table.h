/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The facts of report/service.h.  A domain is in one of the tables only; all
 * domains of a service have one name and one kind.  No domain is a suffix below
 * which a registry sells names.  Pure.
 *
 * A fact is from the page that is named ("Vendor: title, year"), or was seen:
 * in headers, addresses or records that are public, or in real reports.
 */
#ifndef RUAD_REPORT_SERVICE_TABLE_H
#define RUAD_REPORT_SERVICE_TABLE_H

#include "report/service.h"

/* Not looked up anywhere. */
#define SERVICE_OWN "own knowledge"

/* Each sorted by domain. */
extern const struct service service_bulk[]; /* service */
extern const size_t service_bulk_size;
extern const struct service service_mail[]; /* mailbox, gateway, forwarder */
extern const size_t service_mail_size;
extern const struct service service_host[]; /* host, isp */
extern const size_t service_host_size;

#endif
