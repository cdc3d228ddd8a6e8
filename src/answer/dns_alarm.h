/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What of the DNS of a domain somebody must be called for: mail that fails, or
 * reports that do not come, now; and records that changed, in case nobody meant
 * them to.
 */
#ifndef RUAD_ANSWER_DNS_ALARM_H
#define RUAD_ANSWER_DNS_ALARM_H

#include <stdbool.h>

#include "answer/dns_finding.h"
#include "answer/dns_judge.h"
#include "base/err.h"
#include "base/mem.h"

struct dns_alarm {
	const char *id;   /* of the finding; "changed"; "unknown" */
	const char *name; /* of DNS */
	const char *text; /* a clause for people; foreign text is safe */
};

#define DNS_ALARM_HOURS 24 /* a change is told for so long */

/*
 * Whether a finding is one: a key that is gone or revoked while mail is signed
 * with it, a record that receivers cannot use or that is not there any more,
 * more than ten look-ups, addresses for reports that nobody can write to.
 */
bool dns_alarm_is(const struct dns_finding *);

/*
 * Add alarms (struct dns_alarm) of a domain that was judged, worst first: of
 * its findings, of what DNS did not tell, and of DMARC and SPF records and keys
 * that changed in the last hours.  Strings live as long as the findings.
 */
int dns_alarm_find(struct array *, const struct dns_question *,
    struct dns_findings *, struct err *);

#endif
