/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_judge.h"

#include <stdio.h>

#include "answer/dns_edit.h"

void
dns_judge(const struct dns_question *q, struct dns_findings *findings)
{
	static void (*const checks[])(struct dns_case *) = {
#define CHECK(name) dns_check_##name,
		DNS_CHECKS(CHECK)
#undef CHECK
	};
	struct dns_case c = {
		.domain = q->facts->domain,
		.source = q->source,
		.facts = q->facts,
		.history = q->history,
		.findings = findings,
		.fetch = q->fetch,
		.fetch_arg = q->fetch_arg,
	};
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](&c);
	dns_edit_merge(&c);
	if (c.has_spf)
		spf_map_done(&c.spf);
	dns_findings_sort(findings);
	arena_done(&c.arena);
}

void
dns_judge_prepare(const struct dns_facts *facts,
    void (*ask)(void *arg, enum dns_type, const char *name), void *arg)
{
	static const struct {
		const char *prefix;
		enum dns_type type;
	} always[] = {
		{ "", DNS_TXT },
		{ "", DNS_MX },
		{ "", DNS_NS },
		{ "_dmarc.", DNS_TXT },
		{ "_dmarc.", DNS_CNAME },
		{ "_smtp._tls.", DNS_TXT },
		{ "_mta-sts.", DNS_TXT },
		{ "default._bimi.", DNS_TXT },
	};
	const struct dns_selector *s = facts->selectors.at;
	char name[2 * DNS_NAME + 16];
	size_t i;

	for (i = 0; i < sizeof(always) / sizeof(always[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", always[i].prefix,
		    facts->domain);
		ask(arg, always[i].type, name);
	}
	for (i = 0; i < facts->selectors.n && i < DNS_FACTS_SELECTORS; i++) {
		snprintf(name, sizeof(name), "%s._domainkey.%s", s[i].selector,
		    s[i].domain);
		ask(arg, DNS_TXT, name);
	}
}
