/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the database tells of a domain whose DNS is judged: selectors in use,
 * policies that reporters saw, who sends, and where ruad reads reports.
 */
#ifndef RUAD_ANSWER_DNS_FACTS_H
#define RUAD_ANSWER_DNS_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/query.h"

#define DNS_FACTS_DAYS 90      /* "in use": seen in so many days */
#define DNS_FACTS_LONG 400     /* what was in use before */
#define DNS_FACTS_SELECTORS 40 /* that are asked for */
#define DNS_FACTS_SOURCES 5000 /* that are looked for in the SPF record */

/* A signature's s= and d=; messages are of DNS_FACTS_DAYS. */
struct dns_selector {
	const char *selector, *domain;
	int64_t messages, pass, fail;
	int64_t first_day, last_day; /* of DNS_FACTS_LONG; 0: of --selector */
	int64_t pass_day;            /* the last on which it passed; 0: none */
	bool is_asked;               /* by --selector */
};

/* The newest policy that a reporter tells. */
struct dns_seen {
	const char *reporter;
	int64_t day, begin_ts, end_ts;
	const char *p, *sp, *np, *adkim, *aspf, *testing; /* NULL: not said */
	int64_t pct;                                      /* -1: not said */
};

/* A source of mail whose envelope sender is of the domain. */
struct dns_sender {
	const char *ip;
	int64_t messages; /* of DNS_FACTS_DAYS */
	/* Of these: signed by the domain, SPF did not pass, not forwarded. */
	int64_t signed_only;
	bool is_forwarder; /* or hostile: the admin says so */
};

struct dns_facts {
	const char *domain;
	int64_t now;
	int64_t messages;   /* of DNS_FACTS_DAYS */
	int64_t last_day;   /* of the newest report about it; 0: none */
	int64_t first_day;  /* of the oldest one; 0: none */
	int64_t newest_day; /* of the newest report of all; 0: none */
	int64_t polled_ts;  /* the last good poll of any mailbox; 0: none */
	/* Of struct dns_selector, those that most reporters tell of first: one
	 * of them, who may be a forger, cannot push out the others. */
	struct array selectors;
	struct array seen;      /* of struct dns_seen, newest first */
	struct array senders;   /* of struct dns_sender, busiest first */
	bool senders_cut;       /* there are more */
	struct array mailboxes; /* of const char *: user names */
	/* By answer/ready.h: p=quarantine, or p=reject, could be published. */
	bool is_ready_quarantine, is_ready_reject;
	struct arena arena;
};

/*
 * domain is a policy domain as the database has it; selectors are those of
 * --selector, NULL ends them.  dns_facts_done() comes in any case.
 */
int dns_facts_load(struct dns_facts *, struct query_db *, const char *domain,
    const char *const *selectors, int64_t now, struct err *);
void dns_facts_done(struct dns_facts *);

/* Whether DNS could have records of it, so that there is something to judge. */
bool dns_facts_is_domain(const char *);

/* Whether mail was seen with this domain in From: or as policy domain. */
bool dns_facts_has_mail(const struct dns_facts *);

/*
 * All policy domains of reports that can be asked for: an array of const char
 * *, of the arena.  Strangers may send reports about any domain, so that those
 * known longest come first.
 */
int dns_facts_domains(
    struct query_db *, struct array *, struct arena *, struct err *);

#endif
