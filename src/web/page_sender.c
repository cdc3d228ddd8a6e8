/* SPDX-License-Identifier: BSD-2-Clause */
/* A sender of a domain: who it is, its addresses, and why its mail fails. */
#include <string.h>

#include "answer/cause.h"
#include "answer/sender_rows.h"
#include "answer/sender_spf.h"
#include "answer/subject.h"
#include "answer/why_rows.h"
#include "answer/why_sender.h"
#include "base/text.h"
#include "web/grid.h"
#include "web/pages.h"
#include "web/seen.h"

#define STORIES 10

static void
add_sources(const struct ask *a, struct buf *out)
{
	const struct view *v = a->view;

	if (subject_is_like_address(v->who)) {
		buf_add_str(out, "why ");
		subject_add_argument(out, a->domain);
		buf_add_char(out, ' ');
		subject_add_argument(out, v->who);
		return;
	}
	buf_add_str(out, "sources ");
	subject_add_argument(out, a->domain);
	buf_add_char(out, ' ');
	subject_add_argument(out, v->who);
	if (v->by == SENDER_NETWORKS)
		subject_add_option(out, "--by=", "network");
}

/* --- who ------------------------------------------------------------------ */

static void
write_paragraph(struct ask *a, struct buf *text, const char *before)
{
	if (text->len > 0)
		html_printf(
		    &a->html, "<p>%s%.1000s</p>\n", before, buf_str(text));
	text->len = 0;
}

static void
write_who(struct ask *a, const struct sender_list *list, const struct sender *s)
{
	char addresses[HTML_COUNT], messages[HTML_COUNT], share[HTML_SHARE];
	struct buf text = { 0 };
	struct html *h = &a->html;

	html_lead(h, "%s from %s: %'" PRId64 " failing, %s compliant.",
	    html_count(messages, s->counts.messages, "message", "messages"),
	    html_count(addresses, s->addresses, "address", "addresses"),
	    sender_fail(&s->counts),
	    html_share(share, s->counts.pass, s->counts.messages));
	sender_add_known(&text, s);
	write_paragraph(a, &text, "Known ");
	why_sender_add_signs(
	    &text, s->counts.failed[SOURCE_UNKNOWN] > 0 ? s->signs : 0);
	write_paragraph(a, &text, "");
	sender_spf_add_sentence(&text, list, s);
	write_paragraph(a, &text, "");
	buf_done(&text);
}

/* --- addresses ------------------------------------------------------------ */

static int
write_addresses(struct ask *a, const struct sender_list *list,
    const struct sender *s, struct err *err)
{
	const struct grid grid = { .caption = "Addresses",
		.columns = table_sources,
		.wide = " who last_date",
		.is_paged = true };
	size_t number = (size_t)(s - (const struct sender *)list->senders.at);
	const struct array numbers = { .at = &number, .n = 1 };
	struct query *q;
	int64_t n;
	int rc;

	if (sender_rows_query_sources(&q, a->db, list, &numbers,
	        a->out != NULL ? -1 : a->view->from + GRID_ROWS + 1, err) == -1)
		return -1;
	if (a->out == NULL)
		html_section(&a->html, "addresses", "Addresses");
	rc = grid_write(a, q, &grid, &n, err);
	query_free(q);
	if (rc == 0)
		grid_write_pages(a, VIEW_SENDER, n);
	if (a->out == NULL)
		html_section_end(&a->html);
	return rc;
}

/* --- why ------------------------------------------------------------------ */

static void
write_prose(struct ask *a, const struct prose *prose, const char *class)
{
	struct html *h = &a->html;
	const char *record;
	size_t i;

	for (i = 0; prose_at(prose, i) != NULL; i++) {
		html_paragraph(h, class, prose_at(prose, i));
		if ((record = prose_record_at(prose, i)) != NULL) {
			html_printf(h, "<p>");
			html_code(h, record);
			html_printf(h, "</p>\n");
		}
	}
}

