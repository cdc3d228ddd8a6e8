/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a domain takes mail, and through which servers: RFC 5321, 5.1; RFC
 * 2181, 10.3; RFC 7505 (null MX).
 */
#ifndef RUAD_DNS_MX_H
#define RUAD_DNS_MX_H

#include "dns/dns.h"

enum mx_answer {
	MX_NO,
	MX_YES,
	MX_CANNOT_TELL, /* DNS did not answer */
};

struct mx_target {
	const char *name; /* lower case, no final dot; "" in a null MX */
	uint16_t preference;
	bool is_ip;              /* an address where a name must be */
	enum mx_answer is_alias; /* a CNAME: not allowed (RFC 2181, 10.3) */
	const char *canonical;   /* what it is an alias of, or NULL */
	/* Whether it has an address: an A or AAAA record. */
	enum mx_answer has_address;
	enum dns_status status; /* of the A record: is there such a name */
};

struct mx_facts {
	const char *domain;
	const struct dns_answer *answer; /* to the MX question */
	size_t n; /* best preference first; at most MX_TARGETS are looked at */
	const struct mx_target *targets;
	bool is_cut; /* there are more */
	/* "MX 0 .": no mail is wanted; is_null_mixed: but others are there. */
	bool is_null, is_null_mixed;
	/* No MX, but an address: mail goes there (RFC 5321, 5.1). */
	bool is_implicit;
	/*
	 * Whether mail can be delivered at all.  One target with an address is
	 * enough for MX_YES.
	 */
	enum mx_answer takes_mail;
	/* The first question that had no answer, whatever it was about. */
	struct dns_unanswered failed;
};

#define MX_TARGETS 20

/*
 * Ask for it all; memory is the arena's.  Return false, and leave out as it is,
 * if the domain is no name.
 */
bool mx_find(const struct dns_source *, const char *domain, struct arena *,
    struct mx_facts *out);

#endif
