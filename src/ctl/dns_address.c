/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/dns_address.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/dns_finding.h"
#include "answer/dns_rows.h"
#include "answer/sender_list.h"
#include "answer/subject.h"
#include "base/json.h"
#include "base/text.h"
#include "dns/spf.h"
#include "store/rules.h"

#define NOT_ALLOWED 1 /* exit status */
#define RECORD 300    /* columns of a record that are shown */

/* What is shown of one address. */
struct judged {
	const char *domain;
	char ip[SUBJECT_ADDRESS];
	struct spf_verdict verdict;
	/* What reports say of it, in RULE_READY_DAYS. */
	int64_t messages, pass;
};

/* --- in words ------------------------------------------------------------- */

/* The record of the domain itself; NULL: it has none. */
static const struct spf_record *
first_record(const struct spf_verdict *v)
{
	const struct spf_record *r = v->record;

	while (r != NULL && r->parent != NULL)
		r = r->parent;
	return r != NULL && r->state == SPF_FOUND ? r : NULL;
}

/* What to publish so that it passes, as a line to paste. */
static void
say_advice(struct output *o, const struct judged *j)
{
	const struct spf_record *first = first_record(&j->verdict);
	struct buf value = { 0 }, line = { 0 }, term = { 0 };
	bool ok;

	spf_write_term(&term, j->ip);
	if (first != NULL)
		spf_write_with(&value, first, buf_str(&term));
	else
		buf_printf(&value, "v=spf1 %s ~all", buf_str(&term));
	buf_done(&term);
	buf_printf(&line, "%*s%s TXT ", OUTPUT_MARKED, "", j->domain);
	ok = dns_write_strings(&line, buf_str(&value));
	buf_done(&value);
	if (!ok) {
		buf_done(&line);
		return;
	}
	output_paragraph(o, OUTPUT_MARKED,
	    first != NULL
	        ? "        If it is yours, publish this record instead:"
	        : "        If it is yours, publish a record with it and your "
	          "other servers:");
	output_verbatim(o, buf_str(&line));
	buf_done(&line);
}

static bool
is_by_all(const struct spf_verdict *v)
{
	return v->term == NULL || v->term->kind == SPF_ALL;
}

static void
say_error(struct output *o, const struct judged *j)
{
	const struct spf_verdict *v = &j->verdict;
	const struct spf_problem *p = v->problem;

	if (v->result == SPF_TEMPERROR)
		output_marked(o, OUTPUT_MARK_UNKNOWN,
		    "It cannot be told: %s %s",
		    p != NULL && p->name != NULL ? p->name : j->domain,
		    p != NULL && p->failure != NULL ? p->failure
		                                    : "did not answer");
	else
		output_marked(o, OUTPUT_MARK_ERROR,
		    "permerror: the record is in error (%s%s%s), so that "
		    "receivers let nobody pass by SPF: ruactl dns %s says what "
		    "to change",
		    p != NULL ? spf_problem_word(p->kind) : "error",
		    v->term != NULL ? ", " : "",
		    v->term != NULL ? v->term->text : "", j->domain);
}

static void
say_verdict(struct output *o, const struct judged *j)
{
	const struct spf_verdict *v = &j->verdict;

	switch (v->result) {
	case SPF_PASS:
		output_marked(o,
		    is_by_all(v) ? OUTPUT_MARK_WARNING : OUTPUT_MARK_OK,
		    "pass, by %s%s", v->path,
		    is_by_all(v) ? ", which lets everybody pass" : "");
		break;
	case SPF_NONE:
		output_marked(o, OUTPUT_MARK_ERROR,
		    "none: %s has no SPF record, so nothing passes", j->domain);
		say_advice(o, j);
		break;
	case SPF_NEUTRAL:
	case SPF_FAIL:
	case SPF_SOFTFAIL:
		if (is_by_all(v))
			output_marked(o, OUTPUT_MARK_ERROR,
			    "%s: no term has it%s%s",
			    spf_result_word(v->result),
			    v->term != NULL ? ", and the record ends with "
			                    : "",
			    v->term != NULL ? v->path : "");
		else
			output_marked(o, OUTPUT_MARK_ERROR, "%s, by %s",
			    spf_result_word(v->result), v->path);
		if (is_by_all(v))
			say_advice(o, j);
		break;
	case SPF_TEMPERROR:
	case SPF_PERMERROR:
		say_error(o, j);
		break;
	}
}

/* The records on the way to the term, the domain's own first. */
static void
say_way(struct output *o, const struct spf_record *r)
{
	char shown[4 * RECORD + 8];

	if (r == NULL)
		return;
	say_way(o, r->parent);
	if (r->text == NULL)
		return;
	text_safe(shown, sizeof(shown), r->text);
	output_paragraph(o, 4, "  %s  %s", r->domain, text_cut(shown, RECORD));
}

static void
say_reports(struct output *o, const struct judged *j)
{
	char all[TEXT_DIGITS], pass[TEXT_DIGITS];
	struct buf domain = { 0 };

	if (j->messages == 0) {
		output_line(o,
		    "No report of %d days tells of mail as %s from it.",
		    RULE_READY_DAYS, j->domain);
		return;
	}
	subject_add_argument(&domain, j->domain);
	output_line(o,
	    "It sent %s %s as %s in %d days of reports, %s compliant: ruactl "
	    "why %s %s",
	    text_group_digits(j->messages, all),
	    j->messages == 1 ? "message" : "messages", j->domain,
	    RULE_READY_DAYS, text_group_digits(j->pass, pass), buf_str(&domain),
	    j->ip);
	buf_done(&domain);
}

