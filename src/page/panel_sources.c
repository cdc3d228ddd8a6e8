/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sends.  Of all sources only the sums are in the facts; what is shown of
 * the chosen ones is asked for in a second look at their records.
 */
#include <stdlib.h>
#include <string.h>

#include "answer/cause.h"
#include "page/chart.h"
#include "page/panel.h"

#define FAILING 20
#define CLEAN 10
#define NEW 15
#define SHOWN (FAILING + CLEAN + NEW)

struct shown {
	const struct facts_source *source;
	const char *ip, *who, *kind; /* of page.text, or NULL */
	int64_t bucket[FACTS_BUCKETS], failed[FACTS_BUCKETS];
	int64_t cause[CAUSE_COUNT]; /* of what failed */
};

struct shown_list {
	struct shown *at;
	size_t n, max;
	int64_t all; /* there are */
	int64_t messages, fail;
};

static bool
is_failing(const struct facts_source *s)
{
	return s->fail > 0;
}

static bool
is_clean(const struct facts_source *s)
{
	return s->fail == 0 && s->messages > 0;
}

static bool
is_new(const struct facts_source *s)
{
	return s->is_new && s->messages > 0;
}

/* Whether a comes before b: the most failing ones, then the largest. */
static bool
is_before(const struct facts_source *a, const struct facts_source *b)
{
	if (a->fail != b->fail)
		return a->fail > b->fail;
	if (a->messages != b->messages)
		return a->messages > b->messages;
	return a->id < b->id;
}

/* Keep the first ones, in order. */
static void
insert(struct shown_list *list, const struct facts_source *s)
{
	size_t i;

	list->all++;
	facts_add(&list->messages, s->messages);
	facts_add(&list->fail, s->fail);
	if (list->n == list->max) {
		if (!is_before(s, list->at[list->n - 1].source))
			return;
	} else
		list->n++;
	for (i = list->n - 1; i > 0 && is_before(s, list->at[i - 1].source);
	     i--)
		list->at[i].source = list->at[i - 1].source;
	list->at[i].source = s;
}

static void
choose(const struct facts *f, struct shown_list *list,
    bool (*is_chosen)(const struct facts_source *))
{
	const struct facts_source *s = f->sources.at;
	size_t i;

	for (i = 0; i < f->sources.n; i++)
		if (is_chosen(&s[i]))
			insert(list, &s[i]);
}

static struct shown *
shown_of(struct shown *shown, size_t n, int64_t id, size_t from)
{
	size_t i;

	for (i = from; i < n; i++)
		if (shown[i].source != NULL && shown[i].source->id == id)
			return &shown[i];
	return NULL;
}

/* " IN (1, 2)" of those shown; the numbers are ours. */
static void
add_ids(struct buf *sql, const struct shown *shown)
{
	size_t i;

	buf_add_str(sql, " IN (-1");
	for (i = 0; i < SHOWN; i++)
		if (shown[i].source != NULL)
			buf_printf(sql, ",%" PRId64, shown[i].source->id);
	buf_add_str(sql, ")");
}

static int
load_names(struct page *page, struct shown *shown, struct err *err)
{
	struct buf sql = { NULL, 0, 0 };
	const char *ip, *who, *kind;
	struct shown *one;
	struct query *q;
	int64_t id;
	int rc = -1;

	buf_add_str(&sql,
	    "SELECT s.id, s.ip, coalesce(snd.label, s.ptr, s.as_name),"
	    " snd.kind FROM source s"
	    " LEFT JOIN sender snd ON snd.id = s.sender_id WHERE s.id");
	add_ids(&sql, shown);
	if (query_new(&q, page->db, buf_str(&sql), err) == -1)
		goto out;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		ip = page_keep(page, query_text(q, 1));
		who = page_keep(page, query_text(q, 2));
		kind = page_keep(page, query_text(q, 3));
		one = shown_of(shown, SHOWN, id, 0);
		while (one != NULL) {
			one->ip = ip;
			one->who = who;
			one->kind = kind;
			one = shown_of(
			    shown, SHOWN, id, (size_t)(one - shown) + 1);
		}
	}
	query_free(q);
