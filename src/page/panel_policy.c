/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The published policy, as most reports of a day saw it: reporters look at
 * different hours, and leave out what is the default.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "page/panel.h"

#define CHANGES 24

static const char policy_sql[] =
    "SELECT domain, day, coalesce(p, 'not said'), coalesce(sp, p, 'not said'),"
    " coalesce(adkim, 'r'), coalesce(aspf, 'r'), coalesce(pct, 100),"
    " coalesce(testing, 'n'), count(*)"
    " FROM report WHERE counted = 1 AND day BETWEEN ?1 AND ?2";

static const char policy_rest[] =
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 9 DESC, 3, 4, 5, 6, 7, 8";

/* Days on end with one policy. */
struct policy_span {
	const char *domain, *p, *sp, *adkim, *aspf, *testing;
	int64_t pct, first, last;
	bool change; /* another one came before */
};

static bool
is_text(struct query *q, int column, const char *text)
{
	return strcmp(query_text(q, column), text) == 0;
}

static bool
is_same(struct query *q, const struct policy_span *s)
{
	return is_text(q, 2, s->p) && is_text(q, 3, s->sp) &&
	    is_text(q, 4, s->adkim) && is_text(q, 5, s->aspf) &&
	    query_int(q, 6) == s->pct && is_text(q, 7, s->testing);
}

static void
add_span(struct page *page, struct array *spans, struct query *q)
{
	const struct policy_span *before = spans->n == 0
	    ? NULL
	    : (struct policy_span *)spans->at + spans->n - 1;
	const bool change = before != NULL && is_text(q, 0, before->domain);
	struct policy_span *s = array_add(spans, sizeof(*s));

	s->domain = page_keep(page, query_text(q, 0));
	s->first = s->last = query_int(q, 1);
	s->p = page_keep(page, query_text(q, 2));
	s->sp = page_keep(page, query_text(q, 3));
	s->adkim = page_keep(page, query_text(q, 4));
	s->aspf = page_keep(page, query_text(q, 5));
	s->pct = query_int(q, 6);
	s->testing = page_keep(page, query_text(q, 7));
	s->change = change;
}

static int
load_spans(struct page *page, struct array *spans, struct err *err)
{
	struct policy_span *last;
	struct query *q;
	int rc;

	if (facts_query(&q, page->db, &page->facts, policy_sql, "domain",
	        policy_rest, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		last = spans->n == 0
		    ? NULL
		    : (struct policy_span *)spans->at + spans->n - 1;
		if (last != NULL && is_text(q, 0, last->domain) &&
		    query_int(q, 1) == last->last)
			continue; /* what fewer reports saw that day */
		if (last != NULL && is_text(q, 0, last->domain) &&
		    is_same(q, last))
			last->last = query_int(q, 1);
		else
			add_span(page, spans, q);
	}
	query_free(q);
	return rc;
}

/* The newest first. */
static int
compare_spans(const void *a, const void *b)
{
	const struct policy_span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? 1 : -1;
	return strcmp(x->domain, y->domain);
}

static const char *
mode(const char *word)
{
	return strcmp(word, "s") == 0 ? "strict" : "relaxed";
}

static void
write_span(struct html *h, const struct policy_span *s)
{
	char first[HTML_DATE], last[HTML_DATE];

	html_printf(h,
	    "<tr><th scope=\"row\">%.253s</th><td class=\"s\">%s%s</td>"
	    "<td class=\"s w\">%s</td><td class=\"n w\">%" PRId64 " %%</td>"
	    "<td class=\"s m\">%s</td><td class=\"s m\">%s</td>"
	    "<td class=\"n\">%s%s</td><td class=\"n\">%s</td></tr>\n",
	    s->domain, s->p, strcmp(s->testing, "y") == 0 ? " (testing)" : "",
	    s->sp, s->pct, mode(s->adkim), mode(s->aspf),
	    s->change ? "" : "\u2264 ", html_date(first, s->first),
	    html_date(last, s->last));
}

int
panel_policy(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Domain", "Policy (p)",
		"-Subdomains (sp)", "#-Applied to (pct)", "=DKIM", "=SPF",
		"#From", "#To", NULL };
	struct html *h = &page->html;
	struct array spans = { NULL, 0, 0 };
	struct policy_span *s;
	char count[HTML_COUNT], date[HTML_DATE];
	int64_t changes = 0;
	size_t i;

	html_section(h, "policy", "Published policy and changes");
	if (load_spans(page, &spans, err) == -1) {
		array_done(&spans);
		return -1;
	}
	s = spans.at;
	for (i = 0; i < spans.n; i++)
		changes += s[i].change;
	if (spans.n == 0) {
		html_printf(h,
		    "<p class=\"lead\">No report has shown a policy."
		    "</p>\n");
	} else {
		qsort(s, spans.n, sizeof(*s), compare_spans);
		html_printf(h, "<p class=\"lead\">");
		if (page->facts.domain != NULL)
			html_printf(h, "p=%s since %s%s; ", s[0].p,
			    html_date(date, s[0].first),
			    s[0].change ? "" : " or before");
		html_printf(h, "%s in these days.</p>\n",
		    html_count(count, changes, "change", "changes"));
		html_table(
		    h, "Policies that receivers saw, the newest first", heads);
		for (i = 0; i < spans.n && i < CHANGES; i++)
			write_span(h, &s[i]);
		html_table_end(h);
		if (spans.n > CHANGES)
			page_more(page, (int64_t)(spans.n - CHANGES),
			    "query policies");
	}
	array_done(&spans);
	html_section_end(h);
	return 0;
}
