/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules by which sources have senders, in memory: how they are written,
 * what each one matches, and which one wins.
 */
#ifndef RUAD_STORE_STORE_RULE_H
#define RUAD_STORE_STORE_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "report/align.h"
#include "store/store.h"

#define STORE_IP_KEY 16 /* bytes of source.ip_key */

struct record;
struct service;

/* What is matched; of several rules the first kind wins. */
enum store_match {
	STORE_MATCH_CIDR,
	STORE_MATCH_RANGE, /* as good as a network: the narrower one wins */
	STORE_MATCH_PTR,
	STORE_MATCH_SPF,
	STORE_MATCH_DKIM,
	STORE_MATCH_ASN,
	STORE_MATCHES,
};

/* The words of sender_rule.match. */
extern const char *const store_match_words[STORE_MATCHES];

/* One rule; the strings and numbers that its kind does not have are zero. */
struct store_rule {
	enum store_match match;
	char value[256];                            /* as in sender_rule */
	size_t len;                                 /* of value */
	uint8_t lo[STORE_IP_KEY], hi[STORE_IP_KEY]; /* cidr, range */
	int64_t asn;
	char org[ALIGN_DOMAIN];        /* dkim: its organization */
	const struct service *service; /* dkim: of its domain, or NULL */
	int64_t id, sender_id;
	struct store_cover cover; /* set by store_apply_senders() */
};

/*
 * All of them, the one that wins first.  Zeroed: not read yet.  They are read
 * when they are needed first, and again after store_forget().
 */
struct store_rules {
	struct array all;             /* of struct store_rule */
	size_t first_domain, domains; /* those of SPF and DKIM among them */
	bool is_loaded;
};

/* What is known of a source by itself. */
struct store_facts {
	uint8_t key[STORE_IP_KEY];
	const char *ptr, *ptr_domain; /* NULL: not known */
	int64_t asn;                  /* 0: not known */
};

/* --- one rule as text (store_rule_text.c) ------------------------------- */

/* Read what the admin typed; ERR_USAGE says what is wrong with it.  Pure. */
int store_read_rule(const char *text, struct store_rule *, struct err *);

/*
 * Whether to take a rule that is new: one for everybody would judge what nobody
 * has seen.  ERR_USAGE: it is wider than /8, or /32 of IPv6.
 */
int store_check_rule(const char *text, const struct store_rule *, struct err *);

/* --- what they match (store_rule.c) ------------------------------------- */

/* Read the rules, if they are not there. */
int store_load_rules(struct store *, struct err *);
static inline void
store_forget_rules(struct store_rules *rules)
{
	array_done(&rules->all);
	*rules = (struct store_rules) { .is_loaded = false };
}

/* Put two rules in the order in which they win, for qsort(). */
int store_compare_rules(const void *, const void *);

/* Whether a network, range, PTR domain or AS rule matches a source. */
bool store_rule_has_source(
    const struct store_rule *, const struct store_facts *);

/* The rule that wins by what is known of a source by itself; NULL: none. */
const struct store_rule *store_find_rule(
    const struct store_rules *, const struct store_facts *);

/*
 * Whether what passed in a record matches an SPF or DKIM rule.  SPF by HELO
 * counts only where none passed for an envelope sender.  A signature is no
 * evidence where somebody else handed the message over: SPF passed for another
 * organization (than the signer's and the author's), or failed for the
 * signer's own.
 */
bool store_rule_has_record(const struct store_rule *, const struct record *);

/* --- by what reports say (store_evidence.c) ----------------------------- */

/* Name a source after a rule; NULL: it has no name any more. */
int store_name_source(
    struct store *, int64_t source_id, const struct store_rule *, struct err *);

/*
 * A record of this source came: name it, unless something as strong did.
 * Without SPF and DKIM rules nothing is done.
 */
int store_name_by_record(
    struct store *, int64_t source_id, const struct record *, struct err *);

/* The same for all records that are counted of a report. */
int store_name_by_report(struct store *, int64_t report_id, struct err *);

/* Name all sources anew, and count what each rule covers. */
int store_name_all(struct store *, struct err *);

#endif
