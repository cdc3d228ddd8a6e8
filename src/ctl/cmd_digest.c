/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "answer/problem.h"
#include "answer/scope.h"
#include "base/mem.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define DAYS 7
#define LATE 86400 /* seconds without a good poll */
#define SHOWN 10   /* rows of a table; programs get all */

static const struct output_column problems_columns[] = {
	{ "kind", NULL, OUTPUT_TEXT, 0 },
	{ "subject", NULL, OUTPUT_TEXT, 0 },
	{ "what", NULL, OUTPUT_TEXT, 0 },
	{ "command", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

/* ?3 is the first of as many days before; ?4 rows at most. */
static const char domains_sql[] =
    "SELECT domain, messages,"
    " 10000 * pass / nullif(messages, 0) / 100.0 AS pass_pct,"
    " 10000 * before_pass / nullif(before, 0) / 100.0 AS before_pct,"
    " messages - pass AS fail FROM (SELECT rep.domain,"
    "  sum(iif(rep.day >= ?1, rec.messages, 0)) AS messages,"
    "  sum(iif(rep.day >= ?1 AND rec.dmarc = 'pass', rec.messages, 0))"
    "    AS pass,"
    "  sum(iif(rep.day < ?1, rec.messages, 0)) AS before,"
    "  sum(iif(rep.day < ?1 AND rec.dmarc = 'pass', rec.messages, 0))"
    "    AS before_pass"
    "  FROM report rep CROSS JOIN record rec ON rec.report_id = rep.id"
    "  WHERE rep.day BETWEEN ?3 AND ?2 GROUP BY rep.domain)"
    " WHERE messages > 0 ORDER BY messages DESC, domain LIMIT ?4";

static const struct output_column domains_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", "compliant", OUTPUT_PERCENT, 0 },
	{ "before_pct", "before", OUTPUT_PERCENT, 0 },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ 0 },
};

static const char sources_sql[] =
    "SELECT s.ip, coalesce(snd.label, s.ptr_domain, s.as_name) AS who,"
    " rep.domain, sum(rec.messages) AS messages,"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)"
    "   AS fail"
    " FROM report rep CROSS JOIN record rec ON rec.report_id = rep.id"
    " JOIN source s ON s.id = rec.source_id AND s.first_day >= ?1"
    " LEFT JOIN sender snd ON snd.id = s.sender_id"
    " WHERE rep.day BETWEEN ?1 AND ?2 GROUP BY s.id, rep.domain"
    " ORDER BY sum(rec.messages) DESC, s.ip, rep.domain LIMIT ?4";

static const struct output_column sources_columns[] = {
	{ "ip", "ip", OUTPUT_TEXT, 15 },
	{ "who", "who", OUTPUT_TEXT, 6 },
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ 0 },
};

/*
 * A policy that no report of the domain told before, though there are some.
 * Reporters leave out what they do not know: that is no change.
 */
#define SAME(column) \
	" AND (x." column " IS NULL OR new." column " IS NULL" \
	" OR x." column " = new." column ")"
static const char policies_sql[] =
    "WITH new AS (SELECT domain, p, sp, np, adkim, aspf, pct,"
    "    min(day) AS first FROM report WHERE counted = 1"
    "  AND day BETWEEN ?1 AND ?2 GROUP BY domain, p, sp, np, adkim, aspf, pct)"
    " SELECT domain, date(first, 'unixepoch') AS first_date, p, sp, np, adkim,"
    "  aspf, pct, (SELECT x.p FROM report x WHERE x.domain = new.domain"
    "    AND x.counted = 1 AND x.day < new.first ORDER BY x.day DESC, x.id "
    "DESC LIMIT 1)"
    "    AS before_p"
    " FROM new WHERE EXISTS (SELECT 1 FROM report x"
    "   WHERE x.domain = new.domain AND x.day < new.first)"
    " AND NOT EXISTS (SELECT 1 FROM report x WHERE x.domain = new.domain"
    "   AND x.day < new.first" SAME("p") SAME("sp") SAME("np") SAME("adkim")
        SAME("aspf") SAME("pct") ")"
                                 " ORDER BY domain, first, p LIMIT ?4";

static const struct output_column policies_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "first_date", "since", OUTPUT_TEXT, 0 },
	{ "p", "policy", OUTPUT_TEXT, 0 },
	{ "sp", "sp", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(2) },
	{ "np", "np", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "adkim", "adkim", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(3) },
	{ "aspf", "aspf", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(4) },
	{ "pct", "pct", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(5) },
	{ "before_p", "before", OUTPUT_TEXT, 0 },
	{ 0 },
};

