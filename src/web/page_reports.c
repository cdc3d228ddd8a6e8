/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports, the newest first; and reporters. */
#include <stdio.h>
#include <string.h>

#include "answer/subject.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/page_report.h"
#include "web/pages.h"

/* Programs get those of the pages before, too: so does ruactl reports -n. */
static int64_t
rows_of(const struct ask *a)
{
	return a->id + GRID_ROWS;
}

/* How many reports are on the pages before. */
static int
find(struct ask *a, int64_t *n, struct err *err)
{
	struct query *q;
	int rc;

	if (a->view->before_id == 0)
		return 0;
	if (ask_query(&q, a,
	        a->domain != NULL ? table_reports_listed_of_domain_sql
	                          : table_reports_listed_sql,
	        -1, err) == -1)
		return -1;
	query_bind_int(q, TABLE_BEFORE, a->view->before_day);
	query_bind_int(q, TABLE_BEFORE + 1, a->view->before_id);
	if ((rc = query_step(q, err)) == 1)
		*n = query_named_int(q, "n");
	query_free(q);
	return rc == -1 ? -1 : 0;
}

static void
add_reports(const struct ask *a, struct buf *out)
{
	char rows[24];

	buf_add_str(out, "reports");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
	if (a->reporter != NULL)
		subject_add_option(out, "--reporter=", a->reporter);
	if (a->view->id[0] != '\0')
		subject_add_option(out, "--id=", a->view->id);
	page_report_add_result(a, out);
	snprintf(rows, sizeof(rows), "%" PRId64, rows_of(a));
	subject_add_option(out, "-n ", rows);
}

static void
write_fields(struct ask *a)
{
	/* In the order of enum view_result. */
	static const struct field_choice results[] = { { "", "any" },
		{ "fail", "some failed" }, { "pass", "all passed" }, { 0 } };

	field_write(a, "domain", "Domain", a->view->domain);
	field_write(a, "reporter", "Reporter", a->view->reporter);
	field_write(a, "id", "Report id", a->view->id);
	field_write_choices(
	    a, "result", "Result", results[a->view->result].value, results);
}

static bool
add_url(struct ask *a, struct buf *out, struct query *q, const char *column)
{
	return (strcmp(column, "id") == 0 ||
	           strcmp(column, "external_id") == 0) &&
	    page_report_add_url(a, out, grid_int(q, "id"));
}

/* To the reports after the last one of the page, if there are any. */
static int
write_links(struct ask *a, struct query *q, int64_t n, struct err *err)
{
	struct view v = *a->view;
	struct html *h = &a->html;
	int64_t i;

	if (a->view->page == VIEW_DAY)
		v = ask_view(a, VIEW_REPORTS);
	if (v.before_id == 0 && n <= GRID_ROWS)
		return 0;
	html_printf(h, "<p class=\"pages\">");
	if (v.before_id != 0) {
		v.before_day = v.before_id = 0;
		ask_link(a, &v, "first reports");
	}
	html_printf(h, " <span class=\"note\">reports from %'lld</span> ",
	    (long long)a->id + 1);
	if (n > GRID_ROWS) {
		query_again(q);
		for (i = 0; i < GRID_ROWS; i++)
			if (query_step(q, err) != 1)
				return -1;
		v.before_day = grid_int(q, "day");
		v.before_id = grid_int(q, "id");
		ask_link(a, &v, "next reports");
	}
	html_printf(h, "</p>\n");
	return 0;
}

int
page_reports_write(struct ask *a, struct err *err)
{
	const struct table *table = a->domain != NULL ? &table_reports_of_domain
	                                              : &table_reports;
	const struct grid grid = { .caption = "Reports",
		.columns = table->columns,
		.empty = "None in this period.",
		.wide = " domain records notes",
		.add_url = add_url,
		.is_paged = true };
	/* One more tells whether there are more. */
	const int64_t limit = a->out == NULL ? GRID_ROWS + 1 : rows_of(a);
	struct query *q;
	int64_t n;
	int rc;

	if (a->out == NULL)
		html_section(&a->html, "reports", "Reports");
	if (ask_query(&q, a, table->sql, limit, err) == -1)
		return -1;
	rc = grid_write(a, q, &grid, &n, err);
	if (rc == 0 && a->out == NULL)
		rc = write_links(a, q, n, err);
	query_free(q);
	if (a->out == NULL)
		html_section_end(&a->html);
	return rc;
}

const struct ask_page page_reports = {
	.title = "Reports",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.find = find,
	.write = page_reports_write,
	.add_command = add_reports,
	.write_fields = write_fields,
};

/* --- reporters ------------------------------------------------------------ */

static void
add_reporters(const struct ask *a, struct buf *out)
{
	buf_add_str(out, "reporters");
	if (a->domain != NULL) {
		buf_add_char(out, ' ');
		subject_add_argument(out, a->domain);
	}
}

static void
write_reporters_fields(struct ask *a)
{
	field_write(a, "domain", "Domain", a->view->domain);
}

static int
write_reporters(struct ask *a, struct err *err)
{
	static const struct grid grid = { .caption = "Reporters",
		.empty = "None in this period.",
		.wide = " domains reports",
		.is_paged = true };
	int64_t n;
	int rc;

	if (a->out == NULL)
		html_section(&a->html, "reporters", "Reporters");
	rc = grid_ask(a, &table_reporters, &grid, -1, &n, err);
	if (rc == 0)
		grid_write_pages(a, VIEW_REPORTERS, n);
	if (a->out == NULL) {
		html_printf(&a->html,
		    "<p class=\"note\">Silent: days since the last report, "
		    "up to the end of this period.</p>\n");
		html_section_end(&a->html);
	}
	return rc;
}

const struct ask_page page_reporters = {
	.title = "Reporters",
	.days = 90,
	.of = PERIOD_OF_REPORTS,
	.write = write_reporters,
	.add_command = add_reporters,
	.write_fields = write_reporters_fields,
};
