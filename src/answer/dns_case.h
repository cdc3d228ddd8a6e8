/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The judgement of one domain: what every check gets, and what they find out
 * for each other.  Checks run in the order of dns_judge(), and ask only through
 * case->source.
 */
#ifndef RUAD_ANSWER_DNS_CASE_H
#define RUAD_ANSWER_DNS_CASE_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/dns_facts.h"
#include "answer/dns_finding.h"
#include "answer/dns_history.h"
#include "dns/dmarc_find.h"
#include "dns/dns.h"
#include "dns/mx.h"
#include "dns/spf.h"

/* The policy file of MTA-STS, as somebody fetched it (RFC 8461, 3.3). */
struct dns_https {
	const char *url;
	bool is_unknown;     /* it could not be asked for at all */
	const char *failure; /* why there is none, as a sentence's end */
	int status;          /* of HTTP */
	const char *type;    /* Content-Type; "-": none */
	const char *body;    /* foreign bytes; NULL with failure */
	size_t len;
};

typedef const struct dns_https *dns_fetch_fn(
    void *arg, const char *url, const char *address);

struct dns_case {
	const char *domain;
	const struct dns_source *source;
	const struct dns_facts *facts;
	struct dns_history *history; /* NULL: nothing is known of before */
	struct dns_findings *findings;
	/* Fetch a file from the web server at this address; what it returns
	 * lives until the next call.  NULL: not wanted. */
	dns_fetch_fn *fetch;
	void *fetch_arg;

	/* Set by dns_check_dmarc(): what the others need. */
	bool has_dmarc; /* the domain can be asked for */
	struct dmarc_discovery dmarc;
	/* The record that applies; NULL: none, or cannot tell. */
	const struct dmarc_record *record;
	const char *record_name; /* "_dmarc.example.org" */
	/* Set by dns_check_mx(). */
	bool has_mx;
	struct mx_facts mx;
	/* Set by dns_check_spf(). */
	bool has_spf;
	struct spf_map spf;
	struct arena arena;
};

/*
 * "mailto:dmarc@example.org": of the first mailbox that ruad reads whose user
 * name can stand in rua=, else with this local part at the domain itself; NULL:
 * then NULL.
 */
const char *dns_case_mailto(struct dns_case *, const char *otherwise);

/*
 * What begins when a DMARC record that does not count yet is published, as the
 * end of what leads to it: " (p=reject takes effect ...)"; "": nothing, or
 * reports say that it loses no mail.
 */
const char *dns_case_effect(struct dns_case *, const char *record);

/* dns_history_since(); without a history, or if it cannot be read, not known.
 */
struct dns_since dns_case_since(const struct dns_case *,
    const struct dns_answer *, const char *name, const char *begin);

/* "changed on 2026-11-20"; "first seen on 2026-11-20", when nothing was known
 * before; NULL: it is not known. */
const char *dns_case_since_text(const struct dns_case *, struct dns_since);

/* Each check, and its rules, of which the last has no id. */
#define DNS_CHECKS(X) \
	X(servers) \
	X(mx) \
	X(dmarc) \
	X(rua) \
	X(spf) \
	X(spf_senders) \
	X(dkim) \
	X(seen) \
	X(tlsrpt) \
	X(mta_sts) \
	X(bimi)
#define DNS_CHECK_DECLARE(name) \
	void dns_check_##name(struct dns_case *); \
	extern const struct dns_rule dns_rules_##name[];
DNS_CHECKS(DNS_CHECK_DECLARE)

#endif
