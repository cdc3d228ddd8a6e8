/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/freshness.h"

#include <inttypes.h>
#include <string.h>

#include "answer/period.h"
#include "base/io.h"
#include "store/rules.h"

#define LATE_SECONDS PERIOD_DAY /* without a good poll */
#define SHOW_MONTHS 61          /* days from which on an age is in months */
#define SHOW_YEARS 730

static const char active_sql[] = "SELECT count(*) FROM mailbox WHERE active";

static const char *
keep(struct freshness *f, struct buf *b)
{
	const char *text = arena_strndup(&f->strings, b->at, b->len);

	b->len = 0;
	return text;
}

static const char *
todo_of_mailbox(const struct problem *p)
{
	if (p->class == PROBLEM_PASSING)
		return "ruad tries again by itself";
	if (p->detail == NULL)
		return "See whether ruad is running";
	return "Nothing is collected from it until that is fixed";
}

static int
load_mailboxes(struct freshness *f, struct query_db *db, struct err *err)
{
	const struct problem_question question = {
		.kinds = PROBLEM_BIT(PROBLEM_MAILBOX),
		.period = { .first = 0, .last = -1 },
		.late_seconds = LATE_SECONDS,
	};
	struct problem_list list;
	const struct problem *p;
	struct freshness_note *note;
	struct buf b = { 0 };
	size_t i;
	int rc = problem_load(&list, db, &question, err);

	p = list.problems.at;
	for (i = 0; rc == 0 && i < list.problems.n; i++) {
		note = array_add(&f->notes, sizeof(*note));
		note->class = p[i].class;
		buf_printf(&b, "Mailbox %s", p[i].text);
		note->text = keep(f, &b);
		note->todo = todo_of_mailbox(&p[i]);
		note->command = "ruactl status";
	}
	buf_done(&b);
	problem_done(&list);
	return rc;
}

/* A month is the twelfth part of a year of 365.25 days. */
static void
add_age(struct buf *b, int64_t days)
{
	const int64_t months = days * 1200 / 36525;

	if (days < SHOW_MONTHS)
		buf_printf(b, "%" PRId64 " days", days);
	else if (days < SHOW_YEARS)
		buf_printf(
		    b, "%" PRId64 " month%s", months, months == 1 ? "" : "s");
	else
		buf_printf(b, "%" PRId64 " years", months / 12);
}

static void
add_stale(struct freshness *f, const struct period *newest, int64_t days,
    const char *domain, int64_t active)
{
	const bool fails = f->notes.n > 0;
	struct freshness_note *note = array_add(&f->notes, sizeof(*note));
	struct buf b = { 0 };

	note->class = PROBLEM_WARNING;
	note->is_age = true;
	buf_add_str(&b, "The newest report");
	if (domain != NULL)
		buf_printf(&b, " about %s", domain);
	buf_add_str(&b, " is ");
	add_age(&b, days);
	buf_printf(&b, " old (%s)", newest->text);
	note->text = keep(f, &b);
	buf_done(&b);
	if (active == 0) {
		note->todo = "No mailbox is polled: set one in ruad.conf(5), "
		             "or read newer reports";
		note->command = "ruactl import PATH";
		return;
	}
	note->todo = fails
	    ? "Newer ones may wait in the mailbox"
	    : "The mailboxes are polled: see that rua= in DNS still names one "
	      "of them";
	note->command = "ruactl status";
}

static int
load_newest(struct freshness *f, struct query_db *db, const char *domain,
    struct err *err)
{
	const struct period_choice any = { 0 };
	struct period newest;
	int64_t days, active;

	if (period_find(&newest, &any, 1, PERIOD_OF_REPORTS, db, domain, err) ==
	        -1 ||
	    query_one_int(db, active_sql, &active, err) == -1)
		return -1;
	days = (io_time() - newest.last) / PERIOD_DAY;
	if (newest.text[0] != '\0' && days > RULE_STALE_DAYS)
		add_stale(f, &newest, days, domain, active);
	return 0;
}

int
freshness_load(struct freshness *f, struct query_db *db, const char *domain,
    struct err *err)
{
	memset(f, 0, sizeof(*f));
	if (load_mailboxes(f, db, err) == -1)
		return -1;
	return load_newest(f, db, domain, err);
}

void
freshness_done(struct freshness *f)
{
	array_done(&f->notes);
	arena_done(&f->strings);
	memset(f, 0, sizeof(*f));
}

void
freshness_add_note(struct buf *b, const struct freshness_note *note)
{
	buf_printf(b, "%s. %s: %s", note->text, note->todo, note->command);
}
