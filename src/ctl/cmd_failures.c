/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/failing.h"
#include "answer/sender_list.h"
#include "answer/subject.h"
#include "base/io.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/failure_show.h"
#include "ctl/listing.h"

#define DAYS 30

/* "57 of 1,902 messages failed, from 3 senders". */
static void
say_count(
    const struct listing_run *r, int64_t fail, int64_t all, int64_t senders)
{
	char digits[3][TEXT_DIGITS];

	output_line(r->out, "%s%s%s, %s", r->domain,
	    r->reporter != NULL ? ", by " : "",
	    r->reporter != NULL ? r->reporter : "", r->period.text);
	output_line(r->out, "%s of %s %s failed, from %s %s",
	    text_group_digits(fail, digits[0]),
	    text_group_digits(all, digits[1]),
	    all == 1 ? "message" : "messages",
	    text_group_digits(senders, digits[2]),
	    senders == 1 ? "sender" : "senders");
}

static void
say_cut(const struct listing_run *r, int64_t rows)
{
	if (rows == r->limit)
		output_line(r->out,
		    "Only the first %" PRId64 ": -n %" PRId64 " shows more",
		    r->limit, 10 * r->limit);
}

/* What failed, in sum and by whom. */
static int
show_failing(const struct listing_run *r, const struct sender_list *list,
    int64_t *rows, struct err *err)
{
	struct failing f;
	struct query *q = NULL;
	int rc;

	rc = failing_load(&f, r->db, list, r->reporter, err);
	if (rc == 0 && list->senders.n > 0)
		say_count(r, f.fail, f.messages, (int64_t)f.senders.keys.n);
	if (rc == 0)
		rc = failing_query(&q, r->db, &f, list, r->limit, err);
	if (rc == 0)
		rc = output_rows(
		    r->out, "failing", NULL, q, table_failing, rows, err);
	if (rc == 0)
		say_cut(r, *rows);
	query_free(q);
	failing_done(&f);
	return rc;
}

static int
show_samples(const struct listing_run *r, int64_t *rows, struct err *err)
{
	if (listing_show(r, "failures", "Failure reports", &table_failures,
	        rows, err) == -1)
		return -1;
	say_cut(r, *rows);
	return 0;
}

static int
show(struct listing_run *r, const struct sender_list *list, struct err *err)
{
	int64_t failing = 0, reports = 0;

	if (show_failing(r, list, &failing, err) == -1)
		return -1;
	if (failing > 0 && subject_is_plain(r->domain))
		output_line(r->out, "Explain one of them: ruactl why %s WHO",
		    r->domain);
	/* Failure reports come at once, aggregate reports a day later. */
	if (!period_is_chosen(&r->options->period) &&
	    r->period.last < io_time())
		r->period.last = io_time();
	if (r->reporter == NULL && show_samples(r, &reports, err) == -1)
		return -1;
	if (reports > 0)
		output_line(r->out, "Explain one of them: ruactl failures ID");
	if (list->senders.n == 0 && reports == 0)
		return listing_explain_empty(
		    r->options, r->out, r->db, r->domain, err);
	return 0;
}

int
cmd_failures(const struct options *options, struct err *err)
{
	static const struct period_choice last_days = { .days = DAYS };
	struct sender_question question = { .by = SENDER_GROUPED,
		.keep = true };
	struct sender_list list = { 0 };
	struct listing_run r;
	int64_t id;
	int rc = -1;

	if (text_read_int(options->args[0], 0, INT64_MAX, &id))
		return failure_show(options, id, err);
	if (options->dns || options->server != NULL)
		return err_set(err, ERR_USAGE,
		    "--dns and --server are for one failure report: ruactl "
		    "failures --dns ID");
	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == -1)
		goto out;
	/* Without aggregate reports there may still be failure reports. */
	if (r.period.text[0] == '\0' &&
	    period_find(&r.period, &last_days, DAYS, PERIOD_OF_REPORTS, r.db,
	        r.domain, err) == -1)
		goto out;
	question.period = r.period;
	question.domain = r.domain;
	if (listing_say_age(&r, err) == 0 &&
	    sender_list_load(&list, r.db, &question, err) == 0)
		rc = show(&r, &list, err);
out:
	rc = listing_end(&r, rc, err);
	sender_list_done(&list);
	return rc;
}
