/* SPDX-License-Identifier: BSD-2-Clause */
/* An address, as all domains that it sent as. */
#include <string.h>

#include "answer/sender_rows.h"
#include "answer/subject.h"
#include "answer/why_load.h"
#include "web/grid.h"
#include "web/pages.h"

static void
add_address(const struct ask *a, struct buf *out)
{
	subject_add_argument(out, a->view->ip);
}

static bool
add_url(struct ask *a, struct buf *out, struct query *q, const char *column)
{
	if (strcmp(column, "domain") == 0)
		return ask_add_url(
		    a, out, HTML_DOMAIN, grid_text(q, "domain"), NULL);
	return strcmp(column, "who") == 0 &&
	    ask_add_url(a, out, HTML_SENDER, grid_text(q, "domain"),
	        grid_text(q, "who"));
}

static int
write_head(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct sender_source *s = list->sources.at;
	struct why_source source = { .ip = a->view->ip };
	struct html *h = &a->html;
	struct buf text = { 0 };
	size_t i;
	int rc;

	rc = why_find_days(&source, a->db, err);
	for (i = 0; rc == 0 && i < list->sources.n; i++)
		if (s[i].ip != NULL && strcmp(s[i].ip, a->view->ip) == 0) {
			sender_add_place(&text, &s[i]);
			break;
		}
	if (rc == 0 && source.first_date != NULL && source.last_date != NULL)
		html_lead(h, "Reports tell of mail from %s to %s.",
		    source.first_date, source.last_date);
	else if (rc == 0)
		html_lead(h, "No report tells of mail from this address.");
	if (text.len > 0)
		html_printf(h, "<p>%.400s</p>\n", buf_str(&text));
	buf_done(&text);
	why_source_done(&source);
	return rc;
}

static int
write_list(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct grid grid = { .caption = "As which domains it sent",
		.empty = "Nothing in these days.",
		.columns = table_address,
		.add_url = add_url };
	struct query *q;
	int rc;

	if (a->out == NULL) {
		html_section(&a->html, "address", "As which domains it sent");
		if (write_head(a, list, err) == -1)
			return -1;
	}
	if (sender_rows_query_address(&q, a->db, list, a->view->ip, err) == -1)
		return -1;
	rc = grid_write(a, q, &grid, NULL, err);
	query_free(q);
	if (a->out == NULL)
		html_section_end(&a->html);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	const struct sender_question question = {
		.period = a->period, .ip = a->view->ip, .by = SENDER_GROUPED
	};
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, a->db, &question, err);
	if (rc == 0)
		rc = write_list(a, &list, err);
	sender_list_done(&list);
	return rc;
}

const struct ask_page page_address = {
	.title = "Address",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_address,
};
