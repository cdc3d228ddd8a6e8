/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_alarm.h"

#include <stdio.h>
#include <string.h>

bool
dns_alarm_is(const struct dns_finding *f)
{
	switch (f->group) {
	case DNS_GROUP_DMARC:
	case DNS_GROUP_RUA:
	case DNS_GROUP_SPF:
		return f->severity == DNS_ERROR;
	case DNS_GROUP_DKIM:
		/* A key that is revoked (K2) fails as one that is gone. */
		return f->severity == DNS_ERROR || strcmp(f->id, "K2") == 0;
	default:
		return false;
	}
}

static void
add(struct array *alarms, const char *id, const char *name, const char *text)
{
	*(struct dns_alarm *)array_add(
	    alarms, sizeof(struct dns_alarm)) = (struct dns_alarm) {
		.id = id, .name = name, .text = text
	};
}

/* --- what changed --------------------------------------------------------- */

/* What is seen now may not have been kept. */
static int
look_for_change(struct array *alarms, const struct dns_question *q,
    struct dns_findings *f, const char *name, const char *begin,
    const char *what, struct err *err)
{
	const struct dns_answer *now = dns_ask(q->source, DNS_TXT, name);
	struct dns_since since;

	if (dns_history_since(q->history, now, name, begin, &since, err) == -1)
		return -1;
	/* A clock that was wrong once must not make it new for years. */
	if (since.is_change &&
	    since.ts < q->facts->now + DNS_ALARM_HOURS * 3600 &&
	    q->facts->now - since.ts < DNS_ALARM_HOURS * 3600)
		add(alarms, "changed", dns_print(f, "%s", name),
		    dns_print(f, "%s of %s changed", what, name));
	return 0;
}

static int
look_for_changes(struct array *alarms, const struct dns_question *q,
    struct dns_findings *f, struct err *err)
{
	const struct dns_selector *s = q->facts->selectors.at;
	char name[2 * DNS_NAME + 16];
	size_t i;

	snprintf(name, sizeof(name), "_dmarc.%s", q->facts->domain);
	if (look_for_change(
	        alarms, q, f, name, "v=DMARC", "the DMARC record", err) == -1 ||
	    look_for_change(alarms, q, f, q->facts->domain, "v=spf1",
	        "the SPF record", err) == -1)
		return -1;
	for (i = 0; i < q->facts->selectors.n && i < DNS_FACTS_SELECTORS; i++) {
		snprintf(name, sizeof(name), "%s._domainkey.%s", s[i].selector,
		    s[i].domain);
		if (s[i].messages > 0 &&
		    look_for_change(
		        alarms, q, f, name, "", "the DKIM key", err) == -1)
			return -1;
	}
	return 0;
}

/* Of the names that did not answer, one for all. */
static void
add_unknown(struct array *alarms, struct dns_findings *f)
{
	const struct dns_unknown *unknown = f->unknown.at;
	const struct dns_unknown *first = NULL;
	size_t i, n = 0;

	for (i = 0; i < f->unknown.n; i++)
		if (unknown[i].group <= DNS_GROUP_DKIM && n++ == 0)
			first = &unknown[i];
	if (n == 1)
		add(alarms, "unknown", first->name, first->text);
	else if (n > 1)
		add(alarms, "unknown", first->name,
		    dns_print(f, "%s; so %zu more", first->text, n - 1));
}

/* --- all of it ------------------------------------------------------------ */

int
dns_alarm_find(struct array *alarms, const struct dns_question *q,
    struct dns_findings *f, struct err *err)
{
	const struct dns_finding *finding = f->findings.at;
	size_t i;

	for (i = 0; i < f->findings.n; i++)
		if (dns_alarm_is(&finding[i]))
			add(alarms, finding[i].id, finding[i].name,
			    finding[i].clause);
	if (look_for_changes(alarms, q, f, err) == -1)
		return -1;
	add_unknown(alarms, f);
	return 0;
}
