/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_facts.h"

#include <string.h>

#include "answer/period.h"
#include "answer/ready.h"
#include "answer/ready_judge.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "dns/dns.h"
#include "report/align.h"
#include "store/query_row.h"
#include "store/rules.h"

/* ?1: the first day in use, ?2: the first of all, ?3: the domain. */
#define OF_REPORTS \
	" FROM dom CROSS JOIN report rep ON rep.domain = dom.name" \
	" AND rep.day >= "
#define FORWARDED \
	"EXISTS (SELECT 1 FROM override_words o" \
	" WHERE o.profile_id = rec.profile_id AND o.forwarding)"

static const char selectors_sql[] = SCOPE_WITH
    "SELECT i.selector, i.domain,"
    " sum(iif(rep.day >= ?1, rec.messages, 0)) AS messages,"
    " sum(iif(rep.day >= ?1 AND i.result = 'pass', rec.messages, 0)) AS pass,"
    " sum(iif(rep.day >= ?1 AND i.result <> 'pass', rec.messages, 0))"
    "   AS fail, min(rep.day) AS first_day, max(rep.day) AS last_day,"
    " max(iif(i.result = 'pass', rep.day, 0)) AS pass_day" OF_REPORTS "?2"
    " CROSS JOIN record_row rec ON rec.report_id = rep.id"
    " CROSS JOIN dkim_item i ON i.dkim_list_id = rec.dkim_list_id"
    " WHERE i.selector <> '' AND i.domain <> ''"
    " GROUP BY i.selector, i.domain"
    " ORDER BY pass_day > 0 DESC, count(DISTINCT rep.reporter) DESC,"
    " messages DESC, last_day DESC, i.domain, i.selector";

static const struct query_field selector_fields[] = {
	QUERY_FIELD(QUERY_TEXT, dns_selector, selector),
	QUERY_FIELD(QUERY_TEXT, dns_selector, domain),
	QUERY_FIELD(QUERY_INT, dns_selector, messages),
	QUERY_FIELD(QUERY_INT, dns_selector, pass),
	QUERY_FIELD(QUERY_INT, dns_selector, fail),
	QUERY_FIELD(QUERY_INT, dns_selector, first_day),
	QUERY_FIELD(QUERY_INT, dns_selector, last_day),
	QUERY_FIELD(QUERY_INT, dns_selector, pass_day),
	{ 0 },
};

/* The bare columns are of the row that has the maximum. */
static const char seen_sql[] =
    "SELECT reporter, day, begin_ts, max(end_ts) AS end_ts, p, sp, np, adkim,"
    " aspf, testing, coalesce(pct, -1) AS pct"
    " FROM report WHERE domain = ?3 AND day >= ?1 AND counted = 1"
    " GROUP BY reporter ORDER BY day DESC, reporter";

static const struct query_field seen_fields[] = {
	QUERY_FIELD(QUERY_TEXT, dns_seen, reporter),
	QUERY_FIELD(QUERY_INT, dns_seen, day),
	QUERY_FIELD(QUERY_INT, dns_seen, begin_ts),
	QUERY_FIELD(QUERY_INT, dns_seen, end_ts),
	QUERY_FIELD(QUERY_TEXT, dns_seen, p),
	QUERY_FIELD(QUERY_TEXT, dns_seen, sp),
	QUERY_FIELD(QUERY_TEXT, dns_seen, np),
	QUERY_FIELD(QUERY_TEXT, dns_seen, adkim),
	QUERY_FIELD(QUERY_TEXT, dns_seen, aspf),
	QUERY_FIELD(QUERY_TEXT, dns_seen, testing),
	QUERY_FIELD(QUERY_INT, dns_seen, pct),
	{ 0 },
};

