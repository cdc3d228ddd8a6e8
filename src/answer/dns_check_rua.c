/* SPDX-License-Identifier: BSD-2-Clause */
/* R: whether reports are asked for, may be sent, and come to ruad. */
#include <string.h>
#include <strings.h>

#include "answer/dns_case.h"
#include "answer/dns_edit.h"
#include "answer/dns_tag_words.h"
#include "answer/period.h"
#include "base/buf.h"
#include "base/map.h"
#include "dns/dmarc_external.h"

#define SILENT_DAYS 7  /* without a report, though they came before */
#define CERTAIN_DAYS 7 /* since the last one: they come, by whatever way */
#define MOST_HOSTS 20  /* that are looked at */

enum {
	NO_RUA,
	BAD_URI,
	SIZE,
	UNAUTHORIZED,
	NOT_YET,
	TOO_LONG,
	OVERRIDE,
	NO_MAIL,
	NO_SERVER,
	NULL_MX,
	NOT_OURS,
	MANY,
	SILENT,
	RULES,
};

const struct dns_rule dns_rules_rua[] = {
	[NO_RUA] = { "R1", DNS_ERROR, "RFC 9989, 4.7",
	    "{name} has no rua=: nobody sends reports about {to}.|Publish this "
	    "record",
	    "{name} TXT {value}" },
	[BAD_URI] = { "R2", DNS_ERROR, "RFC 9989, 4.7",
	    "{name}: reports cannot be sent to an address in {at}= ({what}); "
	    "one is written mailto:dmarc@example.org.|Publish this record",
	    "{name} TXT {value}" },
	[SIZE] = { "R3", DNS_INFO, "RFC 9989, 4.7",
	    "{name}: the size limit of {what} is obsolete and ignored.|Without "
	    "it",
	    "{name} TXT {value}" },
	[UNAUTHORIZED] = { "R4", DNS_ERROR, "RFC 9990, 4",
	    "{name} sends reports to {what}, which does not say that it takes "
	    "those about {to}, so that they are not sent.|Whoever runs {what} "
	    "must publish this record",
	    "{at} TXT {value}" },
	[NOT_YET] = { "R4", DNS_INFO, "RFC 9990, 4",
	    "{name}: for reports to go to {what}, {what} must say that it "
	    "takes those about {to}.|Publish there",
	    "{at} TXT {value}" },
	[TOO_LONG] = { "R4", DNS_ERROR, "RFC 9990, 4",
	    "{name}: reports to {what} cannot be allowed, since the name that "
	    "would say so is too long. Take an address in {to}",
	    NULL },
	[OVERRIDE] = { "R4", DNS_ERROR, "RFC 9990, 4",
	    "{name} sends reports to {what}, which passes them on to another "
	    "host: that is not allowed, so that they go nowhere. Whoever runs "
	    "{what} must take rua= out of the record at {at}",
	    NULL },
	[NO_MAIL] = { "R5", DNS_ERROR, "RFC 5321, 5.1",
	    "{name} sends reports to {what}, which takes no mail: it has "
	    "neither MX nor an address. Correct the name, or publish an MX "
	    "record at {what}",
	    NULL },
	[NO_SERVER] = { "R5", DNS_ERROR, "RFC 5321, 5.1",
	    "{name} sends reports to {what}, which takes no mail: none of its "
	    "mail servers has an address. Take another address, or correct "
	    "the MX records of {what}",
	    NULL },
	[NULL_MX] = { "R5", DNS_ERROR, "RFC 7505, 3",
	    "{name} sends reports to {what}, which takes no mail: it says so "
	    "with a null MX. Take another address, or publish an MX record at "
	    "{what}",
	    NULL },
	[NOT_OURS] = { "R6", DNS_WARNING, NULL,
	    "{name} sends reports to {what}, while ruad reads {to} and got "
	    "none about the domain lately; whether one is an alias of the "
	    "other, it cannot tell.|If it is not, publish this record",
	    "{name} TXT {value}" },
	[MANY] = { "R7", DNS_INFO, "RFC 7489, 6.2",
	    "{name} sends reports to {n} addresses{at} in rua=; receivers "
	    "need to support two of them only. Put the one that ruad reads "
	    "first",
	    NULL },
	[SILENT] = { "R8", DNS_WARNING, "RFC 9989, 4.7",
	    "{name} asks for reports, but none about {to} came in {n} days, "
	    "though it sent mail before. Check that mail to {what} arrives",
	    NULL },
	[RULES] = { 0 },
};

static void
find(struct dns_case *c, int rule, const struct dns_words *w)
{
	dns_find(c->findings, DNS_GROUP_RUA, &dns_rules_rua[rule],
	    c->record_name, w);
}