static void
write_story(struct ask *a, const struct why_story *s)
{
	const bool one_day = strcmp(s->first_date, s->last_date) == 0;
	struct prose evidence = { 0 }, advice = { 0 };
	char messages[HTML_COUNT], records[HTML_COUNT];
	struct html *h = &a->html;

	html_printf(h, "<div class=\"detail\">\n<h3>%s %s: %s</h3>\n",
	    html_count(messages, s->messages, "message", "messages"),
	    strcmp(s->dmarc, "pass") == 0 ? "passed" : "failed",
	    cause_what(s->cause));
	html_printf(h, "<p class=\"note\">%s%s%s, %s", s->first_date,
	    one_day ? "" : " to ", one_day ? "" : s->last_date,
	    html_count(records, s->records, "record", "records"));
	if (s->why.ip != NULL) {
		html_printf(h,
		    s->addresses > 1 ? "; %'" PRId64 " addresses, most of it "
		                       "from "
		                     : "; from ",
		    s->addresses);
		html_link(h, HTML_ADDRESS, NULL, s->why.ip);
	}
	html_printf(h, "; disposition %s</p>\n",
	    s->why.record.disposition != NULL ? s->why.record.disposition
	                                      : "not said");
	why_add_evidence(&evidence, &s->why);
	why_add_advice(&advice, &s->why);
	write_prose(a, &evidence, "evidence");
	write_prose(a, &advice, "advice");
	html_printf(h, "</div>\n");
	prose_done(&evidence);
	prose_done(&advice);
}

static int
write_stories(struct ask *a, struct why_source *source,
    struct why_records *records, struct err *err)
{
	struct why_story story;
	struct query *q;
	int rc;

	if (why_query(&q, a->db, records, STORIES, err) == -1)
		return -1;
	html_section(&a->html, "why", "Why");
	while ((rc = query_step(q, err)) == 1) {
		rc = why_load_story(&story, q, a->db, source, err);
		if (rc == 0)
			write_story(a, &story);
		why_story_done(&story);
		if (rc == -1)
			break;
	}
	query_free(q);
	html_section_end(&a->html);
	return rc;
}

static int
write_rows(struct ask *a, const struct why_source *source,
    struct why_records *records, struct err *err)
{
	const struct grid grid = { .columns = table_stories };
	struct query *q;
	int rc;

	if (why_rows_query(&q, a->db, source, records, -1, err) == -1)
		return -1;
	rc = grid_write(a, q, &grid, NULL, err);
	query_free(q);
	return rc;
}

/* Of one address of a sender, or (NULL) all of them. */
static int
write_why(struct ask *a, const struct sender *s, const char *ip,
    struct why_records *records, struct err *err)
{
	struct why_source source = {
		.domain = a->domain, .ip = ip, .sender = s
	};
	int rc;

	rc = why_find_policy(&source, a->db, &a->period, err);
	if (rc == 0)
		rc = a->out != NULL ? write_rows(a, &source, records, err)
		                    : write_stories(a, &source, records, err);
	why_source_done(&source);
	return rc;
}

/* --- history -------------------------------------------------------------- */

struct history {
	struct seen seen;
	struct why_records records;
};

/* For both at once: to read the records is most of the work. */
static void
add_record(
    void *arg, const struct record_scan *scan, const struct pack_record *record)
{
	struct history *h = arg;

	seen_add(&h->seen, scan, record);
	why_records_add(&h->records, scan, record);
}

/* Why, and what is around it on the page: days and reporters. */
static int
write_history(struct ask *a, const struct sender_list *list,
    const struct sender *s, const char *ip, const struct map *ids,
    struct err *err)
{
	const struct record_scan_question question = { .period = a->period,
		.domain = a->domain,
		.sources = ids,
		.has_texts = true,
		.kept = &list->records };
	struct history h;
	int rc;

	seen_init(&h.seen, a);
	why_records_init(&h.records);
	rc = record_scan_run(a->db, &question, add_record, &h, err);
	if (rc == 0 && a->out != NULL)
		rc = write_why(a, s, ip, &h.records, err);
	else if (rc == 0) {
		seen_write_days(&h.seen, a, a->domain);
		rc = write_why(a, s, ip, &h.records, err);
		if (rc == 0 && ip == NULL)
			rc = write_addresses(a, list, s, err);
		if (rc == 0)
			seen_write_reporters(&h.seen, a, a->domain);
	}
	why_records_done(&h.records);
	seen_done(&h.seen);
	return rc;
}

/* Ids of n sources. */
static void
add_ids(struct map *ids, const struct sender_source *at, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		map_number(ids, &at[i].id, sizeof(at[i].id));
}

/* --- all of it ------------------------------------------------------------ */

