/* SPDX-License-Identifier: BSD-2-Clause */
/* One report with its records. */
#include "web/page_report.h"

#include <string.h>

#include "answer/subject.h"
#include "base/mem.h"
#include "web/field.h"
#include "web/grid.h"
#include "web/pages.h"
#include "web/route.h"

bool
page_report_add_url(struct ask *a, struct buf *out, int64_t id)
{
	static const char sql[] =
	    "SELECT domain, day, lower(hex(substr(content_sha256, 1, 8))) AS"
	    " key FROM report WHERE id = ?1";
	struct view v = { .page = VIEW_REPORT };
	struct err err = ERR_INIT;
	struct query *q;
	bool ok = false;

	if (query_new(&q, a->db, sql, &err) == -1)
		return false;
	query_bind_int(q, 1, id);
	if (query_step(q, &err) == 1 && query_named_text(q, "domain") != NULL &&
	    query_named_text(q, "domain")[0] != '\0') {
		v.day = query_named_int(q, "day");
		ok = (size_t)snprintf(v.domain, sizeof(v.domain), "%s",
		         query_named_text(q, "domain")) < sizeof(v.domain);
		snprintf(
		    v.key, sizeof(v.key), "%s", query_named_text(q, "key"));
	}
	query_free(q);
	return ok && route_add_foreign_url(out, a->view, &v);
}

/* The report of this domain, day and digest. */
static int
find(struct ask *a, int64_t *id, struct err *err)
{
	static const char sql[] =
	    "SELECT id, org_name FROM report WHERE domain = ?1 AND day = ?2"
	    " AND lower(hex(substr(content_sha256, 1, 8))) = ?3 LIMIT 1";
	struct query *q;
	int rc;

	if (query_new(&q, a->db, sql, err) == -1)
		return -1;
	query_bind_text(q, 1, a->view->domain);
	query_bind_int(q, 2, a->view->day);
	query_bind_text(q, 3, a->view->key);
	if ((rc = query_step(q, err)) == 1) {
		*id = query_named_int(q, "id");
		a->from = xstrdup(query_named_text(q, "org_name"));
	}
	query_free(q);
	if (rc == 0)
		return err_set(err, ERR_INPUT,
		    "This report is not in the database: it may have been "
		    "replaced by a whole one, or pruned");
	return rc == 1 ? 0 : -1;
}

void
page_report_add_result(const struct ask *a, struct buf *out)
{
	if (a->view->result != VIEW_ANY_RESULT)
		subject_add_option(out, "--result=",
		    a->view->result == VIEW_FAIL ? "fail" : "pass");
}

static void
add_show(const struct ask *a, struct buf *out)
{
	buf_printf(out, "show %lld", (long long)a->id);
	page_report_add_result(a, out);
}

static int
write_report(struct ask *a, struct err *err)
{
	struct query *q;
	int rc;

	if (query_new(&q, a->db, table_report.sql, err) == -1)
		return -1;
	query_bind_int(q, 1, a->id);
	if ((rc = query_step(q, err)) == 1)
		rc = grid_fields(a, q, table_report.columns, err);
	query_free(q);
	return rc;
}

static int
write_records(struct ask *a, struct err *err)
{
	const bool failing = a->view->result == VIEW_FAIL;
	const struct grid grid = { .key = "records",
		.caption = "Records",
		.empty = "The report has no such records.",
		.columns = table_records.columns,
		.wide = " disposition header_from",
		.is_paged = true };
	struct query *q;
	int64_t n;
	int rc;

	rc = table_query_records(&q, a->db, a->id,
	    a->view->result != VIEW_ANY_RESULT ? &failing : NULL,
	    a->out != NULL ? -1 : a->view->from + GRID_ROWS + 1, err);
	if (rc == -1)
		return -1;
	rc = grid_write(a, q, &grid, &n, err);
	query_free(q);
	if (rc == 0)
		grid_write_pages(a, VIEW_REPORT, n);
	return rc;
}

static void
write_fields(struct ask *a)
{
	static const struct field_choice results[] = { { "", "all" },
		{ "fail", "failing" }, { "pass", "passing" }, { 0 } };

	field_write_choices(
	    a, "result", "Records", results[a->view->result].value, results);
}

static int
write(struct ask *a, struct err *err)
{
	struct html *h = &a->html;
	int rc;

	if (a->out == NULL)
		html_section(h, "report", "Report");
	if (write_report(a, err) == -1)
		return -1;
	if (a->out == NULL) {
		html_section_end(h);
		html_section(h, "records", "Records");
	}
	rc = write_records(a, err);
	if (a->out == NULL)
		html_section_end(h);
	return rc;
}

const struct ask_page page_report = {
	.title = "Report",
	.find = find,
	.write = write,
	.add_command = add_show,
	.write_fields = write_fields,
};
