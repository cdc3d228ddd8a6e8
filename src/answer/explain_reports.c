/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_reports.h"

#include <stdio.h>
#include <string.h>

#include "answer/explain_result.h"
#include "answer/subject.h"
#include "base/text.h"
#include "report/align.h"
#include "store/rules.h"

#define DAY 86400

/* One message and the database under way. */
struct asked {
	struct explain_answer *answer;
	const char *from;
	char organization[ALIGN_DOMAIN]; /* "": it has none */
	const char *ip;                  /* NULL: not known */
	int64_t now;
};

/* --- what reports say of the address -------------------------------------- */

/* ?4: whether From: counts alone, or whatever the policy's domain has. */
static const char sql_address[] =
    "SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(sum(iif(rec.dkim = 1 OR rec.spf = 1, rec.messages, 0)), 0)"
    " AS pass "
    "FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id "
    "CROSS JOIN profile p ON p.id = rec.profile_id "
    "WHERE rec.source_id = (SELECT id FROM source WHERE ip = ?1) "
    "AND rep.domain IN (?2, ?5) AND rep.day >= ?3 "
    "AND (?4 = 0 OR coalesce(lower(p.header_from), rep.domain) = ?2)";

static const char sql_domain[] =
    "SELECT coalesce(sum(rec.messages), 0) AS messages "
    "FROM report rep CROSS JOIN record_row rec ON rec.report_id = rep.id "
    "WHERE rep.domain IN (?1, ?2) AND rep.day >= ?3";

static int64_t
first_day(const struct asked *a)
{
	return a->now - (int64_t)EXPLAIN_REPORT_DAYS * DAY;
}

/* Under which the other commands have what is counted of both names. */
static const char *
domain_of(const struct asked *a)
{
	return a->organization[0] != '\0' ? a->organization : a->from;
}

/* Return 1 if a note was added, 0 if reports have nothing, or -1. */
static int
add_address(struct asked *a, struct query_db *db, bool is_from, struct err *err)
{
	const char *domain = is_from ? a->from : domain_of(a);
	char all[TEXT_DIGITS], pass[TEXT_DIGITS];
	struct query *q;
	int64_t messages;
	int rc;

	if (query_new(&q, db, sql_address, err) == -1)
		return -1;
	query_bind_text(q, 1, a->ip);
	query_bind_text(q, 2, a->from);
	query_bind_int(q, 3, first_day(a));
	query_bind_int(q, 4, is_from);
	query_bind_text(q, 5, a->organization);
	if ((rc = query_step(q, err)) == 1 &&
	    (messages = query_int(q, 0)) > 0) {
		prose_add(&a->answer->notes,
		    "In %d days, reports have %s %s from %s as %s%s, of which "
		    "%s passed: ruactl why %s %s.",
		    EXPLAIN_REPORT_DAYS, text_group_digits(messages, all),
		    messages == 1 ? "message" : "messages", a->ip, domain,
		    is_from ? "" : " or another name of it",
		    text_group_digits(query_int(q, 1), pass),
		    subject_plain_domain(domain), a->ip);
	} else if (rc == 1) {
		rc = 0;
	}
	query_free(q);
	return rc;
}

/* The address is in no report; what of the domain? */
static int
add_domain(struct asked *a, struct query_db *db, struct err *err)
{
	char all[TEXT_DIGITS];
	struct query *q;
	int64_t messages;
	int rc;

	if (query_new(&q, db, sql_domain, err) == -1)
		return -1;
	query_bind_text(q, 1, a->from);
	query_bind_text(q, 2, a->organization);
	query_bind_int(q, 3, first_day(a));
	if ((rc = query_step(q, err)) == 1 && (messages = query_int(q, 0)) > 0)
		prose_add(&a->answer->notes,
		    "In %d days, reports have no message from %s, but %s of "
		    "%s from other addresses: ruactl sources %s.",
		    EXPLAIN_REPORT_DAYS, a->ip,
		    text_group_digits(messages, all), domain_of(a),
		    subject_plain_domain(domain_of(a)));
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/* --- whether the receiver reports ----------------------------------------- */

static const char sql_reporters[] =
    "SELECT reporter, max(org_name) AS org_name, max(day) AS day,"
    " max(domain) AS domain, date(max(day), 'unixepoch') AS date "
    "FROM report WHERE domain IN (?1, ?2) AND counted = 1 "
    "GROUP BY reporter";

/* Who the receiver is, for people and to compare. */
struct receiver {
	const char *name;
	const char *host;
	enum status_receiver who;
};

static bool
is_reporter(const struct receiver *r, const char *reporter)
{
	/* What they report as, where it is none of their servers' names. */
	static const struct {
		enum status_receiver who;
		const char *domain;
	} others[] = {
		{ STATUS_MICROSOFT, "microsoft.com" },
		{ STATUS_YAHOO, "yahooinc.com" },
		{ STATUS_YAHOO, "yahoo-inc.com" },
		{ STATUS_GMX, "gmx.net" },
		{ STATUS_GMX, "1und1.de" },
	};
	const struct status_question question = { .host = reporter };
	size_t i;

	if (r->who == STATUS_ANY)
		return align_domains(r->host, reporter, false);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i].who == r->who &&
		    align_domains(others[i].domain, reporter, false))
			return true;
	return status_receiver_find(&question) == r->who;
}

