/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_case.h"

#include <string.h>

const char *
dns_case_mailto(struct dns_case *c, const char *otherwise)
{
	const char *const *mailbox = c->facts->mailboxes.at;
	struct dmarc_record r;
	size_t i;

	for (i = 0; i < c->facts->mailboxes.n; i++) {
		dmarc_record_parse(
		    dns_print(c->findings, "v=DMARC1; p=none; rua=mailto:%s",
		        mailbox[i]),
		    &c->arena, &r);
		if (r.rua.n == 1 && r.rua.uris[0].fault == REPORT_URI_OK &&
		    !r.rua.uris[0].has_limit && r.tags.n == 3)
			return r.rua.uris[0].text;
	}
	return otherwise != NULL
	    ? dns_print(c->findings, "mailto:%s@%s", otherwise, c->domain)
	    : NULL;
}

struct dns_since
dns_case_since(const struct dns_case *c, const struct dns_answer *answer,
    const char *name, const char *begin)
{
	struct dns_since since = { 0 };
	struct err ignored = ERR_INIT;

	if (c->history != NULL)
		dns_history_since(
		    c->history, answer, name, begin, &since, &ignored);
	return since;
}

const char *
dns_case_since_text(const struct dns_case *c, struct dns_since since)
{
	if (!since.is_known)
		return NULL;
	if (since.is_change)
		return dns_print(c->findings, "changed on %s",
		    dns_date(c->findings, since.ts));
	return dns_print(
	    c->findings, "first seen on %s", dns_date(c->findings, since.ts));
}

const char *
dns_case_effect(struct dns_case *c, const char *text)
{
	struct dmarc_record r;
	enum dmarc_policy most;

	if (text == NULL)
		return "";
	dmarc_record_parse(text, &c->arena, &r);
	most = r.rfc9989.sp > r.rfc9989.p ? r.rfc9989.sp : r.rfc9989.p;
	if (most <= DMARC_NONE || c->facts->is_ready_reject ||
	    (most == DMARC_QUARANTINE && c->facts->is_ready_quarantine))
		return "";
	return dns_print(c->findings,
	    " (%s=%s takes effect with it: see ruactl ready first)",
	    r.rfc9989.p == most ? "p" : "sp", dmarc_policy_word(most));
}
