/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who sends, and who is new.  The counts have only the sums of all sources;
 * the rest of those that are shown takes a second look at their records.
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
	const struct counts_source *source;
	const char *ip, *who, *kind; /* of panel.text, or NULL */
	int64_t column[TIMELINE_COLUMNS], failed[TIMELINE_COLUMNS];
	int64_t cause[CAUSE_COUNT]; /* of what failed */
};

struct shown_list {
	struct shown *at;
	size_t n, max;
	int64_t all; /* sources, shown or not */
	int64_t messages, fail;
};

/* What panel_sources() leaves for panel_new_sources(). */
struct panel_sources {
	struct shown shown[SHOWN];
	struct shown_list failing, clean, new;
};

static bool
is_failing(const struct counts_source *s)
{
	return s->fail > 0;
}

static bool
is_clean(const struct counts_source *s)
{
	return s->fail == 0 && s->messages > 0;
}

static bool
is_new(const struct counts_source *s)
{
	return s->is_new && s->messages > 0;
}

/* Return whether a comes before b: by failing messages, then by all. */
static bool
is_before(const struct counts_source *a, const struct counts_source *b)
{
	if (a->fail != b->fail)
		return a->fail > b->fail;
	if (a->messages != b->messages)
		return a->messages > b->messages;
	return a->id < b->id;
}

