/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Services that send mail for others, by the domains of their signatures,
 * bounce addresses and hosts: facts that ruad brings along.  Pure.
 */
#ifndef RUAD_REPORT_SERVICE_H
#define RUAD_REPORT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

enum service_kind {
	SERVICE_SERVICE,   /* sends for organizations: newsletters, invoices */
	SERVICE_MAILBOX,   /* people have mailboxes there */
	SERVICE_GATEWAY,   /* filters or relays the mail of organizations */
	SERVICE_FORWARDER, /* forwards mail, or sends it to lists */
	SERVICE_HOST,      /* lets servers to anybody */
	SERVICE_ISP,       /* connects anybody */
	SERVICE_KINDS,
};

struct service {
	const char *domain; /* lower case; it and all below it */
	const char *name;
	enum service_kind kind;
	const char *from; /* the page and its year, or SERVICE_OWN */
};

/* The word for programs: "service", "mailbox" ... */
const char *service_kind_word(enum service_kind);

/*
 * Whether a source may be called by the name of such a service.  Not by that of
 * a host or an ISP: it is a customer of it.
 */
bool service_is_name(enum service_kind);

/*
 * Return the service of a domain, or of the longest domain that it is below.
 * Case and a final dot do not count.  NULL: none is known, or it is no domain.
 */
const struct service *service_find(const char *domain);

/* All of them, by number, each domain once. */
size_t service_count(void);
const struct service *service_at(size_t number);

#endif