static const char senders_sql[] = SCOPE_WITH
    "SELECT src.ip, sum(rec.messages) AS messages,"
    " sum(iif(rec.dkim = 1 AND rec.spf IS NOT 1 AND NOT " FORWARDED
    ", rec.messages, 0)) AS signed_only,"
    " max(snd.kind IN ('forwarder', 'hostile')) IS TRUE AS "
    "is_forwarder" OF_REPORTS "?1"
    " CROSS JOIN record_row rec ON rec.report_id = rep.id"
    " CROSS JOIN source src ON src.id = rec.source_id"
    " LEFT JOIN sender snd ON snd.id = src.sender_id"
    " WHERE EXISTS (SELECT 1 FROM spf_item s"
    "   WHERE s.profile_id = rec.profile_id AND s.domain = ?3)"
    " GROUP BY src.id ORDER BY messages DESC, src.ip LIMIT ?4";

static const struct query_field sender_fields[] = {
	QUERY_FIELD(QUERY_TEXT, dns_sender, ip),
	QUERY_FIELD(QUERY_INT, dns_sender, messages),
	QUERY_FIELD(QUERY_INT, dns_sender, signed_only),
	QUERY_FIELD(QUERY_BOOL, dns_sender, is_forwarder),
	{ 0 },
};

static const char numbers_sql[] = SCOPE_WITH
    "SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(max(rep.day), 0) AS last_day,"
    " (SELECT coalesce(min(day), 0) FROM report WHERE domain = ?3)"
    "   AS first_day,"
    " (SELECT coalesce(max(day), 0) FROM report WHERE day <= ?5)"
    "   AS newest_day,"
    " (SELECT coalesce(max(last_ok_ts), 0) FROM mailbox) AS "
    "polled_ts" OF_REPORTS
    "?1 LEFT JOIN record_row rec ON rec.report_id = rep.id";

static const struct query_field number_fields[] = {
	QUERY_FIELD(QUERY_INT, dns_facts, messages),
	QUERY_FIELD(QUERY_INT, dns_facts, last_day),
	QUERY_FIELD(QUERY_INT, dns_facts, first_day),
	QUERY_FIELD(QUERY_INT, dns_facts, newest_day),
	QUERY_FIELD(QUERY_INT, dns_facts, polled_ts),
	{ 0 },
};

static int
bind(struct query *q, struct query_db *db, const struct dns_facts *f,
    struct err *err)
{
	const int64_t today = f->now - f->now % PERIOD_DAY;
	const int n = query_parameters(q);

	query_bind_int(q, 1, today - (int64_t)DNS_FACTS_DAYS * PERIOD_DAY);
	if (n >= 2)
		query_bind_int(
		    q, 2, today - (int64_t)DNS_FACTS_LONG * PERIOD_DAY);
	if (n >= 3)
		query_bind_text(q, 3, f->domain);
	if (n >= 4)
		query_bind_int(q, 4, DNS_FACTS_SOURCES + 1);
	if (n >= 5)
		query_bind_int(q, 5, today);
	return scope_bind(q, db, f->domain, err);
}

/* Rows of a question, each of so many bytes. */
static int
load_rows(struct array *rows, size_t size, struct dns_facts *f,
    struct query_db *db, const char *sql, const struct query_field *fields,
    struct err *err)
{
	struct query *q = NULL;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	rc = bind(q, db, f, err);
	while (rc == 0 && (rc = query_step(q, err)) == 1)
		rc = query_row_read(
		    q, fields, array_add(rows, size), &f->arena, err);
	query_free(q);
	return rc;
}

static int
load_numbers(struct dns_facts *f, struct query_db *db, struct err *err)
{
	struct query *q = NULL;
	int rc;

	if (query_new(&q, db, numbers_sql, err) == -1)
		return -1;
	rc = bind(q, db, f, err);
	if (rc == 0 && (rc = query_step(q, err)) == 1)
		rc = query_row_read(q, number_fields, f, &f->arena, err);
	query_free(q);
	return rc;
}

static int
load_mailboxes(struct dns_facts *f, struct query_db *db, struct err *err)
{
	static const char sql[] =
	    "SELECT username FROM mailbox WHERE active = 1 ORDER BY id";
	const char *name, **kept;
	struct query *q = NULL;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		name = query_text(q, 0);
		if (name == NULL || name[0] == '\0')
			continue;
		kept = array_add(&f->mailboxes, sizeof(*kept));
		*kept = arena_strndup(&f->arena, name, strlen(name));
	}
	query_free(q);
	return rc;
}

