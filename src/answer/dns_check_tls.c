/* SPDX-License-Identifier: BSD-2-Clause */
/* T, M, B: TLS reports, MTA-STS and BIMI. */
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/dns_tag_words.h"
#include "base/buf.h"
#include "dns/bimi_record.h"
#include "dns/mta_sts.h"
#include "dns/tlsrpt_record.h"

enum {
	T_SEVERAL,
	T_USELESS,
	T_TAG,
	T_URI,
	T_ABSENT,
	T_HTTPS,
	T_RULES,
};

const struct dns_rule dns_rules_tlsrpt[] = {
	[T_SEVERAL] = { "T1", DNS_ERROR, "RFC 8460, 3",
	    "{name} has {n} records for TLS reports: none of them counts. "
	    "Remove all but one",
	    NULL },
	[T_USELESS] = { "T1", DNS_ERROR, "RFC 8460, 3",
	    "{name} cannot be used, so that nobody sends TLS reports: "
	    "{what}.|Publish this record",
	    "{name} TXT {value}" },
	[T_TAG] = { "T1", DNS_WARNING, "RFC 8460, 3",
	    "{name}: {what}. Correct or remove it", NULL },
	[T_URI] = { "T1", DNS_WARNING, "RFC 8460, 3",
	    "{name}: TLS reports cannot be sent to an address in rua= "
	    "({what}). Correct or remove it",
	    NULL },
	[T_ABSENT] = { "T2", DNS_INFO, "RFC 8460, 3",
	    "{name} has no record, so that nobody sends reports on how mail "
	    "to you is encrypted; ruad reads them.|To get them, publish",
	    "{name} TXT {value}" },
	[T_HTTPS] = { "T3", DNS_WARNING, "RFC 8460, 3",
	    "{name} asks for TLS reports by HTTPS only, which ruad does not "
	    "receive.|To let it read them, publish this record",
	    "{name} TXT {value}" },
	[T_RULES] = { 0 },
};

enum {
	B_SEVERAL,
	B_FAULT,
	B_POLICY,
	B_EVIDENCE,
	B_RULES,
};

const struct dns_rule dns_rules_bimi[] = {
	[B_SEVERAL] = { "B1", DNS_INFO, "BIMI draft",
	    "{name} has {n} BIMI records: none of them counts. Remove all "
	    "but one",
	    NULL },
	[B_FAULT] = { "B1", DNS_INFO, "BIMI draft",
	    "{name} shows no logo: {what}. Correct it, or remove the record",
	    NULL },
	[B_POLICY] = { "B1", DNS_INFO, "BIMI draft",
	    "{name} shows no logo, since the DMARC policy of {to} is not "
	    "p=quarantine or p=reject for all mail, subdomains too ({what}). "
	    "Publish such a policy",
	    NULL },
	[B_EVIDENCE] = { "B1", DNS_INFO, "BIMI draft",
	    "{name} has no certificate (a=), without which many mailboxes "
	    "show no logo. Name one there",
	    NULL },
	[B_RULES] = { 0 },
};

static void
find_tls(
    struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(
	    c->findings, DNS_GROUP_TLSRPT, &dns_rules_tlsrpt[rule], name, w);
}

/* --- TLS reports ---------------------------------------------------------- */

/*
 * A record with the addresses that are there, or are meant; and one for mail,
 * if there is none.
 */
static const char *
with_mail(struct dns_case *c, const struct report_uris *uris)
{
	struct buf list = { 0 };
	const char *uri, *text;
	bool has_mail = false;
	size_t i;

	for (i = 0; i < uris->n; i++) {
		uri = uris->uris[i].fault == REPORT_URI_OK
		    ? uris->uris[i].text
		    : uris->uris[i].suggestion;
		if (uri == NULL)
			continue;
		has_mail |= strncasecmp(uri, "mailto:", 7) == 0;
		buf_printf(&list, "%s%s", list.len > 0 ? "," : "", uri);
	}
	if (!has_mail)
		buf_printf(&list, "%s%s", list.len > 0 ? "," : "",
		    dns_case_mailto(c, "tls-reports"));
	text = dns_print(c->findings, "v=TLSRPTv1; rua=%s", buf_str(&list));
	buf_done(&list);
	return text;
}

static void
check_tlsrpt(
    struct dns_case *c, const char *name, const struct tlsrpt_record *r)
{
	struct dns_words w = { .value = with_mail(c, &r->rua) };
	size_t i;

	if (!r->is_usable) {
		w.what = r->nproblems > 0
		    ? dns_tag_problem(c->findings, &r->problems[0])
		    : "it does not begin with \"v=TLSRPTv1;\"";
		find_tls(c, T_USELESS, name, &w);
		return;
	}
	for (i = 0; i < r->nproblems; i++) {
		w.what = dns_tag_problem(c->findings, &r->problems[i]);
		if (r->problems[i].fault != TAG_BAD_URI)
			find_tls(c, T_TAG, name, &w);
	}
	for (i = 0; i < r->rua.n; i++)
		if (r->rua.uris[i].fault != REPORT_URI_OK) {
			w.what = dns_uri_problem(c->findings, &r->rua.uris[i]);
			find_tls(c, T_URI, name, &w);
		}
	if (r->nmailto == 0 && r->nhttps > 0)
		find_tls(c, T_HTTPS, name, &w);
	else
		dns_note(c->findings, DNS_GROUP_TLSRPT, name, "asked", "yes",
		    "reports are asked for");
}

