/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "answer/advice.h"
#include "answer/ready.h"
#include "answer/scope.h"
#include "answer/subject.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

static const struct output_column ready_columns[] = {
	{ "domain", OUTPUT_TEXT, 8 },
	{ "policy", OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_NUMBER, 0 }, /* days, reporters */
	{ NULL, OUTPUT_NUMBER, 0 },
	{ "messages", OUTPUT_NUMBER, 0 },
	{ "compliant", OUTPUT_PERCENT, 0 },
	{ "known", OUTPUT_BAD_NUMBER, 0 },
	{ "forwarded", OUTPUT_NUMBER, 0 },
	{ "unknown", OUTPUT_NUMBER, 0 },
	{ "verdict", OUTPUT_TEXT, 12 },
	{ NULL, OUTPUT_TEXT, 0 }, /* first_... */
	{ NULL, OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_TEXT, 0 },
	{ NULL, OUTPUT_NUMBER, 0 },
};

/* The source that comes first. */
static void
say_source(struct output *o, struct query *q, const char *what)
{
	struct query_value ip = query_value(q, READY_FIRST_IP);
	struct query_value who = query_value(q, READY_FIRST_WHO);
	const char *domain = query_value(q, READY_DOMAIN).text;
	int64_t n = query_value(q, READY_FIRST_MESSAGES).num;

	output_say(o, "  %s", what);
	output_say(o, "  %s, %" PRId64 " %s", ip.null ? "no address" : ip.text,
	    n, n == 1 ? "message" : "messages");
	if (!who.null)
		output_say(o, "  %s", who.text);
	output_say(
	    o, "  %s", advice_what(query_value(q, READY_FIRST_CAUSE).text));
	if (!ip.null && subject_is_plain(domain))
		output_say(o, "  ruactl why %s %s", domain, ip.text);
}

/* What the verdict asks for, in words. */
static void
say_next(struct output *o, struct query *q)
{
	struct query_value policy = query_value(q, READY_POLICY);
	struct query_value class = query_value(q, READY_FIRST_CLASS);
	const char *domain = query_value(q, READY_DOMAIN).text;
	const char *verdict = query_value(q, READY_VERDICT).text;
	int64_t days = query_value(q, READY_DAYS_SEEN).num;
	int64_t reporters = query_value(q, READY_REPORTERS).num;

	output_say(o, "%s: %s", domain, verdict);
	if (strcmp(verdict, "too little data") == 0)
		output_say(o,
		    "  %" PRId64 " %s by %" PRId64 " %s; wait for 14 days by 3",
		    days, days == 1 ? "day" : "days", reporters,
		    reporters == 1 ? "reporter" : "reporters");
	if (class.null) {
		output_say(o, "  Nothing failed.");
	} else if (strcmp(class.text, "known") == 0) {
		say_source(o, q, "First fix this source:");
		return;
	} else if (strcmp(class.text, "forwarded") == 0) {
		say_source(o, q, "Forwarded: first look at this source:");
	} else
		say_source(
		    o, q, "Unknown: first see whether this source is yours:");
	if (strncmp(verdict, "ready", 5) == 0 &&
	    (policy.null || strcmp(policy.text, "reject") != 0))
		output_say(o, "  Then publish p=reject.");
}

static int
say_all_next(struct output *o, struct query *q, struct err *err)
{
	int rc;

	query_again(q);
	while ((rc = query_step(q, err)) == 1)
		say_next(o, q);
	return rc;
}

int
cmd_ready(const struct options *options, struct err *err)
{
	struct output *o = options_new_output(options);
	struct query_db *db = NULL;
	struct query *q = NULL;
	struct period period;
	char *domain = options_copy_domain(options);
	int64_t rows = 0;
	int rc = -1;

	if (options_open_database(options, &db, err) == -1 ||
	    period_find(&period, &options->period, READY_DAYS,
	        PERIOD_OF_REPORTS, db, domain, err) == -1 ||
	    scope_query(&q, db, ready_sql, &period, domain, err) == -1)
		goto out;
	query_keep(q);
	if (period.text[0] != '\0')
		output_say(o, "What p=reject would stop, %s", period.text);
	if (output_rows(o, NULL, NULL, q, ready_columns, &rows, err) == -1 ||
	    (options->format == OUTPUT_TABLE &&
	        say_all_next(o, q, err) == -1) ||
	    (rows == 0 && listing_say_empty(options, o, db, domain, err) == -1))
		goto out;
	rc = output_end(o, err);
out:
	query_free(q);
	query_close(db);
	output_free(o);
	free(domain);
	return rc;
}
