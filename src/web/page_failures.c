/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What failed of a domain, by whom it is reported; and the reports of single
 * messages, with their addresses and subjects, if that is allowed.
 */
#include <string.h>

#include "answer/failing.h"
#include "answer/subject.h"
#include "page/panel.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_failures(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "failures ");
	subject_add_argument(out, a->domain);
	if (a->reporter != NULL)
		subject_add_option(out, "--reporter=", a->reporter);
}

static void
write_fields(struct ask *a)
{
	field_write(a, "reporter", "Reporter", a->view->reporter);
}

static int
write_samples(struct ask *a, struct err *err)
{
	static const struct grid grid = { .key = "failures",
		.caption = "Failure reports",
		.empty = "None in this period.",
		.wide = " delivery_result header_from" };
	struct html *h = &a->html;
	int rc = 0;

	if (a->reporter != NULL)
		return 0;
	if (a->out != NULL)
		return a->has_failures
		    ? grid_ask(a, &table_failures, &grid, -1, NULL, err)
		    : 0;
	html_section(h, "samples", "Failure reports of single messages");
	if (a->has_failures)
		rc = grid_ask(
		    a, &table_failures, &grid, GRID_ROWS + 1, NULL, err);
	else
		html_lead(h, "%s", panel_failures_hidden);
	html_section_end(h);
	return rc;
}

static int
write_rows(struct ask *a, struct failing *f, const struct sender_list *list,
    struct err *err)
{
	static const struct grid grid = { .key = "failing",
		.caption = "Who failed, by reporter",
		.empty = "Nothing failed in this period.",
		.columns = table_failing,
		.wide = " disposition" };
	struct query *q;
	int rc;

	if (failing_query(&q, a->db, f, list,
	        a->out != NULL ? -1 : GRID_ROWS + 1, err) == -1)
		return -1;
	if (a->out == NULL)
		html_section(&a->html, "failing", "Who failed, by reporter");
	rc = grid_write(a, q, &grid, NULL, err);
	if (a->out == NULL)
		html_section_end(&a->html);
	query_free(q);
	return rc;
}

static int
write_failing(struct ask *a, const struct sender_list *list, struct err *err)
{
	struct failing f;
	int rc;

	rc = failing_load(&f, a->db, list, a->reporter, err);
	if (rc == 0)
		rc = write_rows(a, &f, list, err);
	failing_done(&f);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	const struct sender_question question = { .period = a->period,
		.domain = a->domain,
		.by = SENDER_GROUPED,
		.keep = true };
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, a->db, &question, err);
	if (rc == 0)
		rc = write_failing(a, &list, err);
	if (rc == 0)
		rc = write_samples(a, err);
	sender_list_done(&list);
	return rc;
}

const struct ask_page page_failures = {
	.title = "Failures",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_failures,
	.write_fields = write_fields,
};
