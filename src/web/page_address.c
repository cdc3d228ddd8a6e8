/* SPDX-License-Identifier: BSD-2-Clause */
/* An address, as all domains that it sent as. */
#include <string.h>

#include "answer/sender_rows.h"
#include "answer/subject.h"
#include "answer/why_load.h"
#include "web/grid.h"
#include "web/pages.h"
#include "web/seen.h"

static void
add_address(const struct ask *a, struct buf *out)
{
	subject_add_argument(out, a->view->ip);
}

static int
write_head(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct sender_source *s = list->sources.at;
	struct why_source source = { .ip = a->view->ip };
	struct html *h = &a->html;
	struct buf text = { 0 };
	bool one_day;
	size_t i;
	int rc;

	rc = why_find_days(&source, a->db, err);
	for (i = 0; rc == 0 && i < list->sources.n; i++)
		if (s[i].ip != NULL && strcmp(s[i].ip, a->view->ip) == 0) {
			sender_add_place(&text, &s[i]);
			break;
		}
	one_day = source.first_date != NULL && source.last_date != NULL &&
	    strcmp(source.first_date, source.last_date) == 0;
	if (rc == 0 && source.first_date != NULL && source.last_date != NULL)
		html_lead(h, "Reports show mail from this address %s %s%s%s.",
		    one_day ? "on" : "from", source.first_date,
		    one_day ? "" : " to ", one_day ? "" : source.last_date);
	else if (rc == 0)
		html_lead(h, "No report shows mail from this address.");
	if (text.len > 0)
		html_printf(h, "<p>%.400s</p>\n", buf_str(&text));
	buf_done(&text);
	why_source_done(&source);
	return rc;
}

static int
write_list(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct grid grid = { .caption = "Domains it sent as",
		.empty = "Nothing in this period.",
		.columns = table_address,
		.wide = " basis pass_pct last_date",
		.is_paged = true };
	struct query *q;
	int64_t n;
	int rc;

	if (a->out == NULL) {
		html_section(&a->html, "address", "Domains it sent as");
		if (write_head(a, list, err) == -1)
			return -1;
	}
	if (sender_rows_query_address(&q, a->db, list, a->view->ip, err) == -1)
		return -1;
	rc = grid_write(a, q, &grid, &n, err);
	query_free(q);
	if (rc == 0)
		grid_write_pages(a, VIEW_ADDRESS, n);
	if (a->out == NULL)
		html_section_end(&a->html);
	return rc;
}

/* What it sent as one of them. */
static int
add_seen(struct seen *seen, struct ask *a, const char *domain,
    const struct map *sources, struct err *err)
{
	const struct record_scan_question question = { .period = a->period,
		.domain = domain,
		.sources = sources,
		.has_texts = true };

	return record_scan_run(a->db, &question, seen_add, seen, err);
}

/* What it sent as all of them, which is one place of each. */
static int
write_history(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct sender_source *s = list->sources.at;
	const struct sender_domain *domains = list->domains.at;
	struct map sources = { 0 };
	struct seen seen;
	size_t i;
	int rc = 0;

	seen_init(&seen, a);
	for (i = 0; rc == 0 && i < list->sources.n; i++)
		if (s[i].ip != NULL && strcmp(s[i].ip, a->view->ip) == 0) {
			map_number(&sources, &s[i].id, sizeof(s[i].id));
			rc = add_seen(
			    &seen, a, domains[s[i].domain].name, &sources, err);
		}
	if (rc == 0) {
		seen_write_days(&seen, a, NULL);
		seen_write_reporters(&seen, a, NULL);
	}
	seen_done(&seen);
	map_done(&sources);
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
	if (rc == 0 && a->out == NULL)
		rc = write_history(a, &list, err);
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
