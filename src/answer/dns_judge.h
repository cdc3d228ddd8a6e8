/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether the DNS of a domain is right: all checks, one after the other.  Asks
 * a source (the network, or what the database keeps) and prints nothing.
 *
 *	struct dns_facts facts;
 *	struct dns_findings found = { 0 };
 *	struct dns_question question = {
 *		.source = &source, .facts = &facts, .history = history,
 *	};
 *
 *	rc = dns_facts_load(&facts, db, domain, NULL, io_time(), err);
 *	if (rc == 0)
 *		dns_judge(&question, &found);
 *	dns_findings_done(&found);
 *	dns_facts_done(&facts);
 */
#ifndef RUAD_ANSWER_DNS_JUDGE_H
#define RUAD_ANSWER_DNS_JUDGE_H

#include "answer/dns_case.h"

struct dns_question {
	const struct dns_source *source;
	const struct dns_facts *facts;
	struct dns_history *history; /* NULL: none */
	/* As in struct dns_case; NULL: no policy file is fetched. */
	dns_fetch_fn *fetch;
	void *fetch_arg;
};

/* Judge facts->domain; findings come sorted. */
void dns_judge(const struct dns_question *, struct dns_findings *);

/*
 * Call ask for each question that dns_judge() is sure to have, so that all of
 * them can be under way at once.
 */
void dns_judge_prepare(const struct dns_facts *,
    void (*ask)(void *arg, enum dns_type, const char *name), void *arg);

#endif
