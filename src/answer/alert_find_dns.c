/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of DNS as the database keeps it: nobody is asked.  What was not looked at for
 * some days stays as it was.
 */
#include <stdio.h>
#include <string.h>

#include "answer/alert_find.h"
#include "answer/dns_alarm.h"
#include "answer/dns_facts.h"
#include "answer/dns_history.h"
#include "answer/subject.h"
#include "base/buf.h"
#include "base/map.h"

#define FRESH (7 * (int64_t)PERIOD_DAY)

static void
add_broken(struct alert_look *look, const char *domain,
    const struct dns_finding *finding)
{
	struct alert_found *f = alert_find_add(
	    look, ALERT_BEGINS, ALERT_DNS_BROKEN);
	struct buf command = { 0 };

	f->mark.domain = alert_find_copy(look, domain);
	f->mark.object = alert_find_copy(look, finding->name);
	f->text = arena_printf(
	    look->strings, "DNS (%s): %s", finding->id, finding->clause);
	buf_add_str(&command, "ruactl dns ");
	subject_add_argument(&command, domain);
	f->mark.command = alert_find_copy(look, buf_str(&command));
	buf_done(&command);
}

/* What DNS did not tell is as it was. */
static void
hold_unknown(struct alert_look *look, const char *domain,
    const struct dns_findings *found)
{
	const struct dns_unknown *unknown = found->unknown.at;
	const struct alert_mark *m = look->before;
	size_t i, k;

	for (i = 0; i < look->n_before; i++)
		for (k = 0; k < found->unknown.n; k++)
			if (m[i].kind == ALERT_DNS_BROKEN &&
			    m[i].domain != NULL && m[i].object != NULL &&
			    strcmp(m[i].domain, domain) == 0 &&
			    strcmp(m[i].object, unknown[k].name) == 0)
				alert_find_hold(look, &m[i]);
}

static int
judge(struct alert_look *look, struct dns_history *history, const char *domain,
    struct err *err)
{
	const struct dns_source source = dns_history_source(history);
	struct dns_facts facts;
	struct dns_findings found = { 0 };
	const struct dns_question question = {
		.source = &source,
		.facts = &facts,
		.history = history,
	};
	const struct dns_finding *finding;
	size_t i;
	int rc = dns_facts_load(&facts, look->db, domain, NULL, look->now, err);

	if (rc == 0) {
		dns_judge(&question, &found);
		finding = found.findings.at;
		for (i = 0; i < found.findings.n; i++)
			if (dns_alarm_is(&finding[i]))
				add_broken(look, domain, &finding[i]);
		hold_unknown(look, domain, &found);
	}
	dns_findings_done(&found);
	dns_facts_done(&facts);
	return rc;
}

/* Whether somebody looked at it in the last days. */
static bool
is_watched(const struct alert_look *look, struct dns_history *history,
    const char *domain)
{
	const struct dns_source source = dns_history_source(history);
	const struct dns_answer *answer;
	char name[2 * DNS_NAME];

	snprintf(name, sizeof(name), "_dmarc.%s", domain);
	answer = dns_ask(&source, DNS_TXT, name);
	return answer->status != DNS_FAILED &&
	    look->now - answer->asked_ts < FRESH;
}

static int
judge_all(struct alert_look *look, struct dns_history *history,
    const struct array *domains, struct map *judged, struct err *err)
{
	const char *const *domain = domains->at;
	size_t i;

	for (i = 0; i < domains->n; i++) {
		if (!is_watched(look, history, domain[i]))
			continue;
		if (judge(look, history, domain[i], err) == -1)
			return -1;
		map_number(judged, domain[i], strlen(domain[i]));
	}
	return dns_history_check(history, err);
}

int
alert_find_dns(struct alert_look *look, struct err *err)
{
	struct dns_history *history = dns_history_new(look->db);
	struct array domains = { 0 };
	struct arena arena = { 0 };
	struct map judged = { 0 };
	const struct alert_mark *m = look->before;
	size_t i;
	int rc = dns_facts_domains(look->db, &domains, &arena, err);

	if (rc == 0)
		rc = judge_all(look, history, &domains, &judged, err);
	for (i = 0; rc == 0 && i < look->n_before; i++)
		if (m[i].kind == ALERT_DNS_BROKEN && m[i].domain != NULL &&
		    !map_has(&judged, m[i].domain, strlen(m[i].domain)))
			alert_find_hold(look, &m[i]);
	map_done(&judged);
	array_done(&domains);
	arena_done(&arena);
	dns_history_free(history);
	return rc;
}
