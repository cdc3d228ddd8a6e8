/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a name server sent (RFC 1035, 4), read by ruactl.  Every byte is
 * foreign: a reply that does not answer the question, contradicts itself or
 * ends too early is DNS_FAILED, not half an answer.
 */
#ifndef RUAD_DNS_DNS_REPLY_H
#define RUAD_DNS_DNS_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "dns/dns.h"

enum dns_rcode {
	DNS_RCODE_NONE = -1, /* too short to have one */
	DNS_RCODE_OK = 0,
	DNS_RCODE_FORMERR = 1,
	DNS_RCODE_SERVFAIL = 2,
	DNS_RCODE_NXDOMAIN = 3,
	DNS_RCODE_NOTIMP = 4,
	DNS_RCODE_REFUSED = 5,
};

/* The response code of a reply. */
enum dns_rcode dns_reply_rcode(const void *, size_t);

/*
 * Read the answer to a question of this type, name as dns_write_name() writes
 * it, that came at the time now.  Aliases are followed within the reply.
 * Records with a name that dns_is_name() refuses are left out.  A PTR record
 * is foreign to the address that it names: if there is none else, the name has
 * none; if it is the only one of another type, that is a failure.
 */
const struct dns_answer *dns_reply_read(struct arena *, enum dns_type,
    const char *name, const void *, size_t, int64_t now);

/* The failure that a response code means, but for OK and NXDOMAIN. */
const char *dns_reply_failure(enum dns_rcode);

#endif
