/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/cause.h"
#include "answer/ready.h"
#include "answer/subject.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

static const struct output_column ready_columns[] = {
	{ "domain", "domain", OUTPUT_TEXT, 8 },
	{ "policy", "policy", OUTPUT_TEXT, 0 },
	{ "days", NULL, OUTPUT_NUMBER, 0 },
	{ "reporters", NULL, OUTPUT_NUMBER, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", "compliant", OUTPUT_PERCENT, 0 },
	{ "lose_known", "known", OUTPUT_BAD_NUMBER, 0 },
	{ "lose_forwarded", "forwarded", OUTPUT_NUMBER, 0 },
	{ "stop_unknown", "unknown", OUTPUT_NUMBER, 0 },
	{ "verdict", NULL, OUTPUT_TEXT, 0 },
	{ "forwarding_suffers", NULL, OUTPUT_BOOL, 0 },
	{ "title", "verdict", OUTPUT_TABLE_ONLY, 12 },
	{ "first_class", NULL, OUTPUT_TEXT, 0 },
	{ "first_ip", NULL, OUTPUT_TEXT, 0 },
	{ "first_who", NULL, OUTPUT_TEXT, 0 },
	{ "first_cause", NULL, OUTPUT_TEXT, 0 },
	{ "first_messages", NULL, OUTPUT_NUMBER, 0 },
	{ 0 },
};

/* The source that comes first. */
static void
say_source(struct output *o, const struct ready *r)
{
	const int64_t n = r->first_messages;

	output_line(o, "  %s", ready_first_task(r));
	output_line(o, "  %s, %" PRId64 " %s",
	    r->first_ip != NULL ? r->first_ip : "no address", n,
	    n == 1 ? "message" : "messages");
	if (r->first_who != NULL)
		output_line(o, "  %s", r->first_who);
	output_line(o, "  %s", cause_what(r->first_cause));
	if (r->first_ip != NULL && subject_is_plain(r->domain))
		output_line(o, "  ruactl why %s %s", r->domain, r->first_ip);
}

/* What the verdict asks for, in words. */
static void
say_next(struct output *o, const struct ready *r)
{
	struct buf reason = { 0 };

	output_line(o, "%s: %s", r->domain, ready_title(r));
	if (r->verdict == READY_TOO_LITTLE) {
		ready_add_reason(&reason, r);
		output_line(o, "  %s", buf_str(&reason));
		buf_done(&reason);
	}
	if (r->first_class == SOURCE_COMPLIANT)
		output_line(o, "  %s", ready_first_task(r));
	else
		say_source(o, r);
	if (ready_standing(r) == READY_TO_REJECT)
		output_line(o, "  Then publish p=reject.");
}

static int
show(const struct listing_run *r, struct err *err)
{
	struct ready_list list;
	struct query *q = NULL;
	size_t i;
	int rc;

	rc = ready_load(&list, r->db, &r->period, r->domain, &q, err);
	if (rc == 0 && r->period.text[0] != '\0')
		output_line(
		    r->out, "What p=reject would stop, %s", r->period.text);
	if (rc == 0)
		rc = output_rows(
		    r->out, NULL, NULL, q, ready_columns, NULL, err);
	for (i = 0; rc == 0 && i < list.rows.n; i++)
		say_next(r->out, (const struct ready *)list.rows.at + i);
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
	        &r, options, RULE_READY_DAYS, PERIOD_OF_REPORTS, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