out:
	buf_done(&sql);
	return rc;
}

static void
count(const struct facts *f, struct shown *one, struct query *q)
{
	const int bucket = facts_bucket(f, query_int(q, 1));
	const int64_t n = query_int(q, 2);
	const struct cause *cause = cause_find(query_text(q, 4));

	facts_add(&one->bucket[bucket], n);
	if (query_int(q, 3) == 0)
		return;
	facts_add(&one->failed[bucket], n);
	if (cause != NULL)
		facts_add(&one->cause[cause - cause_list], n);
}

static int
load_records(struct page *page, struct shown *shown, struct err *err)
{
	struct buf sql = { NULL, 0, 0 };
	struct shown *one;
	struct query *q;
	int64_t id;
	int rc = -1;

	buf_add_str(&sql,
	    "SELECT coalesce(rec.source_id, 0), rep.day, rec.messages,"
	    " rec.dmarc = 'fail', rec.cause"
	    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
	    " WHERE rep.day BETWEEN ?1 AND ?2"
	    " AND coalesce(rec.source_id, 0)");
	add_ids(&sql, shown);
	if (facts_query(&q, page->db, &page->facts, buf_str(&sql), "rep.domain",
	        NULL, err) == -1)
		goto out;
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, 0);
		one = shown_of(shown, SHOWN, id, 0);
		while (one != NULL) {
			count(&page->facts, one, q);
			one = shown_of(
			    shown, SHOWN, id, (size_t)(one - shown) + 1);
		}
	}
	query_free(q);
out:
	buf_done(&sql);
	return rc;
}

static const char *
main_cause(const struct shown *one)
{
	int i, largest = 0;

	for (i = 1; i < CAUSE_COUNT; i++)
		if (one->cause[i] > one->cause[largest])
			largest = i;
	return one->cause[largest] > 0 ? cause_list[largest].what : "-";
}

static void
write_source(struct page *page, const struct shown *one, bool clean)
{
	const struct facts_source *s = one->source;
	struct html *h = &page->html;
	char share[HTML_SHARE], first[HTML_DATE], last[HTML_DATE];

	html_printf(h, "<tr><th scope=\"row\"><span class=\"ip\">%s</span>",
	    one->ip != NULL ? one->ip : "no address");
	if (one->who != NULL)
		html_printf(h, "<span class=\"note\">%s</span>", one->who);
	if (!clean)
		html_printf(h, "<span class=\"note narrow\">%s</span>",
		    main_cause(one));
	html_printf(h, "</th><td class=\"k m\">%s</td>",
	    one->kind != NULL ? one->kind : "-");
	if (!clean)
		html_printf(h, "<td class=\"n%s\">%'" PRId64 "</td>",
		    s->fail > 0 ? " bad" : "", s->fail);
	html_printf(h, "<td class=\"n\">%'" PRId64 "</td>", s->messages);
	if (!clean)
		html_printf(h, "<td class=\"n m\">%s</td>",
		    html_share(share, s->messages - s->fail, s->messages));
	html_printf(h, "<td class=\"w\">");
	chart_spark(h, &page->facts, one->bucket, one->failed);
	html_printf(h,
	    "</td><td class=\"n m\">%s</td><td class=\"n w\">%s</td>",
	    html_date(
	        first, page->facts.first + s->first * (int64_t)PERIOD_DAY),
	    html_date(last, page->facts.first + s->last * (int64_t)PERIOD_DAY));
	if (!clean)
		html_printf(h, "<td class=\"w\">%s</td>", main_cause(one));
	html_printf(h, "</tr>\n");
}

