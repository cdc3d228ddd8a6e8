/* SPDX-License-Identifier: BSD-2-Clause */
/* X, G: where mail to the domain goes, and its name servers. */
#include <string.h>

#include "answer/dns_case.h"
#include "base/buf.h"

#define MOST_SERVERS 16 /* that are looked at */

enum {
	NONE,
	NULL_SENDS,
	NULL_MIXED,
	IMPLICIT,
	ALIAS,
	ADDRESS,
	NO_ADDRESS,
	NO_ADDRESS_ANY,
	MX_RULES,
};

const struct dns_rule dns_rules_mx[] = {
	[NONE] = { "X1", DNS_WARNING, "RFC 7505, 3",
	    "{name} takes no mail: it has neither MX nor an address.|If that "
	    "is meant, say so, so that nobody tries",
	    "{name} MX 0 ." },
	[NULL_SENDS] = { "X1", DNS_WARNING, "RFC 7505, 4.2",
	    "{name} says that it takes no mail (null MX), but mail of it was "
	    "reported: receivers may refuse that. Publish an MX record, or "
	    "send as another domain",
	    NULL },
	[NULL_MIXED] = { "X1", DNS_ERROR, "RFC 7505, 3",
	    "{name} has a null MX (\".\") beside other MX records. Remove "
	    "either it or the others",
	    NULL },
	[IMPLICIT] = { "X1", DNS_INFO, "RFC 5321, 5.1",
	    "{name} has no MX record, so that mail goes to its own address. "
	    "If that is no mail server, publish an MX record",
	    NULL },
	[ALIAS] = { "X1", DNS_WARNING, "RFC 2181, 10.3",
	    "{name} has the mail server {what}, which is an alias (CNAME){to}. "
	    "Put the name behind the alias into the MX record",
	    NULL },
	[ADDRESS] = { "X1", DNS_ERROR, "RFC 5321, 5.1",
	    "{name} has {what} in an MX record, where the name of a mail "
	    "server must be. Give it a name, and put that into the MX record",
	    NULL },
	[NO_ADDRESS] = { "X1", DNS_WARNING, "RFC 5321, 5.1",
	    "{name} has the mail server {what}, which has no address. "
	    "Publish one, or remove it from the MX records",
	    NULL },
	[NO_ADDRESS_ANY] = { "X1", DNS_ERROR, "RFC 5321, 5.1",
	    "{name} takes no mail, since none of its mail servers ({what}) "
	    "has an address. Publish one, or correct the MX records",
	    NULL },
	[MX_RULES] = { 0 },
};

enum {
	SERVER_ADDRESS,
	SERVER_ALIAS,
	BROKEN,
	NO_NAME,
	SERVER_RULES,
};

const struct dns_rule dns_rules_servers[] = {
	[SERVER_ADDRESS] = { "G1", DNS_WARNING, "RFC 1912, 2.8",
	    "{name} has the name server {what}, which has no address. "
	    "Correct the NS record, or publish an address at {what}",
	    NULL },
	[SERVER_ALIAS] = { "G1", DNS_WARNING, "RFC 2181, 10.3",
	    "{name} has the name server {what}, which is an alias (CNAME). "
	    "Put the name behind the alias into the NS record",
	    NULL },
	[NO_NAME] = { "G1", DNS_WARNING, "RFC 8020, 2",
	    "{name} does not exist in DNS. Check that it is spelled right "
	    "and still registered; what follows is about a domain "
	    "without any records",
	    NULL },
	[BROKEN] = { "G1", DNS_WARNING, "RFC 1912, 2.8",
	    "{name}: the resolver {what}: it gets no good answer from the "
	    "name servers of the domain, or their DNSSEC signatures are "
	    "wrong. Look at the zone, and at its DS record",
	    NULL },
	[SERVER_RULES] = { 0 },
};

static void
find(struct dns_case *c, int rule, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_MX, &dns_rules_mx[rule], c->domain, w);
}

/* --- X -------------------------------------------------------------------- */

static const char *
write_targets(struct dns_case *c)
{
	struct buf names = { 0 };
	const char *text;
	size_t i;

	for (i = 0; i < c->mx.n && names.len < 300; i++)
		buf_printf(
		    &names, "%s%s", i > 0 ? ", " : "", c->mx.targets[i].name);
	text = dns_print(c->findings, "%s", buf_str(&names));
	buf_done(&names);
	return text;
}