/* Who sent on other days is no error of a page, whose days can be chosen. */
static int
refuse(struct ask *a, const struct sender_list *list, struct err *err)
{
	const char *who = a->view->who;
	const char *near = who[0] != '\0' && list->senders.n > 0
	    ? sender_list_nearest(list, 0, who)
	    : NULL;

	if (who[0] == '\0' || a->out != NULL)
		return err_set(err, ERR_INPUT,
		    "%s has no sender \"%s\" in this period%s%s%s", a->domain,
		    who, near != NULL ? " (did you mean \"" : "",
		    near != NULL ? near : "", near != NULL ? "\"?)" : "");
	a->is_empty = true;
	html_empty(&a->html, "Nothing came from %s as %.253s in this period.",
	    who, a->domain);
	if (near != NULL) {
		html_printf(&a->html, "<p>Did you mean ");
		html_link(&a->html, HTML_SENDER, a->domain, near);
		html_printf(&a->html, "?</p>\n");
	}
	return 0;
}

static int
write_named(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct sender *s = NULL;
	struct map ids = { 0 };
	int rc;

	if (list->senders.n > 0 && a->view->who[0] != '\0')
		s = sender_list_named(list, 0, a->view->who);
	if (s == NULL)
		return refuse(a, list, err);
	if (a->out != NULL)
		return write_addresses(a, list, s, err);
	html_section(&a->html, "sender", "Who it is");
	write_who(a, list, s);
	html_section_end(&a->html);
	add_ids(&ids, (const struct sender_source *)list->sources.at + s->first,
	    s->n);
	rc = write_history(a, list, s, NULL, &ids, err);
	map_done(&ids);
	return rc;
}

/* Who has an address, and where else it is shown. */
static void
write_who_of(struct ask *a, const struct sender_list *list,
    const struct sender *s, const struct sender_source *source)
{
	struct buf text = { 0 };
	struct html *h = &a->html;
	char messages[HTML_COUNT];

	html_section(h, "sender", "Who it is");
	html_lead(h, "%s from this address, %'" PRId64 " failing.",
	    html_count(
	        messages, source->counts.messages, "message", "messages"),
	    sender_fail(&source->counts));
	html_printf(h, "<p>");
	if (strcmp(s->who, source->ip) != 0) {
		html_printf(h, "One of ");
		html_link(h, HTML_SENDER, a->domain, s->who);
		html_printf(h, "; ");
	}
	html_printf(h, "in all domains: ");
	html_link(h, HTML_ADDRESS, NULL, source->ip);
	html_printf(h, "</p>\n");
	why_sender_add_who(&text, s, source);
	write_paragraph(a, &text, "");
	sender_spf_add_source(&text, list, source);
	write_paragraph(a, &text, "");
	buf_done(&text);
	html_section_end(h);
}

/* One address of a sender. */
static int
write_address(struct ask *a, const struct sender_list *list, struct err *err)
{
	const struct sender_source *source = list->sources.at;
	const struct sender *s;
	struct map ids = { 0 };
	size_t i = 0;
	int rc;

	while (i < list->sources.n &&
	    (source[i].ip == NULL || strcmp(source[i].ip, a->view->who) != 0))
		i++;
	if (i == list->sources.n)
		return refuse(a, list, err);
	source += i;
	s = (const struct sender *)list->senders.at + source->sender;
	add_ids(&ids, source, 1);
	if (a->out == NULL)
		write_who_of(a, list, s, source);
	rc = write_history(a, list, s, source->ip, &ids, err);
	map_done(&ids);
	return rc;
}

static int
write(struct ask *a, struct err *err)
{
	const bool is_address = subject_is_like_address(a->view->who);
	const struct sender_question question = {
		.period = a->period,
		.domain = a->domain,
		.by = is_address ? SENDER_GROUPED : a->view->by,
		.by_day = a->out == NULL,
		.keep = true,
	};
	struct sender_list list;
	int rc;

	rc = sender_list_load(&list, a->db, &question, err);
	if (rc == 0)
		rc = is_address ? write_address(a, &list, err)
		                : write_named(a, &list, err);
	sender_list_done(&list);
	return rc;
}

const struct ask_page page_sender = {
	.title = "Sender",
	.days = 30,
	.of = PERIOD_OF_REPORTS,
	.write = write,
	.add_command = add_sources,
};