/* A finding that is settled by another list of addresses; NULL: by none. */
static void
find_list(struct dns_case *c, int rule, const char *tag, const char *list,
    const struct dns_words *w)
{
	const struct dns_edit edit = {
		.tag = tag,
		.value = list,
		.is_asked = rule == NOT_OURS,
	};
	struct dns_words words = *w;

	if (list != NULL) {
		words.value = dns_edit_apply(c, c->record, &edit);
		words.edit = &edit;
	}
	find(c, rule, &words);
}

static void
add_uri(struct buf *list, const char *uri)
{
	if (uri != NULL && uri[0] != '\0')
		buf_printf(list, "%s%s", list->len > 0 ? "," : "", uri);
}

/*
 * What is meant in place of each URI, without its limit.  NULL: nothing is, or
 * there are more than were read.
 */
static const char *
corrected(struct dns_case *c, const struct report_uris *uris)
{
	struct buf list = { 0 };
	const char *text;
	size_t i, n;

	if (uris->n >= REPORT_URIS)
		return NULL;
	for (i = 0; i < uris->n; i++) {
		const struct report_uri *u = &uris->uris[i];

		n = strcspn(u->text, "!");
		if (u->fault == REPORT_URI_OK && u->has_limit)
			add_uri(&list,
			    dns_print(c->findings, "%.*s", (int)n, u->text));
		else
			add_uri(&list,
			    u->fault == REPORT_URI_OK ? u->text
			                              : u->suggestion);
	}
	text = list.len > 0 ? dns_print(c->findings, "%s", buf_str(&list))
	                    : NULL;
	buf_done(&list);
	return text;
}

/* --- where it goes -------------------------------------------------------- */

static void
check_external(struct dns_case *c, const char *host)
{
	struct dns_words w = { .what = host, .to = c->domain };
	struct dmarc_external e;

	if (!dmarc_external_find(c->source, c->domain, host, &c->arena, &e))
		return;
	w.at = e.name;
	w.value = "v=DMARC1";
	switch (e.verdict) {
	case DMARC_EXTERNAL_SAME:
		break;
	case DMARC_EXTERNAL_AUTHORIZED:
		dns_note(c->findings, DNS_GROUP_RUA, e.name, "authorized", host,
		    "%s takes reports about %s", host, c->domain);
		if (e.is_override_foreign)
			find(c, OVERRIDE, &w);
		break;
	case DMARC_EXTERNAL_MISSING:
		find(c, UNAUTHORIZED, &w);
		break;
	case DMARC_EXTERNAL_TOO_LONG:
		find(c, TOO_LONG, &w);
		break;
	case DMARC_EXTERNAL_FAILED:
		dns_cannot_tell(c->findings, DNS_GROUP_RUA, e.failed.type,
		    e.failed.name, e.failed.failure);
		break;
	}
}

/* Before somebody publishes the address of a mailbox that ruad reads. */
static void
check_proposed(struct dns_case *c, const char *name)
{
	const char *mailto = dns_case_mailto(c, NULL), *host;
	struct dns_words w = { .to = c->domain, .value = "v=DMARC1" };
	struct dmarc_external e;

	if (mailto == NULL || (host = strrchr(mailto, '@')) == NULL ||
	    !dmarc_external_find(
	        c->source, c->domain, host + 1, &c->arena, &e) ||
	    e.verdict != DMARC_EXTERNAL_MISSING)
		return;
	w.what = host + 1;
	w.at = e.name;
	dns_find(c->findings, DNS_GROUP_RUA, &dns_rules_rua[NOT_YET], name, &w);
}

static void
check_host(struct dns_case *c, const char *host)
{
	struct dns_words w = { .what = host };
	struct mx_facts mx;

	check_external(c, host);
	if (!mx_find(c->source, host, &c->arena, &mx))
		return;
	if (mx.takes_mail == MX_CANNOT_TELL && mx.failed.name != NULL)
		dns_cannot_tell(c->findings, DNS_GROUP_RUA, mx.failed.type,
		    mx.failed.name, mx.failed.failure);
	else if (mx.takes_mail == MX_NO)
		find(c,
		    mx.is_null     ? NULL_MX
		        : mx.n > 0 ? NO_SERVER
		                   : NO_MAIL,
		    &w);
}

/* The URIs of a tag; hosts of both tags are looked at once. */
static void
check_uris(struct dns_case *c, const char *tag, const struct report_uris *uris,
    struct map *hosts)
{
	struct dns_words w = { .at = tag };
	const struct report_uri *u;
	size_t i;

