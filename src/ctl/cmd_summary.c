/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>

#include "answer/problem.h"
#include "ctl/commands.h"
#include "ctl/listing.h"

/* One line for each kind, with how many there are of mailboxes. */
static void
say_attention(struct output *o, const struct problem_list *list)
{
	const struct problem *p = list->problems.at;
	int mailboxes = 0;
	size_t i;

	for (i = 0; i < list->problems.n; i++)
		if (p[i].kind == PROBLEM_MAILBOX)
			mailboxes++;
		else
			output_line(o, "! %s: %s", p[i].text, p[i].command);
	if (mailboxes > 0)
		output_line(o, "! %d %s attention: ruactl status", mailboxes,
		    mailboxes == 1 ? "mailbox needs" : "mailboxes need");
}

static int
say_problems(const struct listing_run *r,
    const struct problem_question *question, struct err *err)
{
	struct problem_list list;
	int rc = problem_load(&list, r->db, question, err);

	if (rc == 0)
		say_attention(r->out, &list);
	problem_done(&list);
	return rc;
}

static int
print_more(const struct listing_run *r, struct err *err)
{
	/* Nobody can have missed for longer what could not be read. */
	const struct problem_question now = {
		.kinds = PROBLEM_BIT(PROBLEM_MAILBOX) |
		    PROBLEM_BIT(PROBLEM_UNREADABLE),
		.hours = 30 * 24,
		.late_seconds = PERIOD_DAY,
	};
	const struct problem_question then = {
		.kinds = PROBLEM_BIT(PROBLEM_CONFLICT),
		.period = r->period,
		.domain = r->domain,
	};

	if (say_problems(r, &now, err) == -1)
		return -1;
	return say_problems(r, &then, err);
}

int
cmd_summary(const struct options *options, struct err *err)
{
	static const struct listing summary = {
		.title = "DMARC",
		.table = &table_summary,
		.days = 30,
		.of = PERIOD_OF_REPORTS,
		.says_age = true,
		.print_more = print_more,
	};

	return listing_run(&summary, options, err);
}