struct letter {
	struct output *o;
	struct query_db *db;
	struct period period;
	int64_t limit;
};

static int
ask(const struct letter *l, const char *sql, struct query **q, struct err *err)
{
	int64_t days = l->period.last - l->period.first + PERIOD_DAY;

	if (scope_query(q, l->db, sql, &l->period, NULL, err) == -1)
		return -1;
	query_bind_int(*q, 3, l->period.first - days);
	return 0;
}

/* The problems in words; their number comes before them. */
static void
say_problems(struct output *o, const struct problem_list *list)
{
	const struct problem *p = list->problems.at;
	size_t i;

	if (list->problems.n == 0)
		output_line(o, "Nothing to do.");
	else
		output_line(o, "%zu %s attention:", list->problems.n,
		    list->problems.n == 1 ? "thing needs" : "things need");
	for (i = 0; i < list->problems.n; i++) {
		output_paragraph(o, 2, "! %s", p[i].text);
		output_paragraph(o, 2, "  %s", p[i].command);
	}
}

static int
show_problems(const struct letter *l, int64_t *n, struct err *err)
{
	const struct problem_question question = {
		.kinds = ~PROBLEM_BIT(PROBLEM_LOG),
		.period = l->period,
		.late_seconds = LATE,
	};
	struct problem_list list;
	struct query *q = NULL;
	int rc;

	rc = problem_load(&list, l->db, &question, err);
	*n = (int64_t)list.problems.n;
	if (rc == 0 && output_is_table(l->o))
		say_problems(l->o, &list);
	else if (rc == 0 && (rc = problem_query(&q, l->db, &list, err)) == 0)
		rc = output_rows(
		    l->o, "problems", NULL, q, problems_columns, NULL, err);
	query_free(q);
	problem_done(&list);
	return rc;
}

static int
show_table(const struct letter *l, const char *key, const char *title,
    const char *sql, const struct output_column *columns, struct err *err)
{
	struct query *q;
	int64_t rows = 0;
	int rc;

	if (ask(l, sql, &q, err) == -1)
		return -1;
	query_bind_int(q, 4, l->limit);
	rc = output_rows(l->o, key, title, q, columns, &rows, err);
	query_free(q);
	if (rc == 0 && rows == l->limit && rows == 1)
		output_line(l->o, "The first of them");
	else if (rc == 0 && rows == l->limit)
		output_line(l->o, "The first %" PRId64 " of them", rows);
	return rc;
}

static int
write_letter(const struct letter *l, int64_t *problems, struct err *err)
{
	output_line(l->o, "DMARC, %s", l->period.text);
	if (show_problems(l, problems, err) == -1 ||
	    show_table(l, "domains", "Domains", domains_sql, domains_columns,
	        err) == -1 ||
	    show_table(l, "sources", "New sources", sources_sql,
	        sources_columns, err) == -1 ||
	    show_table(l, "policies", "New policies", policies_sql,
	        policies_columns, err) == -1)
		return -1;
	return 0;
}

/* The exit status is for cron: 0 nothing to do, 1 something. */
int
cmd_digest(const struct options *options, struct err *err)
{
	static const struct period_choice week = { .days = DAYS };
	struct output_options out_options;
	struct letter l = { .limit = options->format == OUTPUT_TABLE ? SHOWN
		                                                     : -1 };
	int64_t problems = 0, reports = 0;
	int rc = -1;

	output_options_init_letter(&out_options, options->format, stdout);
	l.o = output_new(&out_options);
	if (options_open_database(options, &l.db, err) == -1 ||
	    period_find(&l.period,
	        period_is_chosen(&options->period) ? &options->period : &week,
	        DAYS, PERIOD_OF_REPORTS, l.db, NULL, err) == -1 ||
	    query_one_int(l.db, "SELECT count(*) FROM report", &reports, err) ==
	        -1)
		goto out;
	if (write_letter(&l, &problems, err) == -1 ||
	    (reports == 0 &&
	        listing_explain_empty(options, l.o, l.db, NULL, err) == -1) ||
	    output_end(l.o, err) == -1)
		goto out;
	rc = problems > 0 ? 1 : 0;
out:
	query_close(l.db);
	output_free(l.o);
	return rc;
}
