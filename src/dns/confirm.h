/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host name of an address, believed only if the name has that address:
 * "iprev" (RFC 8601, 2.7.3), with the limits of RFC 7208, 5.5 and below.
 */
#ifndef RUAD_DNS_CONFIRM_H
#define RUAD_DNS_CONFIRM_H

#include "base/buf.h"
#include "dns/dns.h"

struct dns_client;

#define CONFIRM_NAMES 5 /* of one address; the others are not tried */
#define CONFIRM_IP 46   /* bytes of an address in text, and the NUL */

enum confirm_status {
	CONFIRM_OK,
	CONFIRM_NONE,        /* there is no PTR record */
	CONFIRM_UNCONFIRMED, /* there are, but no name has the address */
	CONFIRM_FAILED,      /* DNS did not tell */
	CONFIRM_NOT_ASKED,   /* nor did anybody ask */
};

/* An address under way.  Zero it, and leave it where it is. */
struct confirm {
	char ip[CONFIRM_IP];
	struct dns_client *client;
	const struct dns_answer *ptr; /* NULL: not answered yet */
	size_t n;
	struct confirm_name {
		struct confirm *of;
		const char *name;
		const struct dns_answer *answer;
	} names[CONFIRM_NAMES];
};

/* Ask.  When dns_client_run() has returned, confirm_judge() knows. */
void confirm_start(struct confirm *, struct dns_client *, const char *ip);

/*
 * The names that are to be tried, for confirm_start() and for tests: what has
 * bytes that no host name has is not.
 */
void confirm_take_ptr(struct confirm *, const struct dns_answer *);

/* A or AAAA: what a name must have. */
enum dns_type confirm_type(const struct confirm *);

/*
 * What came of it.  *name: the confirmed name, or of CONFIRM_UNCONFIRMED the
 * first one that there is, which may be any bytes; NULL for the others.  As
 * long as the answers live.
 */
enum confirm_status confirm_judge(const struct confirm *, const char **name);

#endif
