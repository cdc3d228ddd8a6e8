/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/seen.h"

#include <stdlib.h>
#include <string.h>

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

static enum counts_result
result_of(const struct pack_record *record)
{
	if (record->dkim)
		return record->spf ? COUNTS_BOTH : COUNTS_DKIM;
	return record->spf ? COUNTS_SPF : COUNTS_FAIL;
}

/* A report that has something of the sources. */
static void
add_report(struct seen *s, const struct record_scan *scan)
{
	struct seen_reporter *r = reporter(s, scan->org_name);

	s->report = scan->report;
	s->reporter = (size_t)(r -
	    (struct seen_reporter *)s->reporters.items.at);
	r->reports++;
	if (r->first == 0 || scan->day < r->first)
		r->first = scan->day;
	if (scan->day > r->last)
		r->last = scan->day;
}

void
seen_add(
    void *arg, const struct record_scan *scan, const struct pack_record *record)
{
	struct seen *s = arg;
	const enum counts_result result = result_of(record);
	const int column = timeline_column(&s->time, scan->day);
	struct seen_reporter *r;

	if (s->report != scan->report)
		add_report(s, scan);
	r = (struct seen_reporter *)s->reporters.items.at + s->reporter;
	sum_add(&s->results[column][result], record->messages);
	sum_add(&r->messages, record->messages);
	if (result == COUNTS_FAIL)
		sum_add(&r->fail, record->messages);
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
