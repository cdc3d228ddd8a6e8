/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/scope.h"
#include "ctl/commands.h"
#include "ctl/listing.h"
#include "store/rules.h"

#define DAYS 30
#define DAYS_NEW 7

/* Day by day first, so that the days can be drawn. */
#define SOURCES_FROM(filter) \
	" FROM (SELECT s.ip, s.ptr, s.ptr_domain, s.as_name, s.country," \
	"   snd.label AS sender, snd.kind AS sender_kind," \
	"   coalesce(snd.label, s.ptr, s.as_name) AS who," \
	"   s.first_day AS first_day, d.* FROM" \
	"   (SELECT source_id, sum(messages) AS messages," \
	"     sum(pass) AS pass, sum(messages) - sum(pass) AS fail," \
	"     min(day) AS first, max(day) AS last," \
	"     printf('%d ', (?2 - ?1) / 86400 + 1) || group_concat(" \
	"       ((day - ?1) / 86400) || ':' || messages, ' ') AS trend FROM" \
	"     (SELECT rec.source_id, rep.day, sum(rec.messages) AS messages," \
	"       coalesce(sum(rec.messages)" \
	"         FILTER (WHERE rec.dmarc = 'pass'), 0) AS pass" \
	"       FROM dom CROSS JOIN report rep ON rep.domain = dom.name" \
	"         AND rep.day BETWEEN ?1 AND ?2" \
	"       CROSS JOIN record rec ON rec.report_id = rep.id" \
	"       GROUP BY rec.source_id, rep.day)" \
	"     GROUP BY source_id) d" \
	"   LEFT JOIN source s ON s.id = d.source_id" \
	"   LEFT JOIN sender snd ON snd.id = s.sender_id)" filter

#define SOURCES_SQL(filter, order) \
	SCOPE_WITH \
	"SELECT ip, ptr, ptr_domain, as_name, country, sender, sender_kind," \
	" who, messages, 10000 * pass / nullif(messages, 0) / 100.0" \
	"   AS pass_pct," \
	" pass, fail, date(first, 'unixepoch') AS first_date," \
	" date(last, 'unixepoch') AS last_date, trend" SOURCES_FROM( \
	    filter) " ORDER BY " order " DESC, ip LIMIT ?4"

#define COUNT_SQL(filter) \
	SCOPE_WITH \
	"SELECT count(*) AS sources, coalesce(sum(messages), 0) AS messages," \
	" coalesce(sum(fail), 0) AS fail" SOURCES_FROM(filter)

#define UNKNOWN " WHERE " RULE_IS_UNKNOWN(sender, pass)
#define FAILING " WHERE fail > 0"
#define NEW " WHERE first_day >= ?1"

static const struct {
	const char *sql;
	const char *count;
	const char *word;
	int days;
} questions[] = {
	[OPTIONS_ALL_SOURCES] = { SOURCES_SQL("", "messages"), COUNT_SQL(""),
	    "", DAYS },
	[OPTIONS_UNKNOWN_SOURCES] = { SOURCES_SQL(UNKNOWN, "messages"),
	    COUNT_SQL(UNKNOWN), "unknown ", DAYS },
	[OPTIONS_FAILING_SOURCES] = { SOURCES_SQL(FAILING, "fail"),
	    COUNT_SQL(FAILING), "failing ", DAYS },
	[OPTIONS_NEW_SOURCES] = { SOURCES_SQL(NEW, "messages"), COUNT_SQL(NEW),
	    "new ", DAYS_NEW },
};

static const struct output_column sources_columns[] = {
	{ "ip", "ip", OUTPUT_TEXT, 26 },
	{ "ptr", NULL, OUTPUT_TEXT, 0 },
	{ "ptr_domain", NULL, OUTPUT_TEXT, 0 },
	{ "as_name", NULL, OUTPUT_TEXT, 0 },
	{ "country", NULL, OUTPUT_TEXT, 0 },
	{ "sender", NULL, OUTPUT_TEXT, 0 },
	{ "sender_kind", NULL, OUTPUT_TEXT, 0 },
	{ "who", "who", OUTPUT_TABLE_ONLY, 8 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "pass_pct", "compliant", OUTPUT_PERCENT, 0 },
	{ "pass", NULL, OUTPUT_NUMBER, 0 },
	{ "fail", "failing", OUTPUT_BAD_NUMBER, 0 },
	{ "first_date", "first day", OUTPUT_TEXT, OUTPUT_LEAVE_OUT(1) },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ "trend", "by day", OUTPUT_SPARK, OUTPUT_LEAVE_OUT(2) },
	{ 0 },
};

/* Say how many there are, before the first of them are shown. */
static int
say_count(const struct listing_run *r, int64_t *n, struct err *err)
{
	const enum options_sources which = r->options->sources;
	int64_t messages, fail;
	struct query *q;
	int rc;

	if (scope_query(&q, r->db, questions[which].count, &r->period,
	        r->domain, err) == -1)
		return -1;
	if ((rc = query_step(q, err)) == 1 && r->period.text[0] != '\0') {
		*n = query_named_int(q, "sources");
		messages = query_named_int(q, "messages");
		fail = query_named_int(q, "fail");
		output_line(r->out, "%s, %s", r->domain, r->period.text);
		output_line(r->out,
		    "%" PRId64 " %s%s: %" PRId64 " %s, %" PRId64 " failing", *n,
		    questions[which].word, *n == 1 ? "source" : "sources",
		    messages, messages == 1 ? "message" : "messages", fail);
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static int
show(struct listing_run *r, struct err *err)
{
	int64_t reports = 0, all = 0, rows = 0;

	if (scope_count_reports(r->db, &r->period, r->domain, &reports, err) ==
	    -1)
		return -1;
	if (reports == 0) {
		if (listing_explain_empty(
		        r->options, r->out, r->db, r->domain, err) == -1)
			return -1;
		r->period.text[0] = '\0';
	}
	if (say_count(r, &all, err) == -1 ||
	    listing_show(r, NULL, NULL, questions[r->options->sources].sql,
	        sources_columns, &rows, err) == -1)
		return -1;
	if (rows < all)
		output_line(r->out,
		    "%" PRId64 " more: -n %" PRId64 " shows all of them",
		    all - rows, all);
	if (all == 0 && r->period.text[0] != '\0')
		output_line(
		    r->out, "All sources: ruactl sources %s", r->domain);
	return 0;
}

int
cmd_sources(const struct options *options, struct err *err)
{
	struct listing_run r;
	int rc = -1;

	if (listing_begin(&r, options, questions[options->sources].days,
	        PERIOD_OF_REPORTS, err) == 0)
		rc = show(&r, err);
	return listing_end(&r, rc, err);
}
