/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/seen.h"

#include <stdlib.h>
#include <string.h>

#include "answer/sender_history.h"
#include "base/sum.h"
#include "base/text.h"
#include "page/results.h"

struct seen_reporter {
	char *name;
	int64_t reports, messages, fail, first, last;
};

void
seen_init(struct seen *s, const struct ask *a)
{
	memset(s, 0, sizeof(*s));
	s->reporters.size = sizeof(struct seen_reporter);
	if (a->period.text[0] != '\0')
		timeline_set(&s->time, a->period.first, a->period.last);
}

void
seen_done(struct seen *s)
{
	struct seen_reporter *r = s->reporters.items.at;
	size_t i;

	for (i = 0; i < s->reporters.items.n; i++)
		free(r[i].name);
	map_done(&s->reporters);
}

static struct seen_reporter *
reporter(struct seen *s, const char *name)
{
	char *key = text_lower(xstrdup(name));
	struct seen_reporter *r = map_item(&s->reporters, key, strlen(key));

	free(key);
	if (r->name == NULL)
		r->name = xstrdup(name);
	return r;
}

static void
add_row(struct seen *s, struct query *q)
{
	static const char *const columns[COUNTS_RESULTS] = {
		[COUNTS_BOTH] = "both",
		[COUNTS_DKIM] = "dkim",
		[COUNTS_SPF] = "spf",
		[COUNTS_FAIL] = "fail",
	};
	const int64_t day = query_named_int(q, "day");
	const int column = timeline_column(&s->time, day);
	struct seen_reporter *r = reporter(s, query_named_text(q, "org_name"));
	int64_t n;
	int i;

	for (i = 0; i < COUNTS_RESULTS; i++) {
		n = query_named_int(q, columns[i]);
		sum_add(&s->results[column][i], n);
		sum_add(&r->messages, n);
	}
	sum_add(&r->fail, query_named_int(q, "fail"));
	sum_add(&r->reports, query_named_int(q, "reports"));
	if (r->first == 0 || day < r->first)
		r->first = day;
	if (day > r->last)
		r->last = day;
}

int
seen_add(struct seen *s, const struct ask *a, const char *domain,
    const char *ids, struct err *err)
{
	struct query *q;
	int rc;

	if (sender_history_query(&q, a->db, &a->period, domain, ids, err) == -1)
		return -1;
	while ((rc = query_step(q, err)) == 1)
		add_row(s, q);
	query_free(q);
	return rc;
}

static int
compare_reporters(const void *a, const void *b)
{
	const struct seen_reporter *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
write_reporter(
    struct html *h, const struct seen_reporter *r, const char *domain)
{
	char share[HTML_SHARE];

	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_REPORTER, domain, r->name);
	html_printf(h,
	    "</th><td class=\"n\">%'" PRId64 "</td><td class=\"n w\">%s</td>"
	    "<td class=\"n%s\">%'" PRId64 "</td><td class=\"n w\">%'" PRId64
	    "</td><td class=\"n m\">",
	    r->messages, html_share(share, r->messages - r->fail, r->messages),
	    r->fail > 0 ? " bad" : "", r->fail, r->reports);
	html_link_day(h, domain, r->first);
	html_printf(h, "</td><td class=\"n\">");
	html_link_day(h, domain, r->last);
	html_printf(h, "</td></tr>\n");
}

void
seen_write_days(const struct seen *s, struct ask *a, const char *domain)
{
	struct html *h = &a->html;

	if (s->reporters.items.n == 0)
		return;
	html_section(h, "days", "Day by day");
	results_write(h, &s->time, domain, s->results);
	html_section_end(h);
}

void
seen_write_reporters(struct seen *s, struct ask *a, const char *domain)
{
	static const char *const heads[] = { "Reporter", "#Messages",
		"#-Compliant", "#Failing", "#-Reports", "#=First day",
		"#Last day", NULL };
	struct seen_reporter *r = s->reporters.items.at;
	const size_t n = s->reporters.items.n;
	struct html *h = &a->html;
	size_t i;

	if (n == 0)
		return;
	qsort(r, n, sizeof(*r), compare_reporters);
	html_section(h, "reporters", "Who reported it");
	html_table(h, "Reporters that saw it, most messages first", heads);
	for (i = 0; i < n; i++)
		write_reporter(h, &r[i], domain);
	html_table_end(h);
	html_section_end(h);
}
