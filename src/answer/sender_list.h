/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sent as a domain in a period: sources (addresses), what became of their
 * mail, and the senders that they are.  Everything that shows a sender, judges
 * failing mail or looks for what may be the admin's own asks this list.
 *
 * A list that is asked for one domain has that domain alone; a subdomain has
 * the reports about it as a policy domain, and the mail with it in From: that
 * reports about its organizational domain tell of.
 */
#ifndef RUAD_ANSWER_SENDER_LIST_H
#define RUAD_ANSWER_SENDER_LIST_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/record_keep.h"
#include "answer/sender_counts.h"
#include "answer/sender_name.h"
#include "answer/sender_network.h"
#include "answer/spf_known.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/query.h"

/*
 * Why mail of a source that nobody named may be the admin's own: a bit for
 * each, in the order of sender_sign_words.
 */
enum sender_sign {
	SENDER_SIGN_NETWORK, /* next to a server of the domain that passes */
	/* The domain is its envelope sender, again and again: forgers, who do
	 * the same, come and go. */
	SENDER_SIGN_ENVELOPE,
	SENDER_SIGN_NAME,    /* PTR or HELO under the domain */
	SENDER_SIGN_SERVICE, /* passes as a service that organizations use */
	SENDER_SIGN_STOPPED, /* passed before and stopped passing */
	/* Passes as another organization, again and again, and nothing in its
	 * mail says that it forwards the domain's. */
	SENDER_SIGN_REGULAR,
	SENDER_SIGN_RECORD, /* the domain's SPF record has it, by its own term
	                     */
	SENDER_SIGNS,
};
#define SENDER_SIGN_BIT(sign) (1U << (sign))

extern const char *const sender_sign_words[]; /* NULL ends them */

/* "it is next to your servers": the same as a clause for people. */
const char *sender_sign_title(enum sender_sign);

/* Add these clauses of all signs, with what stands between two. */
void sender_signs_add(struct buf *, unsigned int signs, const char *between);

/*
 * The days of results: bit 0 is the last day of the period, bit 63 is 63 days
 * before; days before the period are there too, as far as the list looks.
 */
struct sender_days {
	uint64_t pass, fail;
};

struct sender_source {  /* one address as one domain */
	int64_t id;     /* of the table source; 0: reports had no address */
	const char *ip; /* NULL: they had none */
	uint8_t key[SENDER_KEY]; /* as source.ip_key; zero without an address */
	size_t domain;           /* number in domains */
	size_t sender;           /* number in senders */
	const char *kind; /* of the admin's sender; NULL: nobody named it */
	const char *ptr, *ptr_domain, *as_name, *country; /* NULL: not known */
	int64_t asn;                                      /* 0: not known */
	const char *as_label;  /* its name, or "AS64500"; NULL: not known */
	const char *ptr_claim; /* a name that is not confirmed; NULL */
	struct sender_name name;
	/* By the domain's SPF record, if ruactl dns has looked it up. */
	struct spf_known in_spf;
	struct sender_counts counts;
	/* As sender_days: when mail failed that passes as somebody else. */
	uint64_t other_days;
	struct sender_days dmarc, dkim, spf; /* dkim, spf: aligned results */
	bool passes_own_spf;                 /* of the domain itself */
	unsigned int
	    signs; /* of the source, also if nothing of it is unknown */
	/*
	 * The selector of its last signature for the domain that failed after
	 * one of the domain had passed: DKIM stopped.  NULL: it did not.
	 */
	const char *stopped_selector;
	const char *selector; /* of its last one that passed; NULL: none did */
	bool dkim_stopped, spf_stopped;
	int64_t stopped_day; /* the first day without a pass; 0: none */
	int64_t first_seen;  /* the first day, as any domain; 0: not known */
	/* Of mail that failed alike, the most messages: how many, and one of
	 * their records; 0: nothing failed. */
	int64_t record_messages, record;
};

struct sender { /* sources with one name, as one domain */
	size_t domain;
	const char *who;  /* what to call it; of one address: the address */
	const char *kind; /* by the admin; NULL */
	enum sender_evidence evidence; /* the best of its sources */
	const struct service *service;
	const char *author; /* as in struct sender_name */
	/* As whom else its sources pass, as in struct sender_name; the share of
	 * its messages, those before the period included, in per cent. */
	const char *also;
	int also_percent; /* 0: less than one */
	/* Where all its addresses are; 0, NULL: not known, or not the same. */
	int64_t asn;
	const char *country;
	int64_t addresses; /* sources with an address */
	struct sender_counts counts;
	unsigned int signs; /* of sources with unknown failing mail */
	bool is_new; /* nothing of it, by name or network, was seen before */
	size_t first, n; /* its sources, in the list's order */
};

enum sender_by {
	SENDER_GROUPED,  /* by name, without a name by network */
	SENDER_NETWORKS, /* by /24 and /64 */
	SENDER_ADDRESSES,
};

struct sender_domain {
	const char *name;
	struct sender_counts counts;
	/* As subdomains without a policy of their own: sp= is for them. */
	struct sender_counts below;
	bool has_known; /* mail of an own server or a service in use came */
};

struct sender_list {
	struct array domains; /* of struct sender_domain, the most messages
	                         first */
	struct array senders; /* of struct sender, by domain, the most messages
	                         first */
	struct array sources; /* of struct sender_source, by sender, the most
	                         messages first */
	struct array gone;    /* struct sender_source: before the period only */
	struct map by_source; /* (domain, id) -> number in senders */
	struct map names;     /* of policy domains -> number in domains */
	struct map daily;     /* (source id, day) -> messages; see by_day */
	/* Of the reports, as far as there is room; see keep. */
	struct record_keep records;
	struct spf_records *spf; /* of the domains */
	struct arena strings;
	struct period period;
};

struct sender_question {
	struct period period;
	const char *domain; /* NULL: all */
	/* Only domains as which this address sent in the period; NULL: any. */
	const char *ip;
	enum sender_by by;
	bool by_day; /* fill daily; for questions about one domain */
	bool keep;   /* fill records: they are read again */
};

/*
 * Load it.  How many days before the period are looked at for what passed then:
 * as many as it has, so that the two can be compared, and RULE_BEFORE_DAYS
 * with it at least.  sender_list_done() comes in any case.
 */
int sender_list_load(struct sender_list *, struct query_db *,
    const struct sender_question *, struct err *);
void sender_list_done(struct sender_list *);

/* Return whether a policy domain is in the list, and if so tell its number. */
bool sender_list_find_domain(
    const struct sender_list *, const char *domain, size_t *number);

/* Return the sender of a source as the domain number i; NULL: there is none. */
const struct sender *sender_list_at(
    const struct sender_list *, size_t i, int64_t source_id);

/*
 * Return the sender of a source of the database (0: the reports' missing
 * address) as a policy domain; NULL: it is not in the list.
 */
const struct sender *sender_list_find(
    const struct sender_list *, const char *domain, int64_t source_id);

/*
 * Compare two elements of an array of const struct sender *, of one list: the
 * most failing messages first, else as in the list.
 */
int sender_compare_failing(const void *, const void *);

/* Whether it has this name: in any case, a domain as people write it. */
bool sender_is_called(const struct sender *, const char *who);

/*
 * Return the sender of this name, network or address as the domain number i;
 * NULL: there is none.
 */
const struct sender *sender_list_named(
    const struct sender_list *, size_t domain, const char *who);

/* Return the name that is nearest to this one; NULL: none is near. */
const char *sender_list_nearest(
    const struct sender_list *, size_t domain, const char *who);

#endif
