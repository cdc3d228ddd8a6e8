/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The syntax of SPF records: terms (RFC 7208, 4.6.1, 5, 6) and macros (7).
 * What is read is foreign.  Private to src/dns/spf*.c.
 */
#ifndef RUAD_DNS_SPF_SYNTAX_H
#define RUAD_DNS_SPF_SYNTAX_H

#include "dns/spf.h"

/* "v=spf1", in any case, then a blank or the end (RFC 7208, 4.5). */
bool spf_is_record(const char *text, size_t len);

/*
 * Read one term of len bytes, which hold no blank; strings are from the arena.
 * One with an error is of kind SPF_BAD.
 */
void spf_read_term(
    struct arena *, const char *text, size_t len, struct spf_term *);

/*
 * Read the terms of record->text into terms, nterms, has_bad, all, redirect and
 * own_lookups.
 */
void spf_read_terms(struct arena *, struct spf_record *);

/*
 * Whether all uses of % are right.  Letters that only explanations may have (c,
 * r, t) count as wrong unless is_text.  *letters gets those that occur, as in
 * struct spf_term.
 */
bool spf_check_macros(
    const char *, size_t len, bool is_text, uint32_t *letters);

/* What macros stand for: the letters of RFC 7208, 7.2. */
struct spf_macros {
	const char *local;         /* l */
	const char *sender_domain; /* o */
	const char *domain;        /* d */
	const char *reverse_ip;    /* v: "in-addr" or "ip6" */
	char dotted[64];           /* i: with dots, also of IPv6 */
	char ip[46];               /* c: as people read it */
	const char *validated;     /* p */
	const char *helo;          /* h */
	const char *receiver;      /* r */
	int64_t now;               /* t */
};

/* Add the text with its macros expanded; spf_check_macros() accepts it. */
void spf_expand(struct buf *, const char *text, const struct spf_macros *);

/*
 * The name to ask for (RFC 7208, 7.3): expanded, cut from the left to 253
 * bytes, in lower case, without a final dot.  It is written to out, from the
 * arena, also if it cannot be asked for: false then.
 */
bool spf_expand_name(struct arena *, const char *text,
    const struct spf_macros *, const char **out);

#endif