static void
say(struct output *o, const struct judged *j, const char *whom)
{
	const struct spf_verdict *v = &j->verdict;

	output_line(
	    o, "%s and the SPF record of %s, %s", j->ip, j->domain, whom);
	say_verdict(o, j);
	if (v->record != NULL && v->record->text != NULL) {
		output_line(o, "The way through the records:");
		say_way(o, v->record);
	}
	output_line(o,
	    "%d of %d look-ups, %d of %d that find nothing, up to there",
	    v->lookups, SPF_LOOKUPS, v->voids, SPF_VOIDS);
	say_reports(o, j);
}

/* --- for programs --------------------------------------------------------- */

static const struct output_column columns[] = {
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "ip", NULL, OUTPUT_TEXT, 0 },
	{ "result", NULL, OUTPUT_TEXT, 0 },
	{ "term", NULL, OUTPUT_TEXT, 0 },
	{ "path", NULL, OUTPUT_TEXT, 0 },
	{ "record", NULL, OUTPUT_TEXT, 0 },
	{ "problem", NULL, OUTPUT_TEXT, 0 },
	{ "lookups", NULL, OUTPUT_NUMBER, 0 },
	{ "voids", NULL, OUTPUT_NUMBER, 0 },
	{ "messages", NULL, OUTPUT_NUMBER, 0 },
	{ "pass", NULL, OUTPUT_NUMBER, 0 },
	{ 0 },
};

static int
show_row(struct output *o, struct query_db *db, const struct judged *j,
    struct err *err)
{
	static const char sql[] =
	    "SELECT ?1 ->> 0 AS domain, ?1 ->> 1 AS ip, ?1 ->> 2 AS result,"
	    " ?1 ->> 3 AS term, ?1 ->> 4 AS path, ?1 ->> 5 AS record,"
	    " ?1 ->> 6 AS problem, ?1 ->> 7 AS lookups, ?1 ->> 8 AS voids,"
	    " ?1 ->> 9 AS messages, ?1 ->> 10 AS pass";
	const struct spf_verdict *v = &j->verdict;
	const struct spf_record *first = first_record(v);
	struct query *q = NULL;
	struct buf json = { 0 };
	int rc;

	buf_add_char(&json, '[');
	json_add_item(&json, j->domain);
	json_add_item(&json, j->ip);
	json_add_item(&json, spf_result_word(v->result));
	json_add_item(&json, v->term != NULL ? v->term->text : NULL);
	json_add_item(&json, v->path[0] != '\0' ? v->path : NULL);
	json_add_item(&json, first != NULL ? first->text : NULL);
	json_add_item(&json,
	    v->problem != NULL ? spf_problem_word(v->problem->kind) : NULL);
	json_add_item_int(&json, v->lookups);
	json_add_item_int(&json, v->voids);
	json_add_item_int(&json, j->messages);
	json_add_item_int(&json, j->pass);
	buf_add_char(&json, ']');
	rc = dns_rows_query(&q, db, sql, buf_str(&json), err);
	if (rc == 0)
		rc = output_rows(o, NULL, NULL, q, columns, NULL, err);
	query_free(q);
	buf_done(&json);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

/* What reports tell of the address. */
static int
read_reports(struct judged *j, struct query_db *db, struct err *err)
{
	static const struct period_choice any = { 0 };
	struct sender_question question = { .domain = j->domain,
		.by = SENDER_ADDRESSES };
	const struct sender_source *s;
	struct sender_list list = { 0 };
	size_t i;
	int rc;

	rc = period_find(&question.period, &any, RULE_READY_DAYS,
	    PERIOD_OF_REPORTS, db, NULL, err);
	if (rc == 0)
		rc = sender_list_load(&list, db, &question, err);
	s = list.sources.at;
	for (i = 0; rc == 0 && i < list.sources.n; i++)
		if (s[i].ip != NULL && strcmp(s[i].ip, j->ip) == 0) {
			j->messages = s[i].counts.messages;
			j->pass = s[i].counts.pass;
		}
	sender_list_done(&list);
	return rc;
}

int
dns_address_show(struct dns_asking *asking, struct output *o,
    struct query_db *db, const char *domain, const char *ip, int *status,
    struct err *err)
{
	struct judged j = { .domain = domain };
	const struct spf_query query = { .ip = j.ip, .domain = domain };
	char whom[DNS_ASKING_WHOM];
	int rc;

	if (subject_read_address(ip, j.ip, err) == -1 ||
	    read_reports(&j, db, err) == -1)
		return -1;
	spf_check(&asking->source, &query, &j.verdict);
	*status = j.verdict.result == SPF_PASS  ? 0
	    : j.verdict.result == SPF_TEMPERROR ? err_exit_status(ERR_NET)
	                                        : NOT_ALLOWED;
	dns_asking_write_whom(asking, domain, whom);
	if (output_is_table(o)) {
		say(o, &j, whom);
		rc = 0;
	} else
		rc = show_row(o, db, &j, err);
	spf_verdict_done(&j.verdict);
	return rc;
}
