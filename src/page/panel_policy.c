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
    "SELECT domain, day, coalesce(p, 'not stated') AS p,"
    " coalesce(sp, p, 'not stated') AS sp,"
    " coalesce(adkim, 'r') AS adkim, coalesce(aspf, 'r') AS aspf,"
    " coalesce(pct, 100) AS pct, coalesce(testing, 'n') AS testing, count(*)"
    " FROM report WHERE counted = 1 AND day BETWEEN ?1 AND ?2";

static const char policy_rest[] =
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 ORDER BY 1, 2, 9 DESC, 3, 4, 5, 6, 7, 8";

/* Days in a row with one policy. */
struct policy_span {
	const char *domain, *p, *sp, *adkim, *aspf, *testing;
	int64_t pct, first, last;
	bool change; /* another one came before */
};

static bool
is_text(struct query *q, const char *column, const char *text)
{
	return strcmp(query_named_text(q, column), text) == 0;
}

static bool
is_same(struct query *q, const struct policy_span *s)
{
	return is_text(q, "p", s->p) && is_text(q, "sp", s->sp) &&
	    is_text(q, "adkim", s->adkim) && is_text(q, "aspf", s->aspf) &&
	    query_named_int(q, "pct") == s->pct &&
	    is_text(q, "testing", s->testing);
}

static void
add_span(struct panel *p, struct array *spans, struct query *q)
{
	const struct policy_span *before = spans->n == 0
	    ? NULL
	    : (struct policy_span *)spans->at + spans->n - 1;
	const bool change = before != NULL &&
	    is_text(q, "domain", before->domain);
	struct policy_span *s = array_add(spans, sizeof(*s));

	s->domain = panel_copy(p, query_named_text(q, "domain"));
	s->first = s->last = query_named_int(q, "day");
	s->p = panel_copy(p, query_named_text(q, "p"));
	s->sp = panel_copy(p, query_named_text(q, "sp"));
	s->adkim = panel_copy(p, query_named_text(q, "adkim"));
	s->aspf = panel_copy(p, query_named_text(q, "aspf"));
	s->pct = query_named_int(q, "pct");
	s->testing = panel_copy(p, query_named_text(q, "testing"));
	s->change = change;
}

static int
load_spans(struct panel *p, struct array *spans, struct err *err)
{
	struct policy_span *last;
	struct query *q;
	int rc;

	if (counts_query(&q, p->db, &p->counts, policy_sql, "domain",
	        policy_rest, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1) {
		last = spans->n == 0
		    ? NULL
		    : (struct policy_span *)spans->at + spans->n - 1;
		if (last != NULL && is_text(q, "domain", last->domain) &&
		    query_named_int(q, "day") == last->last)
			continue; /* what fewer reports saw that day */
		if (last != NULL && is_text(q, "domain", last->domain) &&
		    is_same(q, last))
			last->last = query_named_int(q, "day");
		else
			add_span(p, spans, q);
	}
	query_free(q);
	return rc;
}

/* Newest first. */
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
	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_DOMAIN, s->domain, NULL);
	html_printf(h,
	    "</th><td class=\"s\">%s%s</td>"
	    "<td class=\"s w\">%s</td><td class=\"n w\">%" PRId64 "%%</td>"
	    "<td class=\"s m\">%s</td><td class=\"s m\">%s</td>"
	    "<td class=\"n\">%s",
	    s->p, strcmp(s->testing, "y") == 0 ? " (testing)" : "", s->sp,
	    s->pct, mode(s->adkim), mode(s->aspf), s->change ? "" : "\u2264 ");
	html_link_day(h, s->domain, s->first);
	html_printf(h, "</td><td class=\"n w\">");
	html_link_day(h, s->domain, s->last);
	html_printf(h, "</td></tr>\n");
}

static void
write_policies(struct panel *p, struct policy_span *s, size_t n)
{
	static const char *const heads[] = { "Domain", "Policy (p)",
		"-Subdomains (sp)", "#-Applied to (pct)", "=DKIM", "=SPF",
		"#From", "#-To", NULL };
	struct html *h = &p->html;
	char count[HTML_COUNT], date[HTML_DATE];
	int64_t changes = 0;
	size_t i;

	for (i = 0; i < n; i++)
		changes += s[i].change;
	qsort(s, n, sizeof(*s), compare_spans);
	html_count(count, changes, "change", "changes");
	if (p->counts.domain != NULL)
		html_lead(h, "p=%s since %s%s; %s in this period.", s[0].p,
		    html_date(date, s[0].first),
		    s[0].change ? "" : " or before", count);
	else
		html_lead(h, "%s in this period.", count);
	html_table(h, "Policies that receivers saw, newest first", heads);
	for (i = 0; i < n && i < CHANGES; i++)
		write_span(h, &s[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)n - CHANGES, "query policies");
}

int
panel_policy(struct panel *p, struct err *err)
{
	struct array spans = { NULL, 0, 0 };
	int rc = load_spans(p, &spans, err);

	if (rc == 0 && spans.n == 0) {
		html_lead(&p->html, "No report contains a policy.");
	} else if (rc == 0) {
		write_policies(p, spans.at, spans.n);
		rc = 1;
	}
	array_done(&spans);
	return rc;
}
