/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/scope.h"
#include "answer/sender_list.h"
#include "answer/subject.h"
#include "base/io.h"
#include "base/text.h"
#include "ctl/commands.h"
#include "ctl/failure_show.h"
#include "ctl/listing.h"

#define DAYS 30

/* What one reporter tells. */
static const char reporter_sql[] = SCOPE_WITH_PARTS
    " SELECT coalesce(sum(rec.messages), 0) AS messages,"
    " coalesce(sum(rec.messages) FILTER (WHERE rec.dmarc = 'fail'), 0)"
    "   AS fail,"
    " count(DISTINCT sender_of(dom.name, coalesce(rec.source_id, 0)))"
    "   FILTER (WHERE rec.dmarc = 'fail') AS senders"
    " FROM dom CROSS JOIN report rep ON rep.domain = dom.name"
    "   AND rep.day BETWEEN ?1 AND ?2"
    "   AND rep.org_name = ?11 COLLATE NOCASE"
    " CROSS JOIN record rec ON rec.report_id = rep.id"
    "   AND " SCOPE_IS_PART("rec.header_from");

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

static int
count_of_reporter(const struct listing_run *r, struct err *err)
{
	struct query *q;
	int rc;

	if (listing_query(&q, r, reporter_sql, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1)
		say_count(r, query_named_int(q, "fail"),
		    query_named_int(q, "messages"),
		    query_named_int(q, "senders"));
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static void
count_all(const struct listing_run *r, const struct sender_list *list)
{
	const struct sender *s = list->senders.at;
	struct sender_counts counts = { 0 };
	int64_t failing = 0;
	size_t i;

	for (i = 0; i < list->senders.n; i++) {
		sender_add_counts(&counts, &s[i].counts);
		failing += sender_fail(&s[i].counts) > 0;
	}
	say_count(r, sender_fail(&counts), counts.messages, failing);
}

static int
show_table(const struct listing_run *r, const char *key, const char *title,
    const struct table *table, int64_t *rows, struct err *err)
{
	if (listing_show(r, key, title, table, rows, err) == -1)
		return -1;
	if (*rows == r->limit)
		output_line(r->out,
		    "Only the first %" PRId64 ": -n %" PRId64 " shows more",
		    r->limit, 10 * r->limit);
	return 0;
}

static int
show(struct listing_run *r, const struct sender_list *list, struct err *err)
{
	int64_t failing = 0, reports = 0;

	if (list->senders.n > 0 && r->reporter == NULL)
		count_all(r, list);
	else if (list->senders.n > 0 && count_of_reporter(r, err) == -1)
		return -1;
	if (show_table(r, "failing", NULL, &table_failing, &failing, err) == -1)
		return -1;
	if (failing > 0 && subject_is_plain(r->domain))
		output_line(r->out, "Explain one of them: ruactl why %s WHO",
		    r->domain);
	/* Failure reports come at once, aggregate reports a day later. */
	if (!period_is_chosen(&r->options->period) &&
	    r->period.last < io_time())
		r->period.last = io_time();
	if (r->reporter == NULL &&
	    show_table(r, "failures", "Failure reports", &table_failures,
	        &reports, err) == -1)
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
	struct sender_question question = { .by = SENDER_GROUPED };
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
	    sender_list_load(&list, r.db, &question, err) == 0 &&
	    sender_list_define(&list, r.db, err) == 0)
		rc = show(&r, &list, err);
out:
	rc = listing_end(&r, rc, err);
	sender_list_done(&list);
	return rc;
}
