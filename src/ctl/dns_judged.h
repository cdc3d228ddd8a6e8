/* SPDX-License-Identifier: BSD-2-Clause */
/* One domain, asked for and judged: what dns and check --dns begin with. */
#ifndef RUAD_CTL_DNS_JUDGED_H
#define RUAD_CTL_DNS_JUDGED_H

#include "answer/dns_facts.h"
#include "answer/dns_finding.h"
#include "answer/dns_judge.h"
#include "ctl/dns_ask.h"
#include "ctl/https_fetch.h"

/*
 * Of many domains: when nobody answered about so many in a row, it is not the
 * name servers of these, and no more are asked for.
 */
#define DNS_JUDGED_SILENT 3

struct dns_judged {
	struct dns_facts facts;
	struct dns_findings found;
	struct dns_asking asking;
	struct https_fetch fetch;
	struct dns_question question; /* the one that was judged */
};

/*
 * Ask and judge; the struct must stay where it is.  dns_judged_done() comes in
 * any case.  ERR_NET: no name server answers anything.
 */
int dns_judged_load(struct dns_judged *, const struct options *,
    struct query_db *, const char *domain, struct err *);
void dns_judged_done(struct dns_judged *);

/* After ERR_NET: see dns_asking_is_refused(). */
bool dns_judged_is_refused(struct dns_judged *);

#endif
