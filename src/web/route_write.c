/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "answer/source_class.h"
#include "base/text.h"
#include "web/route_priv.h"

static void
add_encoded(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++)
		if (text_is_alnum(*s) || strchr("-._~:", *s) != NULL)
			buf_add_char(out, *s);
		else
			buf_printf(out, "%%%02X", (unsigned char)*s);
}

static void
add_date(struct buf *out, int64_t day)
{
	char date[PERIOD_DATE];

	period_write_date(date, day);
	buf_add_str(out, date);
}

/* "d/DOMAIN" and what is after it. */
static void
add_of_domain(struct buf *out, const struct view *v, const char *more)
{
	buf_add_str(out, "d/");
	add_encoded(out, v->domain);
	buf_add_str(out, more);
}

static void
add_path(struct buf *out, const struct view *v)
{
	size_t i;

	switch (v->page) {
	case VIEW_DOMAIN:
		add_of_domain(out, v, "");
		return;
	case VIEW_SENDERS:
		add_of_domain(out, v, "/senders");
		return;
	case VIEW_SENDER:
		add_of_domain(out, v, "/sender");
		return;
	case VIEW_DNS:
		add_of_domain(out, v, "/dns");
		return;
	case VIEW_FAILURES:
		add_of_domain(out, v, "/failures");
		return;
	case VIEW_DAY:
		add_of_domain(out, v, "/day/");
		add_date(out, v->day);
		return;
	case VIEW_ADDRESS:
		buf_add_str(out, "a/");
		add_encoded(out, v->ip);
		return;
	case VIEW_REPORT:
		buf_add_str(out, "r/");
		add_encoded(out, v->domain);
		buf_add_char(out, '/');
		add_date(out, v->day);
		buf_printf(out, "/%s", v->key);
		return;
	case VIEW_OVERVIEW:
	case VIEW_ALL:
	case VIEW_REPORTS:
	case VIEW_REPORTERS:
	case VIEW_READY:
	case VIEW_TLS:
	case VIEW_UNREADABLE:
	case VIEW_COLLECTION:
	case VIEW_HEALTH:
	case VIEW_PAGES:
		break;
	}
	for (i = 0; route_single[i].word != NULL; i++)
		if (route_single[i].page == v->page)
			buf_add_str(out, route_single[i].word);
}

static void
write_since(char out[static ROUTE_DATE], const struct period_choice *p)
{
	char date[PERIOD_DATE];

	out[0] = '\0';
	if (p->has_since) {
		period_write_date(date, p->since);
		snprintf(out, ROUTE_DATE, "%s", date);
	} else if (p->days > 0)
		snprintf(out, ROUTE_DATE, "%lldd", (long long)p->days);
}

void
route_parameters(
    struct route_parameter p[static ROUTE_PARAMETERS], const struct view *v)
{
	char date[PERIOD_DATE];
	size_t i;

	for (i = 0; i < ROUTE_PARAMETERS; i++) {
		p[i].name = route_table[i].name;
		p[i].value = p[i].text;
		p[i].text[0] = '\0';
	}
	write_since(p[ROUTE_SINCE].text, &v->period);
	if (v->period.has_until) {
		period_write_date(date, v->period.until);
		snprintf(p[ROUTE_UNTIL].text, ROUTE_DATE, "%s", date);
	}
	if (route_table[ROUTE_DOMAIN].pages & ROUTE_BIT(v->page))
		p[ROUTE_DOMAIN].value = v->domain;
	p[ROUTE_WHO].value = v->who;
	p[ROUTE_REPORTER].value = v->reporter;
	p[ROUTE_ID].value = v->id;
	p[ROUTE_FIND].value = v->find;
	p[ROUTE_ONLY].value = route_only_words[v->only];
	if (v->class > 0)
		p[ROUTE_CLASS].value = source_class_words[v->class - 1];
	p[ROUTE_BY].value = route_by_words[v->by];
	p[ROUTE_SORT].value = sender_sort_words[v->sort];
	p[ROUTE_RESULT].value = route_result_words[v->result];
	if (v->from > 0)
		snprintf(
		    p[ROUTE_FROM].text, ROUTE_DATE, "%lld", (long long)v->from);
	if (v->before_id > 0) {
		period_write_date(date, v->before_day);
		snprintf(p[ROUTE_BEFORE].text, ROUTE_DATE, "%s.%lld", date,
		    (long long)v->before_id);
	}
	if (v->format != VIEW_HTML)
		p[ROUTE_FORMAT].value = route_format_words[v->format];
}

static void
add_query(struct buf *out, const struct view *v)
{
	struct route_parameter p[ROUTE_PARAMETERS];
	char separator = '?';
	size_t i;

	route_parameters(p, v);
	for (i = 0; i < ROUTE_PARAMETERS; i++)
		if (p[i].value[0] != '\0' &&
		    (route_table[i].pages & ROUTE_BIT(v->page)) != 0) {
			buf_printf(out, "%c%s=", separator, p[i].name);
			add_encoded(out, p[i].value);
			separator = '&';
		}
}

void
route_add_target(struct buf *out, const struct view *v)
{
	buf_add_char(out, '/');
	add_path(out, v);
	add_query(out, v);
}

void
route_add_path(struct buf *out, const struct view *from, const struct view *v)
{
	struct buf path = { 0 };
	const char *s;

	add_path(&path, from);
	buf_add_str(out, "./");
	for (s = buf_str(&path); *s != '\0'; s++)
		if (*s == '/')
			buf_add_str(out, "../");
	buf_done(&path);
	add_path(out, v);
}

void
route_add_url(struct buf *out, const struct view *from, const struct view *v)
{
	route_add_path(out, from, v);
	add_query(out, v);
}

bool
route_add_foreign_url(
    struct buf *out, const struct view *from, const struct view *v)
{
	struct buf target = { 0 }, again = { 0 };
	struct err err = ERR_INIT;
	struct view other;
	bool ok;

	route_add_target(&target, v);
	ok = route_read(&other, buf_str(&target), &err) == 0;
	if (ok) {
		route_add_target(&again, &other);
		ok = strcmp(buf_str(&again), buf_str(&target)) == 0;
	}
	if (ok)
		route_add_url(out, from, v);
	buf_done(&target);
	buf_done(&again);
	return ok;
}
