/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record at default._bimi.DOMAIN that says where the logo of a sender is:
 * draft-brand-indicators-for-message-identification, 4.2.  Pure; the text is
 * foreign.
 */
#ifndef RUAD_DNS_BIMI_RECORD_H
#define RUAD_DNS_BIMI_RECORD_H

#include "dns/tag_list.h"

/* What is wrong with the place of a logo or of its evidence. */
enum bimi_uri_fault {
	BIMI_URI_OK,
	BIMI_URI_EMPTY,     /* "l=": declines to have a logo; "a=": none */
	BIMI_URI_NOT_HTTPS, /* another scheme, or none */
	BIMI_URI_NOT_SVG,   /* l= does not end in .svg or .svgz */
	BIMI_URI_NOT_PEM,   /* a= does not end in .pem */
	BIMI_URI_BAD,       /* no host, white space, other bytes than ASCII */
	BIMI_URI_ABSENT,    /* no such tag */
	BIMI_URI_FAULTS,
};

extern const char *const bimi_uri_fault_words[]; /* NULL ends them */

struct bimi_record {
	const char *text;
	enum tag_version version; /* all but TAG_VERSION_OK: ignored */
	const char *location;     /* l=; NULL: absent */
	enum bimi_uri_fault location_fault;
	const char *evidence; /* a=; NULL: absent */
	enum bimi_uri_fault evidence_fault;
	bool is_declined; /* l= and a= are empty: no logo, on purpose */
	bool is_usable;   /* version and location are good */
	size_t nproblems;
	const struct tag_problem *problems;
	struct tag_list tags;
};

extern const struct tag_kind bimi_kind; /* for tag_list_choose() */

/* All strings are the arena's; text is copied. */
void bimi_record_parse(const char *text, struct arena *, struct bimi_record *);

#endif