	for (i = 0; i < uris->n; i++) {
		u = &uris->uris[i];
		if (u->fault != REPORT_URI_OK) {
			w.what = dns_uri_problem(c->findings, u);
			find_list(c, BAD_URI, tag,
			    u->suggestion != NULL ? corrected(c, uris) : NULL,
			    &w);
		} else if (u->has_limit) {
			w.what = u->text;
			find_list(c, SIZE, tag, corrected(c, uris), &w);
		}
		if (u->fault != REPORT_URI_OK || u->host == NULL ||
		    map_has(hosts, u->host, strlen(u->host)) ||
		    hosts->keys.n >= MOST_HOSTS)
			continue;
		map_number(hosts, u->host, strlen(u->host));
		check_host(c, u->host);
	}
}

/* --- whether it comes ----------------------------------------------------- */

/* A login may be the address, or its local part. */
static bool
is_read_as(const char *user, const char *address)
{
	const char *at = strchr(address, '@');

	if (strchr(user, '@') != NULL || at == NULL)
		return strcasecmp(user, address) == 0;
	return strlen(user) == (size_t)(at - address) &&
	    strncasecmp(user, address, strlen(user)) == 0;
}

static bool
is_read(const struct dns_case *c, const struct report_uris *uris)
{
	const char *const *user = c->facts->mailboxes.at;
	size_t i, k;

	for (i = 0; i < uris->n; i++)
		for (k = 0; k < c->facts->mailboxes.n; k++)
			if (uris->uris[i].mailbox != NULL &&
			    is_read_as(user[k], uris->uris[i].mailbox))
				return true;
	return false;
}

static const char *
names_of(struct dns_case *c, const struct report_uris *uris)
{
	struct buf names = { 0 };
	const char *text;
	size_t i, n = 0;

	for (i = 0; i < uris->n && n < 3; i++)
		if (uris->uris[i].mailbox != NULL)
			buf_printf(&names, "%s%s", n++ > 0 ? ", " : "",
			    uris->uris[i].mailbox);
	text = n > 0 ? dns_print(c->findings, "%s", buf_str(&names)) : NULL;
	buf_done(&names);
	return text;
}

static void
check_ours(struct dns_case *c, const struct report_uris *uris)
{
	const char *const *user = c->facts->mailboxes.at;
	struct dns_words w = { .what = names_of(c, uris) };
	const char *mailto = dns_case_mailto(c, NULL);

	if (c->facts->mailboxes.n == 0 || w.what == NULL ||
	    c->facts->last_day >=
	        c->facts->now - (int64_t)CERTAIN_DAYS * PERIOD_DAY)
		return;
	if (is_read(c, uris)) {
		dns_note(c->findings, DNS_GROUP_RUA, c->record_name, "mailbox",
		    w.what, "ruad reads them at %s", w.what);
		return;
	}
	w.to = user[0];
	if (mailto == NULL || uris->n >= REPORT_URIS) {
		find(c, NOT_OURS, &w);
		return;
	}
	find_list(c, NOT_OURS, "rua",
	    dns_print(c->findings, "%s,%s", mailto, corrected(c, uris)), &w);
	check_proposed(c, c->record_name);
}

static void
check_silence(struct dns_case *c, const struct report_uris *uris)
{
	const struct dns_facts *f = c->facts;
	const int64_t seen = f->newest_day > f->polled_ts ? f->newest_day
	                                                  : f->polled_ts;
	struct dns_words w = { .what = names_of(c, uris), .to = c->domain };

	w.n = (seen - f->last_day) / PERIOD_DAY;
	if (f->last_day > 0 && f->messages > 0 && w.n > SILENT_DAYS)
		find(c, SILENT, &w);
}

void
dns_check_rua(struct dns_case *c)
{
	struct dns_words w = { .to = c->domain };
	const struct dmarc_record *r = c->record;
	struct map hosts = { 0 };
	size_t good = 0, i;

	if (r == NULL) {
		if (c->has_dmarc && c->dmarc.walk.place == DMARC_AT_NONE)
			check_proposed(c, c->dmarc.walk.steps[0].name);
		return;
	}
	if (!r->has_rua || r->rua.n == 0) {
		check_proposed(c, c->record_name);
		find_list(c, NO_RUA, "rua", dns_case_mailto(c, "dmarc"), &w);
	}
	check_uris(c, "rua", &r->rua, &hosts);
	check_uris(c, "ruf", &r->ruf, &hosts);
	map_done(&hosts);
	for (i = 0; i < r->rua.n; i++)
		good += r->rua.uris[i].fault == REPORT_URI_OK;
	w.n = (int64_t)good;
	w.at = r->rua.n >= REPORT_URIS ? ", or more," : "";
	if (good > 2)
		find(c, MANY, &w);
	if (good > 0) {
		check_ours(c, &r->rua);
		check_silence(c, &r->rua);
	}
}