/* Keep the first sources, in order. */
static void
insert(struct shown_list *list, const struct counts_source *s)
{
	size_t i;

	list->all++;
	counts_add(&list->messages, s->messages);
	counts_add(&list->fail, s->fail);
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
choose(const struct counts *c, struct shown_list *list,
    bool (*is_chosen)(const struct counts_source *))
{
	const struct counts_source *s = c->sources.items.at;
	size_t i;

	for (i = 0; i < c->sources.items.n; i++)
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

/* Add " IN (1, 2)" of those shown; the numbers are ours. */
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
load_names(struct panel *p, struct shown *shown, struct err *err)
{
	struct buf sql = { NULL, 0, 0 };
	const char *ip, *who, *kind;
	struct shown *one;
	struct query *q;
	int64_t id;
	int rc = -1;

	buf_add_str(&sql,
	    "SELECT s.id, s.ip, coalesce(snd.label, s.ptr, s.as_name)"
	    " AS who,"
	    " snd.kind FROM source s"
	    " LEFT JOIN sender snd ON snd.id = s.sender_id WHERE s.id");
	add_ids(&sql, shown);
	if (query_new(&q, p->db, buf_str(&sql), err) == -1)
		goto out;
	while ((rc = query_step(q, err)) == 1) {
		id = query_named_int(q, "id");
		ip = panel_copy(p, query_named_text(q, "ip"));
		who = panel_copy(p, query_named_text(q, "who"));
		kind = panel_copy(p, query_named_text(q, "kind"));
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

/* The columns of load_records(), which has many rows. */
enum { REC_SOURCE, REC_DAY, REC_MESSAGES, REC_FAILED, REC_CAUSE, REC_COLUMNS };

static const char *const record_names[REC_COLUMNS] = { "source", "day",
	"messages", "failed", "cause" };

static void
count(const struct counts *c, struct shown *one, struct query *q,
    const int at[REC_COLUMNS])
{
	const int column = timeline_column(&c->time, query_int(q, at[REC_DAY]));
	const int64_t n = query_int(q, at[REC_MESSAGES]);
	const struct cause *cause = cause_find(query_text(q, at[REC_CAUSE]));

	counts_add(&one->column[column], n);
	if (query_int(q, at[REC_FAILED]) == 0)
		return;
	counts_add(&one->failed[column], n);
	if (cause != NULL)
		counts_add(&one->cause[cause - cause_list], n);
}

static int
load_records(struct panel *p, struct shown *shown, struct err *err)
{
	struct buf sql = { NULL, 0, 0 };
	struct shown *one;
	struct query *q;
	int64_t id;
	int at[REC_COLUMNS], rc = -1;

	buf_add_str(&sql,
	    "SELECT coalesce(rec.source_id, 0) AS source, rep.day, "
	    "rec.messages,"
	    " rec.dmarc = 'fail' AS failed, rec.cause"
	    " FROM report rep JOIN record rec ON rec.report_id = rep.id"
	    " WHERE rep.day BETWEEN ?1 AND ?2"
	    " AND coalesce(rec.source_id, 0)");
	add_ids(&sql, shown);
	if (counts_query(&q, p->db, &p->counts, buf_str(&sql), "rep.domain",
	        NULL, err) == -1)
		goto out;
	query_find_columns(q, record_names, REC_COLUMNS, at);
	while ((rc = query_step(q, err)) == 1) {
		id = query_int(q, at[REC_SOURCE]);
		one = shown_of(shown, SHOWN, id, 0);
		while (one != NULL) {
			count(&p->counts, one, q, at);
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
write_source(struct panel *p, const struct shown *one, bool clean)
{
	const struct counts_source *s = one->source;
	struct html *h = &p->html;
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
	chart_spark(h, &p->counts.time, one->column, one->failed);
	html_printf(h,
	    "</td><td class=\"n m\">%s</td><td class=\"n w\">%s</td>",
	    html_date(first, timeline_day(&p->counts.time, s->first)),
	    html_date(last, timeline_day(&p->counts.time, s->last)));
	if (!clean)
		html_printf(h, "<td class=\"w\">%s</td>", main_cause(one));
	html_printf(h, "</tr>\n");
}

static void
write_list(struct panel *p, const char *caption, const struct shown_list *list,
    const char *command)
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
	html_table(&p->html, caption, clean ? clean_heads : all_heads);
	for (i = 0; i < list->n; i++)
		write_source(p, &list->at[i], clean);
	html_table_end(&p->html);
	panel_write_more(p, list->all - (int64_t)list->n, command);
}

/* Write the command that explains a source. */
static void
write_why(struct panel *p, const struct shown *one)
{
	const struct period *period = &p->counts.period;
	char since[HTML_DATE], until[HTML_DATE];

	if (p->counts.domain != NULL && one->ip != NULL)
		html_printf(&p->html,
		    "<p class=\"more\">Why, in words: <code>ruactl why %.253s "
		    "%s --since=%s --until=%s</code></p>\n",
		    panel_shell_domain(p), one->ip,
		    html_date(since, period->first),
		    html_date(until, period->last));
}

static void
write_sources(struct panel *p, const struct shown_list *failing,
    const struct shown_list *clean)
{
	struct html *h = &p->html;
	char sources[HTML_COUNT], messages[HTML_COUNT];

	if (failing->all == 0)
		html_lead(h, "%s, and nothing failed.",
		    html_count(sources, clean->all, "source", "sources"));
	else
		html_lead(h,
		    "%'" PRId64 " of %s sent mail that failed: %s in all.",
		    failing->all,
		    html_count(sources, failing->all + clean->all, "source",
		        "sources"),
		    html_count(messages, failing->fail, "message", "messages"));
	if (failing->n > 0)
		html_printf(h, "<h3>Failing, most messages first</h3>\n");
	write_list(
	    p, "Sources with failing mail", failing, "sources --failing");
	if (failing->n > 0)
		write_why(p, &failing->at[0]);
	if (failing->n > 0 && clean->n > 0)
		html_printf(h, "<h3>Nothing failed, largest first</h3>\n");
	write_list(p, "Sources without failing mail", clean, "sources");
}

int
panel_sources(struct panel *p, struct err *err)
{
	struct panel_sources *s = p->sources = xcalloc(1, sizeof(*s));

	s->failing = (struct shown_list) { .at = s->shown, .max = FAILING };
	s->clean = (struct shown_list) { .at = s->shown + FAILING,
		.max = CLEAN };
	s->new = (struct shown_list) { .at = s->shown + FAILING + CLEAN,
		.max = NEW };
	choose(&p->counts, &s->failing, is_failing);
	choose(&p->counts, &s->clean, is_clean);
	choose(&p->counts, &s->new, is_new);
	if (s->failing.all + s->clean.all == 0) {
		html_lead(&p->html, "No sources were reported.");
		return 0;
	}
	if (load_names(p, s->shown, err) == -1 ||
	    load_records(p, s->shown, err) == -1)
		return -1;
	write_sources(p, &s->failing, &s->clean);
	return 1;
}

int
panel_new_sources(struct panel *p, struct err *err)
{
	const struct shown_list *new = &p->sources->new;
	char sources[HTML_COUNT], messages[HTML_COUNT];

	(void)err;
	if (new->all == 0) {
		html_lead(&p->html, "No new sources in the last %d days.",
		    COUNTS_WEEK);
		return 0;
	}
	html_lead(&p->html,
	    "%s seen for the first time in the last %d days, with %s; "
	    "%'" PRId64 " failed.",
	    html_count(sources, new->all, "source was", "sources were"),
	    COUNTS_WEEK,
	    html_count(messages, new->messages, "message", "messages"),
	    new->fail);
	write_list(p, "New sources, most failing messages first", new,
	    "sources --new");
	return 1;
}