static void
check_targets(struct dns_case *c)
{
	const struct mx_target *t = c->mx.targets;
	struct dns_words w = { 0 };
	size_t i;

	for (i = 0; i < c->mx.n; i++) {
		w.what = t[i].name;
		w.to = t[i].canonical != NULL
		    ? dns_print(c->findings, " of %s", t[i].canonical)
		    : "";
		if (t[i].name[0] == '\0')
			continue;
		if (t[i].is_ip)
			find(c, ADDRESS, &w);
		else if (t[i].is_alias == MX_YES)
			find(c, ALIAS, &w);
		else if (t[i].has_address == MX_NO && c->mx.takes_mail != MX_NO)
			find(c, NO_ADDRESS, &w);
		else if (t[i].has_address == MX_CANNOT_TELL)
			dns_cannot_tell(c->findings, DNS_GROUP_MX, DNS_A,
			    t[i].name,
			    dns_ask(c->source, DNS_A, t[i].name)->failure);
	}
}

void
dns_check_mx(struct dns_case *c)
{
	struct dns_words w = { 0 };

	c->has_mx = mx_find(c->source, c->domain, &c->arena, &c->mx);
	if (!c->has_mx)
		return;
	if (c->mx.answer->status == DNS_FAILED) {
		dns_cannot_tell(c->findings, DNS_GROUP_MX, DNS_MX, c->domain,
		    c->mx.answer->failure);
		return;
	}
	w.what = write_targets(c);
	if (c->mx.n > 0 && c->mx.takes_mail == MX_YES)
		dns_note(c->findings, DNS_GROUP_MX, c->domain, "mx", w.what,
		    "%s", w.what);
	check_targets(c);
	if (c->mx.is_null_mixed)
		find(c, NULL_MIXED, &w);
	else if (c->mx.is_null) {
		dns_note(c->findings, DNS_GROUP_MX, c->domain, "null", ".",
		    "takes no mail, and says so");
		if (dns_facts_has_mail(c->facts))
			find(c, NULL_SENDS, &w);
	} else if (c->mx.is_implicit)
		find(c, IMPLICIT, &w);
	else if (c->mx.n == 0 && c->mx.takes_mail == MX_NO)
		find(c, NONE, &w);
	else if (c->mx.takes_mail == MX_NO)
		find(c, NO_ADDRESS_ANY, &w);
}

/* --- G -------------------------------------------------------------------- */

static void
check_server(struct dns_case *c, const char *name)
{
	const struct dns_answer *alias, *v4, *v6;
	struct dns_words w = { .what = name };

	alias = dns_ask(c->source, DNS_CNAME, name);
	if (alias->status == DNS_OK) {
		dns_find(c->findings, DNS_GROUP_SERVERS,
		    &dns_rules_servers[SERVER_ALIAS], c->domain, &w);
		return;
	}
	v4 = dns_ask(c->source, DNS_A, name);
	v6 = v4->status == DNS_OK ? v4 : dns_ask(c->source, DNS_AAAA, name);
	if (v4->status != DNS_OK && v4->status != DNS_FAILED &&
	    v6->status != DNS_OK && v6->status != DNS_FAILED)
		dns_find(c->findings, DNS_GROUP_SERVERS,
		    &dns_rules_servers[SERVER_ADDRESS], c->domain, &w);
}

void
dns_check_servers(struct dns_case *c)
{
	const struct dns_answer *a = dns_ask(c->source, DNS_NS, c->domain);
	struct dns_words w = { .what = a->failure };
	size_t i;

	if (!dns_is_name(c->domain))
		return;
	if (a->status == DNS_FAILED) {
		if (a->failure != NULL &&
		    strcmp(a->failure, "answered SERVFAIL") == 0)
			dns_find(c->findings, DNS_GROUP_SERVERS,
			    &dns_rules_servers[BROKEN], c->domain, &w);
		return;
	}
	if (a->status == DNS_NO_NAME &&
	    dns_ask(c->source, DNS_MX, c->domain)->status == DNS_NO_NAME)
		dns_find(c->findings, DNS_GROUP_SERVERS,
		    &dns_rules_servers[NO_NAME], c->domain, NULL);
	for (i = 0; i < a->n && i < MOST_SERVERS; i++)
		check_server(c, a->records[i].text);
	if (a->is_authentic)
		dns_note(c->findings, DNS_GROUP_SERVERS, c->domain, "dnssec",
		    "yes", "signed (DNSSEC), as the resolver says");
}
