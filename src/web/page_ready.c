/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether domains are ready for p=reject, and what is to be done for that. */
#include <string.h>

#include "answer/ready.h"
#include "answer/ready_answer.h"
#include "answer/ready_most.h"
#include "answer/ready_rows.h"
#include "answer/ready_words.h"
#include "answer/subject.h"
#include "page/todo.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"

#define TASKS 20

static void
add_ready(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "ready");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
}

static void
write_fields(struct ask *a)
{
	field_write(a, "domain", "Domain", a->view->domain);
}

static void
write_domain(
    struct ask *a, const struct ready_list *list, const struct ready *r)
{
	const char *headline = ready_headline(r);
	struct prose prose = { 0 };
	struct buf start = { 0 };
	struct html *h = &a->html;
	size_t i, n;

	html_lead(h, "%.253s, p=%s: %s%s.", r->domain,
	    r->policy != NULL ? r->policy : "?",
	    headline != NULL ? headline : "no reports",
	    r->is_thin ? ", on little data" : "");
	ready_answer_add(&prose, r);
	for (i = 0; prose_at(&prose, i) != NULL; i++)
		html_paragraph(h, "evidence", prose_at(&prose, i));
	if (ready_answer_add_start(&start, r)) {
		html_printf(h, "<p>Name your senders first; this helps: ");
		html_code(h, buf_str(&start));
		html_printf(h, "</p>\n");
	}
	n = todo_write(h, list, r, TASKS);
	if (r->tasks > n)
		html_printf(h, "<p class=\"note\">and %d more</p>\n",
		    (int)(r->tasks - n));
	prose_done(&prose);
	buf_done(&start);
}

static int
write_list(struct ask *a, const struct ready_list *list, struct err *err)
{
	const struct grid grid = { .caption = "What p=reject would stop",
		.empty = "No reports for this period.",
		.columns = table_ready,
		.wide = " suffers stopped",
		.is_paged = true };
	const struct ready *r = list->rows.at;
	struct html *h = &a->html;
	struct query *q;
	int64_t n;
	size_t i;
	int rc;

	if (a->out == NULL)
		html_section(h, "ready", "What p=reject would stop");
	if (ready_rows_query(&q, a->db, list, err) == -1)
		return -1;
	rc = grid_write(a, q, &grid, &n, err);
	query_free(q);
	if (a->out != NULL || rc == -1)
		return rc;
	grid_write_pages(a, VIEW_READY, n);
	html_section_end(h);
	html_section(h, "todo", "What to do");
	for (i = 0; i < list->rows.n; i++)
		if (a->domain != NULL || r[i].tasks > 0)
			write_domain(a, list, &r[i]);
	html_section_end(h);
	return 0;
}

static int
write(struct ask *a, struct err *err)
{
	struct ready_list list;
	int rc = ready_load(&list, a->db, &a->period, a->domain, err);

	if (rc == 0)
		rc = ready_most_find(&list, a->db, &a->period, err);
	if (rc == 0)
		rc = write_list(a, &list, err);
	ready_done(&list);
	return rc;
}

const struct ask_page page_ready = {
	.title = "Readiness",
	.days = RULE_READY_DAYS,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_ready,
	.write_fields = write_fields,
};
