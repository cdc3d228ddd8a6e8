/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/lookup.h"

#include <stdio.h>
#include <string.h>

#include "answer/scope.h"
#include "base/buf.h"
#include "base/json.h"
#include "dns/dns_range.h"
#include "store/rules.h"

#define HOUR 3600
#define DAY (24 * HOUR)

const char *const lookup_status_words[] = { "ok", "none", "unconfirmed",
	"failed", NULL };

int64_t
lookup_next(enum lookup_status status, int64_t tries, int64_t now)
{
	static const int64_t ages[LOOKUP_STATUSES] = {
		[LOOKUP_OK] = 30 * DAY,
		[LOOKUP_NONE] = 7 * DAY,
		[LOOKUP_UNCONFIRMED] = 7 * DAY,
	};
	int64_t wait = HOUR;

	if (status != LOOKUP_FAILED)
		return now + ages[status];
	for (; tries > 1 && wait < DAY; tries--)
		wait *= 2;
	return now + (wait < DAY ? wait : DAY);
}

/* --- which sources -------------------------------------------------------- */

/*
 * Each question begins with the sources that it is about, as of(id, messages).
 * ?1: now, ?2: whether all are due, ?4: the addresses; ?9 and ?10 as scope.h
 * says.  A time that is too far away was not written by a clock that is right.
 */
#define LONGEST "2678400" /* 31 days */
#define IS_DUE \
	"(?2 OR s.lookup_next_ts IS NULL OR s.lookup_next_ts <= ?1" \
	" OR s.lookup_next_ts > ?1 + " LONGEST ")"
#define SUMS "SELECT rec.source_id, total(rec.messages) FROM "
#define BY_SOURCE " WHERE rec.source_id IS NOT NULL GROUP BY rec.source_id)"
/* clang-format off */

#define OF_ADDRESSES \
	"WITH of(id, messages) AS MATERIALIZED (SELECT id, 0 FROM source" \
	" WHERE ip IN (SELECT value FROM json_each(?4)))"

#define OF_DOMAIN SCOPE_WITH_PARTS \
	", of(id, messages) AS MATERIALIZED (" SUMS "dom" \
	" CROSS JOIN report rep ON rep.domain = dom.name" \
	" CROSS JOIN record_row rec ON rec.report_id = rep.id AND " \
	SCOPE_IS_PART("(SELECT header_from FROM profile p" \
	    " WHERE p.id = rec.profile_id)") BY_SOURCE

/* The messages of the last days that have reports: the rest is past. */
#define OF_ALL \
	"WITH recent(id, messages) AS MATERIALIZED (" SUMS "report rep" \
	" CROSS JOIN record_row rec ON rec.report_id = rep.id AND rep.day >" \
	" (SELECT max(day) FROM report WHERE day <= ?1) - 86400 * " \
	RULE_SQL(RULE_READY_DAYS) BY_SOURCE \
	", of(id, messages) AS (SELECT source.id," \
	" coalesce(recent.messages, 0) FROM source LEFT JOIN recent USING (id))"

#define PLAN \
	" SELECT s.id, s.ip, s.lookup_tries AS tries, s.asn, s.as_name," \
	" s.country, " IS_DUE " AS is_due" \
	" FROM of CROSS JOIN source s ON s.id = of.id" \
	" ORDER BY of.messages DESC, s.id"
/* clang-format on */

static int
ask(struct query **q, struct query_db *db, const char *sql,
    const struct lookup_question *question, struct err *err)
{
	struct buf json = { 0 };
	size_t i;

	if (query_new(q, db, sql, err) == -1)
		return -1;
	query_bind_int(*q, 1, question->now);
	query_bind_int(*q, 2, question->all || question->n > 0);
	if (question->n > 0) {
		buf_add_char(&json, '[');
		for (i = 0; i < question->n; i++)
			json_add_item(&json, question->ips[i]);
		buf_add_char(&json, ']');
		query_bind_text(*q, 4, buf_str(&json));
		buf_done(&json);
	} else if (question->domain != NULL &&
	    scope_bind(*q, db, question->domain, err) == -1) {
		query_free(*q);
		return -1;
	}
	return 0;
}

