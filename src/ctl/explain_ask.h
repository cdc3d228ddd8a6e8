/* SPDX-License-Identifier: BSD-2-Clause */
/* What is explained, and DNS asked about it. */
#ifndef RUAD_CTL_EXPLAIN_ASK_H
#define RUAD_CTL_EXPLAIN_ASK_H

#include "answer/explain_dns.h"
#include "base/err.h"
#include "ctl/options.h"
#include "dns/dns_client.h"

struct explain_ask {
	struct dns_client *client;
	struct dns_source source; /* what it was answered */
	struct explain_dns dns;
};

/*
 * Ask, as --dns and --server say, about facts that outlive it.  Nothing of it
 * is kept: there may be no database.  On failure there is nothing to free.
 */
int explain_ask(struct explain_ask *, const struct options *,
    const struct explain_facts *, struct err *);
void explain_ask_done(struct explain_ask *);

/* Refuse --server without --dns; what: the command. */
int explain_check_server(
    const struct options *, const char *what, struct err *);

#endif
