/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>

#include "answer/policy_change.h"
#include "answer/problem.h"
#include "answer/scope.h"
#include "answer/sender_rows.h"
#include "base/mem.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "store/rules.h"

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

#define PASS_PCT RULE_PERCENT(pass, messages)
#define BEFORE_PCT RULE_PERCENT(before_pass, before)

/* ?3 is the first of as many days before; ?4 rows at most. */
static const char domains_sql[] =
    "SELECT domain, messages,"
    " " PASS_PCT " AS pass_pct,"
    " " BEFORE_PCT " AS before_pct,"
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

static const struct output_column senders_columns[] = {
	{ "who", "who", OUTPUT_TEXT, 8 },
	{ "basis", "known", OUTPUT_TABLE_ONLY, 7 },
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "evidence", NULL, OUTPUT_TEXT, 0 },
	{ "kind", NULL, OUTPUT_TEXT, 0 },
	{ "class", NULL, OUTPUT_TEXT, 0 },
	{ "addresses", "addresses", OUTPUT_NUMBER, OUTPUT_LEAVE_OUT(1) },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", NULL, OUTPUT_PERCENT, 0 },
	{ "pass", NULL, OUTPUT_NUMBER, 0 },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ "lost", NULL, OUTPUT_NUMBER, 0 },
	{ "suffers", NULL, OUTPUT_NUMBER, 0 },
	{ "stopped", NULL, OUTPUT_NUMBER, 0 },
	{ "unknown", NULL, OUTPUT_NUMBER, 0 },
	{ "before", NULL, OUTPUT_NUMBER, 0 },
	{ "first_date", NULL, OUTPUT_TEXT, 0 },
	{ "last_date", NULL, OUTPUT_TEXT, 0 },
	{ "signs", NULL, OUTPUT_JSON_TEXT, 0 },
	{ "author", NULL, OUTPUT_TEXT, 0 },
	{ "also", NULL, OUTPUT_TEXT, 0 },
	{ "trend", NULL, OUTPUT_SPARK, 0 },
	{ 0 },
};

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
	const struct period_choice *choice;
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

/* Say that a table has as many rows as are shown at most. */
static void
say_limit(const struct letter *l, int64_t rows)
{
	if (rows == l->limit && rows == 1)
		output_line(l->o, "The first of them");
	else if (rows == l->limit)
		output_line(l->o, "The first %" PRId64 " of them", rows);
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
	if (rc == 0)
		say_limit(l, rows);
	return rc;
}

/* Senders of all domains, the most messages first. */
static int
compare_senders(const void *one, const void *other)
{
	const struct sender *a = *(struct sender *const *)one;
	const struct sender *b = *(struct sender *const *)other;
	const int64_t n = a->counts.messages, m = b->counts.messages;

	return n != m ? (n < m) - (n > m) : (a > b) - (a < b);
}

/* The numbers of the new ones. */
static void
find_new(const struct letter *l, const struct sender_list *list,
    struct array *numbers)
{
	const struct sender *s = list->senders.at, **at;
	struct array found = { 0 };
	size_t i;

	for (i = 0; i < list->senders.n; i++)
		if (s[i].is_new)
			*(const struct sender **)array_add(
			    &found, sizeof(s)) = &s[i];
	at = found.at;
	if (found.n > 0)
		qsort(at, found.n, sizeof(*at), compare_senders);
	for (i = 0; i < found.n && (l->limit < 0 || i < (size_t)l->limit); i++)
		*(size_t *)array_add(numbers, sizeof(i)) = (size_t)(at[i] - s);
	array_done(&found);
}

/* What is as it should be. */
static void
say_hostile(const struct letter *l, const struct sender_list *list)
{
	const struct sender_domain *d = list->domains.at;
	char digits[TEXT_DIGITS];
	int64_t n = 0;
	size_t i;

	for (i = 0; i < list->domains.n; i++)
		n += d[i].counts.failed[SOURCE_HOSTILE];
	if (n > 0)
		output_line(l->o,
		    "%s %s from senders that you named hostile failed, as %s "
		    "should.",
		    text_group_digits(n, digits),
		    n == 1 ? "message" : "messages", n == 1 ? "it" : "they");
}

static int
show_senders(const struct letter *l, struct err *err)
{
	const struct sender_question question = { .period = l->period };
	struct array numbers = { 0 };
	struct sender_list list;
	struct query *q;
	int64_t rows = 0;
	int rc;

	if ((rc = sender_list_load(&list, l->db, &question, err)) == 0) {
		say_hostile(l, &list);
		find_new(l, &list, &numbers);
		rc = sender_rows_query(&q, l->db, &list, &numbers, err);
	}
	if (rc == 0) {
		rc = output_rows(l->o, "senders", "New senders", q,
		    senders_columns, &rows, err);
		query_free(q);
	}
	if (rc == 0)
		say_limit(l, rows);
	array_done(&numbers);
	sender_list_done(&list);
	return rc;
}

static int
write_letter(const struct letter *l, int64_t *problems, struct err *err)
{
	if (listing_say_age_of(l->o, l->db, NULL, l->choice, err) == -1)
		return -1;
	output_line(l->o, "DMARC, %s", l->period.text);
	if (show_problems(l, problems, err) == -1 ||
	    show_table(l, "domains", "Domains", domains_sql, domains_columns,
	        err) == -1 ||
	    show_senders(l, err) == -1 ||
	    show_table(l, "policies", "New policies", policy_change_sql,
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
	struct letter l = { .choice = &options->period,
		.limit = options->format == OUTPUT_TABLE ? SHOWN : -1 };
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
