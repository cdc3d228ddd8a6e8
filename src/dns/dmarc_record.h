/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One TXT record as DMARC reads it: RFC 9989, 4.7 and 4.8, and RFC 7489, 6.3,
 * which many receivers still follow.  Pure; the text is foreign.
 */
#ifndef RUAD_DNS_DMARC_RECORD_H
#define RUAD_DNS_DMARC_RECORD_H

#include "dns/report_uri.h"
#include "dns/tag_list.h"

/* In the order of what they ask for, so that they can be compared. */
enum dmarc_policy {
	DMARC_ABSENT,  /* no such tag */
	DMARC_INVALID, /* a value that is none of these */
	DMARC_NONE,
	DMARC_QUARANTINE,
	DMARC_REJECT,
};

/* "none", "quarantine", "reject"; NULL: neither. */
const char *dmarc_policy_word(enum dmarc_policy);

/* One level less, as receivers act with t=y (RFC 9989, 4.7). */
enum dmarc_policy dmarc_policy_lower(enum dmarc_policy);

enum dmarc_psd {
	DMARC_PSD_UNKNOWN, /* "u", or no such tag, or another value */
	DMARC_PSD_YES,
	DMARC_PSD_NO,
};

#define DMARC_FO_ALL 1U  /* "0" */
#define DMARC_FO_ANY 2U  /* "1" */
#define DMARC_FO_DKIM 4U /* "d" */
#define DMARC_FO_SPF 8U  /* "s" */

/* What receivers of one RFC make of a record. */
struct dmarc_reading {
	/*
	 * Whether they heed it at all: v=DMARC1 is first, and p, sp (and np)
	 * are good or there is a valid URI in rua (RFC 7489, 6.6.3; RFC 9989,
	 * 4.10.1).
	 */
	bool is_used;
	/*
	 * They act as if it said p=none: p is missing or p, sp or np are
	 * invalid, but rua has a valid URI.  Of a missing p alone, sp and np
	 * stay what they are (RFC 9989, 4.7).
	 */
	bool is_fallback;
	/* Of is_used: with defaults filled in, DMARC_NONE or more. */
	enum dmarc_policy p;
	enum dmarc_policy sp; /* subdomains */
	enum dmarc_policy np; /* names that do not exist; 7489: as sp */
	bool is_testing;      /* t=y; always false by RFC 7489 */
	unsigned int pct;     /* of failing messages; always 100 by RFC 9989 */
	enum dmarc_psd psd;   /* always unknown by RFC 7489 */
};

struct dmarc_record {
	const char *text;
	enum tag_version version; /* all but TAG_VERSION_OK: ignored */
	/* The tags as they are, before defaults. */
	enum dmarc_policy p, sp, np;
	enum dmarc_psd psd;
	bool has_psd, has_t, is_testing;
	bool adkim_strict, aspf_strict;
	bool has_adkim, has_aspf;
	unsigned int fo;  /* DMARC_FO_...; DMARC_FO_ALL if absent */
	bool has_fo;      /* without ruf, it is of no effect */
	int64_t pct;      /* -1: absent or invalid */
	int64_t ri;       /* seconds; -1: absent or invalid */
	const char *rf;   /* NULL: absent */
	bool is_p_second; /* as RFC 7489, 6.3 demands */
	bool has_rua, has_ruf;
	struct report_uris rua, ruf;
	struct dmarc_reading rfc9989, rfc7489;
	/*
	 * All of them, in the order of the record; TAG_MISSING of p, too, and
	 * TAG_OBSOLETE of pct, rf, ri.  A size limit (obsolete) is only in the
	 * URIs.
	 */
	size_t nproblems;
	const struct tag_problem *problems;
	struct tag_list tags;
};

extern const struct tag_kind dmarc_kind;

/* All strings are the arena's; text is copied. */
void dmarc_record_parse(
    const char *text, struct arena *, struct dmarc_record *);

#endif
