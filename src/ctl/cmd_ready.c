/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "answer/ready.h"
#include "answer/ready_answer.h"
#include "answer/ready_most.h"
#include "answer/ready_rows.h"
#include "answer/ready_words.h"
#include "answer/subject.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

#define TASKS 5   /* that people are told of each domain */
#define DOMAINS 3 /* with sentences, if all are asked for */

/* failing = lost + suffers + stopped + unknown: those of 0 may be left out. */
static void
say_task(struct output *o, const struct ready_task *t)
{
	struct buf b = { 0 };

	ready_add_task(&b, t);
	output_paragraph(o, 2, "  %s", buf_str(&b));
	output_line(o, "    %s", t->look);
	if (t->command != NULL)
		output_line(o, "    %s", t->command);
	buf_done(&b);
}

static void
say_tasks(
    struct output *o, const struct ready_list *list, const struct ready *r)
{
	const struct ready_task *t = ready_tasks(list, r);
	const size_t n = ready_tasks_shown(list, r, TASKS);
	bool has_kind = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (i == 0 || t[i].kind != t[i - 1].kind)
			output_line(o, "%s",
			    t[i].kind == READY_TASK_FIX
			        ? "To fix:"
			        : "To find out, the riskiest first:");
		say_task(o, &t[i]);
		if (t[i].command != NULL && strstr(t[i].command, " KIND "))
			has_kind = true;
	}
	if (r->tasks > n && subject_is_plain(r->domain))
		output_line(o, "  and %zu more: ruactl sources %s --%s",
		    r->tasks - n, r->domain,
		    t[n].kind == READY_TASK_FIX ? "failing" : "unknown");
	else if (r->tasks > n)
		output_line(o, "  and %zu more", r->tasks - n);
	if (has_kind)
		output_line(o, "KIND is own, service, forwarder or hostile.");
}

/* A domain in sentences. */
static void
say_domain(
    struct output *o, const struct ready_list *list, const struct ready *r)
{
	struct prose prose = { 0 };
	struct buf start = { 0 };
	size_t i;

	output_line(o, "%s, p=%s: %s%s", r->domain,
	    r->policy != NULL ? r->policy : "?", ready_headline(r),
	    r->is_thin ? ", on little data" : "");
	ready_answer_add(&prose, r);
	for (i = 0; prose_at(&prose, i) != NULL; i++)
		output_paragraph(o, 2, "  %s", prose_at(&prose, i));
	if (ready_answer_add_start(&start, r)) {
		output_line(
		    o, "Name your senders first, which this helps with:");
		output_line(o, "  %s", buf_str(&start));
	}
	say_tasks(o, list, r);
	prose_done(&prose);
	buf_done(&start);
}

/* Whether the table does not say it all. */
static bool
needs_words(const struct ready *r)
{
	return r->tasks > 0 && r->verdict != READY_PROTECTED &&
	    r->verdict != READY_YES;
}

static void
say_domains(const struct listing_run *run, const struct ready_list *list)
{
	const struct ready *r = list->rows.at;
	size_t i, said = 0, more = 0;

	for (i = 0; i < list->rows.n; i++)
		if (run->domain != NULL || list->rows.n == 1 ||
		    (needs_words(&r[i]) && said < DOMAINS)) {
			if (said++ > 0)
				output_blank(run->out);
			say_domain(run->out, list, &r[i]);
		} else
			more += needs_words(&r[i]);
	if (more > 0) {
		output_blank(run->out);
		output_line(run->out,
		    "%zu more %s something to do: ruactl ready DOMAIN", more,
		    more == 1 ? "domain has" : "domains have");
	}
}

static int
show(const struct listing_run *r, struct err *err)
{
	struct ready_list list;
	struct query *q = NULL;
	int rc;

	rc = ready_load(&list, r->db, &r->period, r->domain, err);
	if (rc == 0)
		rc = ready_most_find(&list, r->db, &r->period, err);
	if (rc == 0 && r->period.text[0] != '\0')
		output_line(
		    r->out, "What p=reject would stop, %s", r->period.text);
	if (rc == 0)
		rc = ready_rows_query(&q, r->db, &list, err);
	if (rc == 0)
		rc = output_rows(r->out, NULL, NULL, q, table_ready, NULL, err);
	if (rc == 0 && output_is_table(r->out))
		say_domains(r, &list);
	if (rc == 0 && list.rows.n == 0)
		rc = listing_explain_empty(
		    r->options, r->out, r->db, r->domain, err);
	query_free(q);
	ready_done(&list);
	return rc;
}

int
cmd_ready(const struct options *options, struct err *err)
{
	struct listing_run r;
	int rc = -1;

	if (listing_begin(
	        &r, options, RULE_READY_DAYS, PERIOD_OF_REPORTS, err) == 0 &&
	    listing_say_age(&r, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