/* --- the plan ------------------------------------------------------------- */

enum { ID, IP, TRIES, ASN, AS_NAME, COUNTRY, IS_DUE_NOW, COLUMNS };

static const char *const column_names[COLUMNS] = { "id", "ip", "tries", "asn",
	"as_name", "country", "is_due" };

static void
add(struct lookup_plan *plan, const struct lookup_row *row, bool is_due,
    int64_t limit)
{
	struct lookup_source *s;

	plan->sources++;
	if (!dns_range_is_public(row->ip))
		plan->inside++;
	else if (!is_due)
		plan->known++;
	else if ((int64_t)plan->due.n >= limit)
		plan->left++;
	else {
		s = array_add(&plan->due, sizeof(*s));
		s->id = row->id;
		s->tries = row->tries;
		snprintf(s->ip, sizeof(s->ip), "%.45s", row->ip);
	}
}

static int
read_rows(struct lookup_plan *plan, struct query *q,
    const struct lookup_question *question, lookup_each *each, void *arg,
    struct err *err)
{
	struct lookup_row row;
	int rc, at[COLUMNS];

	query_find_columns(q, column_names, COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		row.id = query_int(q, at[ID]);
		row.ip = query_text(q, at[IP]);
		row.tries = query_int(q, at[TRIES]);
		row.asn = query_int(q, at[ASN]);
		row.as_name = query_text(q, at[AS_NAME]);
		row.country = query_text(q, at[COUNTRY]);
		if (row.ip == NULL)
			continue;
		add(plan, &row, query_int(q, at[IS_DUE_NOW]) != 0,
		    question->limit);
		if (each != NULL && each(arg, &row, err) == -1)
			return -1;
	}
	return rc;
}

/* Only who sent mail is looked up. */
static int
refuse_unknown(struct query_db *db, const struct lookup_question *question,
    struct err *err)
{
	struct query *q;
	size_t i;
	int rc = 1;

	for (i = 0; i < question->n && rc == 1; i++) {
		if (query_new(&q, db, "SELECT 1 FROM source WHERE ip = ?1",
		        err) == -1)
			return -1;
		query_bind_text(q, 1, question->ips[i]);
		rc = query_step(q, err);
		query_free(q);
		if (rc == 0)
			return err_set(err, ERR_INPUT,
			    "no report tells of mail from %s: only such "
			    "addresses are looked up",
			    question->ips[i]);
	}
	return rc == -1 ? -1 : 0;
}

int
lookup_plan_load(struct lookup_plan *plan, struct query_db *db,
    const struct lookup_question *question, lookup_each *each, void *arg,
    struct err *err)
{
	struct query *q;
	int rc;

	*plan = (struct lookup_plan) { .sources = 0 };
	if (refuse_unknown(db, question, err) == -1)
		return -1;
	rc = ask(&q, db,
	    question->n > 0                ? OF_ADDRESSES PLAN
	        : question->domain != NULL ? OF_DOMAIN PLAN
	                                   : OF_ALL PLAN,
	    question, err);
	if (rc == -1)
		return -1;
	rc = read_rows(plan, q, question, each, arg, err);
	query_free(q);
	return rc;
}

void
lookup_plan_done(struct lookup_plan *plan)
{
	array_done(&plan->due);
}

/* --- what is known -------------------------------------------------------- */

int
lookup_query_known(struct query **q, struct query_db *db,
    const struct lookup_question *question, struct err *err)
{
	static const char sql[] =
	    "SELECT s.ip, s.lookup_status AS status, s.ptr, s.ptr_claim,"
	    " s.asn, s.as_name, s.country"
	    " FROM json_each(?4) j JOIN source s ON s.ip = j.value";

	return ask(q, db, sql, question, err);
}

int
lookup_has_rules(struct query_db *db, bool *has, struct err *err)
{
	int64_t n;

	if (query_one_int(db,
	        "SELECT EXISTS (SELECT 1 FROM sender_rule"
	        " WHERE match IN ('ptr_domain', 'asn'))",
	        &n, err) == -1)
		return -1;
	*has = n != 0;
	return 0;
}