/* False: it is not known. */
static bool
find_receiver(const struct asked *a, const struct explain_facts *facts,
    struct receiver *r)
{
	const struct explain_hop *border = explain_border_of(facts);
	const struct explain_recipient *to = facts->bounce.recipients.at;
	struct status_question question = { 0 };
	size_t i;

	memset(r, 0, sizeof(*r));
	if (border != NULL)
		r->host = border->by;
	if (a->answer->reply != NULL)
		question.text = a->answer->reply->text;
	for (i = 0; i < facts->bounce.recipients.n; i++)
		if (&to[i].reply == a->answer->reply) {
			r->host = to[i].remote_mta != NULL ? to[i].remote_mta
			                                   : to[i].reply.host;
			if (question.text == NULL)
				question.text = to[i].diagnostic;
		}
	question.host = r->host;
	/* The server that reports a bounce need not be the receiver's. */
	r->who = status_receiver_find(&question);
	r->name = r->who != STATUS_ANY ? status_receiver_name(r->who) : r->host;
	return r->name != NULL;
}

static void
say_reporter(struct asked *a, const struct receiver *r, const char *domain,
    const char *date, bool is_silent)
{
	struct prose *notes = &a->answer->notes;

	if (date == NULL)
		prose_add(notes,
		    "%s has sent no report about %s, so reports do not tell "
		    "what it does with such messages.",
		    r->name, domain);
	else if (is_silent)
		prose_add(notes,
		    "%s has sent no report about %s since that for %s: ruactl "
		    "reporters.",
		    r->name, domain, date);
	else
		prose_add(notes, "%s sends reports about %s, the last for %s.",
		    r->name, domain, date);
}

static int
add_reporter(struct asked *a, struct query_db *db,
    const struct explain_facts *facts, struct err *err)
{
	char domain[ALIGN_DOMAIN] = "", date[16] = "";
	struct receiver receiver;
	int64_t newest = 0, last = 0;
	struct query *q;
	int rc;

	if (!find_receiver(a, facts, &receiver))
		return 0;
	if (query_new(&q, db, sql_reporters, err) == -1)
		return -1;
	query_bind_text(q, 1, a->from);
	query_bind_text(q, 2, a->organization);
	while ((rc = query_step(q, err)) == 1) {
		if (query_int(q, 2) > newest) {
			newest = query_int(q, 2);
			snprintf(
			    domain, sizeof(domain), "%s", query_text(q, 3));
		}
		if (is_reporter(&receiver, query_text(q, 0)) &&
		    query_int(q, 2) > last) {
			last = query_int(q, 2);
			snprintf(date, sizeof(date), "%s", query_text(q, 4));
		}
	}
	query_free(q);
	/* Of a domain that nobody reports about, nothing is missed. */
	if (rc == 0 && newest > 0)
		say_reporter(a, &receiver, domain, last > 0 ? date : NULL,
		    last + RULE_SILENT_DAYS * DAY < newest);
	return rc == -1 ? -1 : 0;
}

/* --- all of it ------------------------------------------------------------ */

/* Who gave it to its receiver; NULL: not known. */
static const char *
address_of(const struct explain_facts *facts)
{
	const struct explain_hop *border = explain_border_of(facts);

	return border != NULL ? border->from_ip : NULL;
}

int
explain_reports_add(struct explain_answer *answer,
    const struct explain_facts *facts, struct query_db *db, int64_t now,
    struct err *err)
{
	const struct explain_address *from = facts->header.from.at;
	struct asked a = {
		.answer = answer, .ip = address_of(facts), .now = now
	};
	int rc = 0;

	if (facts->header.from.n != 1 || from[0].domain == NULL)
		return 0;
	a.from = from[0].domain;
	if (!align_organization(a.from, a.organization))
		a.organization[0] = '\0';
	if (a.ip != NULL) {
		rc = add_address(&a, db, true, err);
		if (rc == 0)
			rc = add_address(&a, db, false, err);
		if (rc == 0)
			rc = add_domain(&a, db, err);
	}
	if (rc != -1)
		rc = add_reporter(&a, db, facts, err);
	return rc == -1 ? -1 : 0;
}
