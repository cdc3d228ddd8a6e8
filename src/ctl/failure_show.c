/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/failure_show.h"

#include <inttypes.h>
#include <sysexits.h>

#include "answer/dns_history.h"
#include "answer/explain_failure.h"
#include "answer/explain_reports.h"
#include "base/io.h"
#include "ctl/explain_ask.h"
#include "ctl/explain_print.h"
#include "ctl/explain_run.h"

static int
check_options(const struct options *options, struct err *err)
{
	if (options->limit != 0 || options->reporter != NULL ||
	    period_is_chosen(&options->period))
		return err_set(err, ERR_USAGE,
		    "failures ID tells of one report: leave out -n, "
		    "--reporter and options for time");
	if (explain_check_server(options, "failures ID", err) == -1)
		return -1;
	return explain_check_format(options, "failures ID", err);
}

/* asked: what DNS says, or NULL: then what the database has kept of it. */
static int
print(const struct options *options, struct query_db *db,
    const struct explain_failure *failure, const struct explain_facts *facts,
    const struct explain_ask *asked, struct err *err)
{
	struct dns_history *history = dns_history_new(db);
	const struct dns_source kept = dns_history_source(history);
	struct explain_answer answer;
	int rc;

	explain_failure_make(
	    &answer, facts, failure, asked != NULL ? &asked->source : &kept);
	rc = explain_reports_add(&answer, facts, db, io_time(), err);
	if (rc == 0)
		rc = explain_print(options, &answer, facts,
		    asked != NULL ? &asked->dns : NULL, err);
	explain_answer_done(&answer);
	dns_history_free(history);
	return rc;
}

/* What was kept of the message goes through the sandbox, as any other. */
static int
show(const struct options *options, struct query_db *db,
    struct explain_failure *failure, struct err *err)
{
	struct buf input = { 0 }, text = { 0 };
	struct explain_facts facts = { 0 };
	struct explain_ask asked;
	int rc = 0;

	explain_failure_add_text(failure, &input);
	if (input.len > 0)
		rc = explain_run_text(&input, &text, &facts, err);
	if (rc == 0)
		explain_failure_add_facts(failure, &facts);
	if (rc == 0 && options->dns) {
		rc = explain_ask(&asked, options, &facts, err);
		if (rc == 0) {
			rc = print(options, db, failure, &facts, &asked, err);
			explain_ask_done(&asked);
		}
	} else if (rc == 0) {
		rc = print(options, db, failure, &facts, NULL, err);
	}
	explain_facts_done(&facts);
	buf_done(&text);
	buf_done(&input);
	return rc;
}

int
failure_show(const struct options *options, int64_t id, struct err *err)
{
	struct explain_failure failure = { 0 };
	struct query_db *db = NULL;
	int rc;

	if (check_options(options, err) == -1 ||
	    options_open_database(options, &db, err) == -1)
		return -1;
	rc = explain_failure_load(&failure, db, id, err);
	if (rc == 0)
		rc = err_set(err, ERR_INPUT,
		    "there is no failure report %" PRId64 ": ruactl failures "
		    "DOMAIN lists those of a domain",
		    id);
	if (rc == 1)
		rc = show(options, db, &failure, err);
	explain_failure_done(&failure);
	query_close(db);
	return rc == -1 ? -1 : EX_OK;
}
