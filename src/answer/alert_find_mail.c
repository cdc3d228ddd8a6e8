/* SPDX-License-Identifier: BSD-2-Clause */
/* Of mailboxes, and of messages that cannot be read. */
#include <string.h>

#include "answer/alert_find.h"
#include "answer/problem.h"

#define BEGIN_HOURS 24
#define HOLD_HOURS (7 * 24)

static const char *const details[PROBLEM_KINDS] = {
	[PROBLEM_UNFILED] = "unfiled",
	[PROBLEM_UNDELIVERED] = "undelivered",
};

static void
add_mailbox(struct alert_look *look, const struct problem *p)
{
	struct alert_found *f;

	/* What may heal by itself is not told. */
	if (p->class == PROBLEM_PASSING)
		return;
	f = alert_find_add(look, ALERT_BEGINS, ALERT_MAILBOX_FAILING);
	f->mark.object = alert_find_copy(look, p->subject);
	f->mark.detail = details[p->kind];
	f->mark.command = alert_find_copy(look, p->command);
	f->text = alert_find_copy(look, p->text);
	if (p->kind == PROBLEM_MAILBOX && p->class == PROBLEM_CRITICAL) {
		look->is_collecting = false;
		if (p->of != 0 && p->n > 0)
			f->mark.since_ts = look->now - p->n;
	}
}

/* One message begins it, and it ends when none came for long. */
static void
add_unreadable(
    struct alert_look *look, const struct problem *p, enum alert_sight sight)
{
	struct alert_found *f = alert_find_add(
	    look, sight, ALERT_UNREADABLE_MESSAGES);

	f->mark.command = alert_find_copy(look, p->command);
	f->text = alert_find_copy(look, p->text);
}

static int
look_for(struct alert_look *look, unsigned int kinds, int hours,
    enum alert_sight sight, struct err *err)
{
	const struct problem_question question = {
		.kinds = kinds,
		.period = { .first = 0, .last = -1 },
		.hours = hours,
		.late_seconds = PROBLEM_LATE,
	};
	struct problem_list list;
	const struct problem *p;
	size_t i;
	int rc = problem_load(&list, look->db, &question, err);

	p = list.problems.at;
	for (i = 0; rc == 0 && i < list.problems.n; i++)
		if (p[i].kind == PROBLEM_UNREADABLE)
			add_unreadable(look, &p[i], sight);
		else
			add_mailbox(look, &p[i]);
	problem_done(&list);
	return rc;
}

int
alert_find_mail(struct alert_look *look, struct err *err)
{
	const unsigned int mailboxes = PROBLEM_BIT(PROBLEM_MAILBOX) |
	    PROBLEM_BIT(PROBLEM_UNFILED) | PROBLEM_BIT(PROBLEM_UNDELIVERED);
	const unsigned int unreadable = PROBLEM_BIT(PROBLEM_UNREADABLE);

	look->is_collecting = true;
	if (look_for(look, mailboxes | unreadable, BEGIN_HOURS, ALERT_BEGINS,
	        err) == -1)
		return -1;
	return look_for(look, unreadable, HOLD_HOURS, ALERT_HOLDS, err);
}