static void
write_list(struct page *page, const char *caption,
    const struct shown_list *list, const char *command)
{
	static const char *const all_heads[] = { "Source", "=Kind", "#Failing",
		"#Messages", "#=Compliant", "-Over time", "#=First day",
		"#-Last day", "-Why it fails", NULL };
	static const char *const clean_heads[] = { "Source", "=Kind",
		"#Messages", "-Over time", "#=First day", "#-Last day", NULL };
	const bool clean = list->fail == 0;
	size_t i;

	if (list->n == 0)
		return;
	html_table(&page->html, caption, clean ? clean_heads : all_heads);
	for (i = 0; i < list->n; i++)
		write_source(page, &list->at[i], clean);
	html_table_end(&page->html);
	page_more(page, list->all - (int64_t)list->n, command);
}

/* Whom to ask about, of what is shown. */
static void
write_why(struct page *page, const struct shown *one)
{
	const struct period *period = &page->facts.period;
	char since[HTML_DATE], until[HTML_DATE];

	if (page->facts.domain != NULL && one->ip != NULL)
		html_printf(&page->html,
		    "<p class=\"more\">Why, in words: <code>ruactl why %.253s "
		    "%s --since=%s --until=%s</code></p>\n",
		    page_shell_domain(page), one->ip,
		    html_date(since, period->first),
		    html_date(until, period->last));
}

static void
write_sources(struct page *page, const struct shown_list *failing,
    const struct shown_list *clean)
{
	struct html *h = &page->html;
	char sources[HTML_COUNT], messages[HTML_COUNT];

	html_section(h, "sources", "Sources");
	if (failing->all + clean->all == 0)
		html_printf(h,
		    "<p class=\"lead\">No source was reported."
		    "</p>\n");
	else if (failing->all == 0)
		html_printf(h,
		    "<p class=\"lead\">%s, and nothing failed.</p>\n",
		    html_count(sources, clean->all, "source", "sources"));
	else
		html_printf(h,
		    "<p class=\"lead\">%s of %'" PRId64 " sent mail that "
		    "failed, %s in all.</p>\n",
		    html_count(sources, failing->all, "source", "sources"),
		    failing->all + clean->all,
		    html_count(messages, failing->fail, "message", "messages"));
	if (failing->n > 0)
		html_printf(h, "<h3>Failing, the most first</h3>\n");
	write_list(
	    page, "Sources of which mail failed", failing, "sources --failing");
	if (failing->n > 0)
		write_why(page, &failing->at[0]);
	if (failing->n > 0 && clean->n > 0)
		html_printf(h, "<h3>Nothing failed, the largest first</h3>\n");
	write_list(page, "Sources of which nothing failed", clean, "sources");
	html_section_end(h);
}

static void
write_new(struct page *page, const struct shown_list *new)
{
	struct html *h = &page->html;
	char sources[HTML_COUNT], messages[HTML_COUNT];

	html_section(h, "new", "New this week");
	if (new->all == 0)
		html_printf(h,
		    "<p class=\"lead\">No source was seen for the first time "
		    "in the last %d days.</p>\n",
		    FACTS_WEEK);
	else
		html_printf(h,
		    "<p class=\"lead\">%s seen for the first time in the last "
		    "%d days, with %s; %'" PRId64 " failed.</p>\n",
		    html_count(sources, new->all, "source was", "sources were"),
		    FACTS_WEEK,
		    html_count(messages, new->messages, "message", "messages"),
		    new->fail);
	write_list(
	    page, "New sources, the most failing first", new, "sources --new");
	html_section_end(h);
}

int
panel_sources(struct page *page, struct err *err)
{
	struct shown *shown = xcalloc(SHOWN, sizeof(*shown));
	struct shown_list failing = { .at = shown, .max = FAILING };
	struct shown_list clean = { .at = shown + FAILING, .max = CLEAN };
	struct shown_list new = { .at = shown + FAILING + CLEAN, .max = NEW };
	int rc = -1;

	choose(&page->facts, &failing, is_failing);
	choose(&page->facts, &clean, is_clean);
	choose(&page->facts, &new, is_new);
	if (failing.all + clean.all > 0 &&
	    (load_names(page, shown, err) == -1 ||
	        load_records(page, shown, err) == -1))
		goto out;
	write_sources(page, &failing, &clean);
	write_new(page, &new);
	rc = 0;
out:
	free(shown);
	return rc;
}