static int
load_ready(struct dns_facts *f, struct query_db *db, struct err *err)
{
	static const struct period_choice all = { 0 };
	const struct ready *r;
	struct period period;
	struct ready_list list = { 0 };
	int rc;

	if (period_find(&period, &all, RULE_READY_DAYS, PERIOD_OF_REPORTS, db,
	        f->domain, err) == -1)
		return -1;
	rc = ready_load(&list, db, &period, f->domain, err);
	r = rc == 0 ? ready_find(&list, f->domain) : NULL;
	if (r != NULL && !r->is_thin) {
		f->is_ready_quarantine = ready_for_quarantine(r) == 1;
		f->is_ready_reject = ready_for_reject(r) == 1;
	}
	ready_done(&list);
	return rc;
}

/* --- selectors ------------------------------------------------------------ */

/* Of the signatures of reports, those in the name of the organization. */
static void
drop_foreign(struct dns_facts *f)
{
	struct dns_selector *s = f->selectors.at;
	size_t i, n = 0;

	for (i = 0; i < f->selectors.n; i++)
		if (align_domains(s[i].domain, f->domain, false))
			s[n++] = s[i];
	f->selectors.n = n;
}

static void
add_selectors(struct dns_facts *f, const char *const *asked)
{
	struct dns_selector *s;
	size_t i;

	for (; asked != NULL && *asked != NULL; asked++) {
		s = f->selectors.at;
		for (i = 0; i < f->selectors.n; i++)
			if (strcmp(s[i].selector, *asked) == 0 &&
			    strcmp(s[i].domain, f->domain) == 0)
				break;
		if (i == f->selectors.n) {
			s = array_add(&f->selectors, sizeof(*s));
			s->selector = arena_strndup(
			    &f->arena, *asked, strlen(*asked));
			s->domain = f->domain;
		} else
			s += i;
		s->is_asked = true;
	}
}

int
dns_facts_load(struct dns_facts *f, struct query_db *db, const char *domain,
    const char *const *selectors, int64_t now, struct err *err)
{
	memset(f, 0, sizeof(*f));
	f->domain = arena_strndup(&f->arena, domain, strlen(domain));
	f->now = now;
	if (load_numbers(f, db, err) == -1 ||
	    load_rows(&f->selectors, sizeof(struct dns_selector), f, db,
	        selectors_sql, selector_fields, err) == -1 ||
	    load_rows(&f->seen, sizeof(struct dns_seen), f, db, seen_sql,
	        seen_fields, err) == -1 ||
	    load_rows(&f->senders, sizeof(struct dns_sender), f, db,
	        senders_sql, sender_fields, err) == -1 ||
	    load_mailboxes(f, db, err) == -1 || load_ready(f, db, err) == -1)
		return -1;
	f->senders_cut = f->senders.n > DNS_FACTS_SOURCES;
	drop_foreign(f);
	add_selectors(f, selectors);
	return 0;
}

void
dns_facts_done(struct dns_facts *f)
{
	array_done(&f->selectors);
	array_done(&f->seen);
	array_done(&f->senders);
	array_done(&f->mailboxes);
	arena_done(&f->arena);
}

bool
dns_facts_is_domain(const char *domain)
{
	return dns_is_name(domain) && strchr(domain, '_') == NULL &&
	    !subject_is_like_address(domain);
}

bool
dns_facts_has_mail(const struct dns_facts *f)
{
	return f->messages > 0;
}

int
dns_facts_domains(struct query_db *db, struct array *domains,
    struct arena *arena, struct err *err)
{
	static const char sql[] =
	    "SELECT domain FROM report GROUP BY domain ORDER BY min(id)";
	const char *name, **kept;
	struct query *q = NULL;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		name = query_text(q, 0);
		if (name == NULL || !dns_is_name(name))
			continue;
		kept = array_add(domains, sizeof(*kept));
		*kept = arena_strndup(arena, name, strlen(name));
	}
	query_free(q);
	return rc;
}
