/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where reports go: the URIs of rua and ruf (RFC 9989, 4.6 and 4.8; RFC 7489,
 * 6.2; RFC 8460, 3).  Pure; the text is foreign.
 */
#ifndef RUAD_DNS_REPORT_URI_H
#define RUAD_DNS_REPORT_URI_H

#include "dns/tag_list.h"

enum report_uri_fault {
	REPORT_URI_OK,
	REPORT_URI_EMPTY,     /* nothing between two commas */
	REPORT_URI_NO_SCHEME, /* "d@example.org" without "mailto:" */
	REPORT_URI_SCHEME,    /* another scheme than those of the RFC */
	REPORT_URI_ADDRESS,   /* not one address: "mailto://d@example.org" */
	REPORT_URI_ESCAPE,    /* "!" or "%" that is no escape within it */
	REPORT_URI_SIZE,      /* what is behind "!" is no size */
	REPORT_URI_BYTES,     /* white space, or other bytes than ASCII */
	REPORT_URI_FAULTS,
};

extern const char *const report_uri_fault_words[]; /* NULL ends them */

struct report_uri {
	const char *text;    /* as in the record, without space around it */
	const char *scheme;  /* lower case; NULL: none */
	const char *mailbox; /* "d@example.org", escapes decoded; else NULL */
	const char *host;    /* lower case, a dns_is_name(); else NULL */
	bool has_limit;      /* "!10m" (RFC 7489, 6.2) */
	uint64_t limit;      /* bytes; what is too big is UINT64_MAX */
	enum report_uri_fault fault;
	const char *suggestion; /* the whole URI, if what is meant is plain */
};

struct report_uris {
	size_t n;
	const struct report_uri *uris;
};

/* Whose list it is. */
enum report_uri_kind {
	REPORT_URI_DMARC, /* mailto, with "!" and a size */
	REPORT_URI_TLS,   /* mailto and https (RFC 8460, 3) */
};

#define REPORT_URIS 32 /* of one list; what is beyond is left out */

/*
 * The list of URIs in a value.  Those with another scheme are
 * REPORT_URI_SCHEME: valid, but of no use.  For each that is not REPORT_URI_OK,
 * TAG_BAD_URI is added.
 */
void report_uris_parse(struct tag_list *, const struct tag *,
    enum report_uri_kind, struct report_uris *);

/*
 * How many are valid by RFC 3986, whatever their scheme, and whether or not
 * mail can be sent there.
 */
size_t report_uris_count_valid(const struct report_uris *);

#endif
