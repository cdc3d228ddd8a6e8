/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/period.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "answer/scope.h"
#include "base/io.h"
#include "base/mem.h"
#include "base/text.h"

#define MAX_DAYS 36500

/* A report may run ahead of our clock by a time zone, but not by more. */
static const char *const last_sql[][2] = {
	{ "SELECT max(day) FROM report WHERE day <= ?1",
	    SCOPE_WITH_PARTS
	    ", newest AS (SELECT part, (SELECT max(day) FROM report"
	    "   WHERE domain = dom.name AND day <= ?1) AS day FROM dom)"
	    " SELECT coalesce(max(day) FILTER (WHERE part IS NULL), max(day))"
	    " FROM newest" },
	{ "SELECT max(day) FROM tls_report WHERE day <= ?1",
	    "SELECT max(r.day) FROM tls_policy p"
	    " JOIN tls_report r ON r.id = p.tls_report_id"
	    " WHERE p.domain = ?2 AND r.day <= ?1" },
};

static int64_t
today(void)
{
	return io_time() / PERIOD_DAY * PERIOD_DAY;
}

void
period_write_date(char out[static PERIOD_DATE], int64_t day)
{
	time_t t = (time_t)day;
	struct tm tm;

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(out, PERIOD_DATE, "%Y-%m-%d", &tm) == 0)
		snprintf(out, PERIOD_DATE, "?");
}

/* Not February 30, which text_read_time() takes for a day of March. */
static bool
read_date(const char *word, int64_t *out)
{
	char again[PERIOD_DATE];
	bool zoned;

	if (!text_read_time(word, out, &zoned))
		return false;
	period_write_date(again, *out);
	return strcmp(word, again) == 0;
}

static bool
read_days(const char *word, int64_t *out)
{
	size_t n = strlen(word);
	char *digits;
	bool ok;

	if (n < 2 || word[n - 1] != 'd')
		return false;
	digits = xstrdup(word);
	digits[n - 1] = '\0';
	ok = text_read_int(digits, 1, MAX_DAYS, out);
	free(digits);
	return ok;
}

int
period_read(struct period_choice *choice, enum period_option option,
    const char *word, struct err *err)
{
	switch (option) {
	case PERIOD_SINCE:
		choice->days = 0;
		if (read_days(word, &choice->days))
			return 0;
		choice->has_since = read_date(word, &choice->since);
		if (choice->has_since)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--since takes days, as 30d, or a date, as 2026-11-01, "
		    "not \"%s\"",
		    word);
	case PERIOD_UNTIL:
		choice->has_until = read_date(word, &choice->until);
		if (choice->has_until)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--until takes a date, as 2026-11-30, not \"%s\"", word);
	case PERIOD_ONE_DAY:
		break;
	}
	choice->is_day = true;
	if (strcmp(word, "yesterday") == 0)
		choice->until = today() - PERIOD_DAY;
	else if (!read_date(word, &choice->until))
		return err_set(err, ERR_USAGE,
		    "--day takes yesterday or a date, as 2026-11-30, not "
		    "\"%s\"",
		    word);
	return 0;
}

bool
period_is_chosen(const struct period_choice *choice)
{
	return choice->days > 0 || choice->has_since || choice->has_until ||
	    choice->is_day;
}

int
period_check(const struct period_choice *choice, struct err *err)
{
	if (choice->is_day &&
	    (choice->days > 0 || choice->has_since || choice->has_until))
		return err_set(err, ERR_USAGE,
		    "--day does not go with --since or --until");
	if (choice->has_since &&
	    choice->since > (choice->has_until ? choice->until : today()))
		return err_set(err, ERR_USAGE, "--since is later than %s",
		    choice->has_until ? "--until" : "today");
	return 0;
}

static int
ask_newest(int64_t *day, enum period_of of, struct query_db *db,
    const char *domain, struct err *err)
{
	struct query_value v;
	struct query *q;
	int rc;

	if (query_new(&q, db, last_sql[of][domain != NULL], err) == -1)
		return -1;
	query_bind_int(q, 1, io_time() + PERIOD_DAY);
	if (domain != NULL && of == PERIOD_OF_TLS)
		query_bind_text(q, 2, domain);
	if (scope_bind(q, db, domain, err) == -1)
		rc = -1;
	else if ((rc = query_step(q, err)) == 1) {
		v = query_value(q, 0);
		*day = v.null ? -1 : v.num;
	}
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static void
describe(struct period *p, bool by_date)
{
	char first[PERIOD_DATE], last[PERIOD_DATE];

	period_write_date(first, p->first);
	period_write_date(last, p->last);
	if (p->first == p->last)
		snprintf(p->text, sizeof(p->text), "%s", last);
	else if (by_date)
		snprintf(p->text, sizeof(p->text), "%s to %s", first, last);
	else
		snprintf(p->text, sizeof(p->text), "%" PRId64 " days to %s",
		    (p->last - p->first) / PERIOD_DAY + 1, last);
}

int
period_find(struct period *p, const struct period_choice *choice, int days,
    enum period_of of, struct query_db *db, const char *domain, struct err *err)
{
	int64_t last = today();

	if (choice->has_until || choice->is_day)
		last = choice->until;
	else if (!period_is_chosen(choice) &&
	    ask_newest(&last, of, db, domain, err) == -1)
		return -1;
	*p = (struct period) { .first = 0, .last = -1 };
	if (last == -1)
		return 0;
	p->last = last;
	if (choice->has_since)
		p->first = choice->since;
	else if (choice->is_day)
		p->first = last;
	else
		p->first = last -
		    ((choice->days > 0 ? choice->days : days) - 1) * PERIOD_DAY;
	describe(p, choice->has_since);
	return 0;
}