void
dns_check_tlsrpt(struct dns_case *c)
{
	const char *name = dns_print(c->findings, "_smtp._tls.%s", c->domain);
	const struct dns_answer *a = dns_look(
	    c->findings, DNS_GROUP_TLSRPT, c->source, DNS_TXT, name);
	const struct dns_record *one;
	struct tlsrpt_record r;
	struct dns_words w = { 0 };
	size_t i;

	if (a->status == DNS_FAILED || (c->has_mx && c->mx.is_null))
		return;
	w.n = (int64_t)tag_list_choose(a, &tlsrpt_kind, &one);
	if (w.n > 1) {
		find_tls(c, T_SEVERAL, name, &w);
		return;
	}
	for (i = 0; i < a->n; i++) {
		if (one != NULL && &a->records[i] != one)
			continue;
		tlsrpt_record_parse(a->records[i].text, &c->arena, &r);
		if (r.version == TAG_VERSION_OTHER)
			continue;
		dns_note_record(
		    c->findings, DNS_GROUP_TLSRPT, name, r.text, NULL);
		check_tlsrpt(c, name, &r);
		return;
	}
	w.value = with_mail(c, &(const struct report_uris) { 0 });
	find_tls(c, T_ABSENT, name, &w);
}

/* --- BIMI ----------------------------------------------------------------- */

static const char *const uri_words[BIMI_URI_FAULTS] = {
	[BIMI_URI_EMPTY] = "there is no place of a logo (l=)",
	[BIMI_URI_NOT_HTTPS] = "its place does not begin with https:",
	[BIMI_URI_NOT_SVG] = "its place (l=) does not end in .svg",
	[BIMI_URI_NOT_PEM] = "its certificate (a=) does not end in .pem",
	[BIMI_URI_BAD] = "its place is not a URL",
	[BIMI_URI_ABSENT] = "there is no place of a logo (l=)",
};

static void
find_bimi(
    struct dns_case *c, int rule, const char *name, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_BIMI, &dns_rules_bimi[rule], name, w);
}

/* Whether the policy is one with which a logo is shown; why not. */
static const char *
weak_policy(const struct dns_case *c)
{
	const struct dmarc_way *way = &c->dmarc.walk;

	if (!c->has_dmarc || way->place == DMARC_AT_UNKNOWN)
		return NULL;
	if (way->found == NULL)
		return "there is none";
	if (way->policy < DMARC_QUARANTINE)
		return "p=none";
	if (way->reading->sp < DMARC_QUARANTINE)
		return "sp=none";
	if (way->found->record->pct != -1 && way->found->record->pct < 100)
		return "pct is less than 100";
	return way->reading->is_testing ? "t=y" : NULL;
}

static void
check_bimi(struct dns_case *c, const char *name, const struct bimi_record *r)
{
	struct dns_words w = { .to = c->domain };

	if (r->is_declined) {
		dns_note(c->findings, DNS_GROUP_BIMI, name, "declined", "yes",
		    "declines to have a logo");
		return;
	}
	if (r->version != TAG_VERSION_OK && r->nproblems > 0) {
		w.what = dns_tag_problem(c->findings, &r->problems[0]);
		find_bimi(c, B_FAULT, name, &w);
		return;
	}
	if ((w.what = uri_words[r->location_fault]) != NULL)
		find_bimi(c, B_FAULT, name, &w);
	if (r->evidence_fault == BIMI_URI_ABSENT ||
	    r->evidence_fault == BIMI_URI_EMPTY)
		find_bimi(c, B_EVIDENCE, name, &w);
	else if ((w.what = uri_words[r->evidence_fault]) != NULL)
		find_bimi(c, B_FAULT, name, &w);
	if ((w.what = weak_policy(c)) != NULL)
		find_bimi(c, B_POLICY, name, &w);
}

void
dns_check_bimi(struct dns_case *c)
{
	const char *name = dns_print(
	    c->findings, "default._bimi.%s", c->domain);
	const struct dns_answer *a = dns_look(
	    c->findings, DNS_GROUP_BIMI, c->source, DNS_TXT, name);
	const struct dns_record *one;
	struct bimi_record r;
	struct dns_words w = { 0 };
	size_t i;

	if (a->status != DNS_OK)
		return;
	w.n = (int64_t)tag_list_choose(a, &bimi_kind, &one);
	if (w.n > 1) {
		find_bimi(c, B_SEVERAL, name, &w);
		return;
	}
	for (i = 0; i < a->n; i++) {
		if (one != NULL && &a->records[i] != one)
			continue;
		bimi_record_parse(a->records[i].text, &c->arena, &r);
		if (r.version == TAG_VERSION_OTHER)
			continue;
		dns_note_record(
		    c->findings, DNS_GROUP_BIMI, name, r.text, NULL);
		check_bimi(c, name, &r);
		return;
	}
}
