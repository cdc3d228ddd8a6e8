/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/link.h"

#include <stdio.h>
#include <string.h>

#include "answer/ready.h"
#include "answer/source_class.h"
#include "base/buf.h"
#include "page/counts.h"
#include "web/route.h"

/* --- views ---------------------------------------------------------------- */

static bool
put(char *out, size_t size, const char *name)
{
	return name != NULL && name[0] != '\0' &&
	    (size_t)snprintf(out, size, "%s", name) < size;
}

static void
set_days(struct view *v, int64_t first, int64_t last)
{
	v->period = (struct period_choice) { .has_since = true,
		.has_until = true,
		.since = first,
		.until = last };
}

/*
 * The days that are looked at, so that the figures behind a link are those
 * before it, also where other days are usual: of a report its own.
 */
static void
keep_days(const struct ask *a, struct view *v)
{
	const struct period *p = &a->period;

	if (!period_is_chosen(&v->period) && p->text[0] != '\0' &&
	    p->first != INT64_MIN)
		set_days(v, p->first, p->last);
}

/* --- what ruactl shows ---------------------------------------------------- */

/* The commands of panels (page/panel.c). */
static const struct {
	const char *command;
	enum view_page page;
	enum sender_which only;
	int days; /* up to the last one of the page; 0: all */
	bool needs_domain;
} commands[] = {
	{ "sources", VIEW_SENDERS, SENDER_ALL, 0, true },
	{ "sources --failing", VIEW_SENDERS, SENDER_FAILING, 0, true },
	{ "sources --unknown", VIEW_SENDERS, SENDER_UNKNOWN, RULE_READY_DAYS,
	    true },
	{ "sources --new", VIEW_SENDERS, SENDER_NEW, COUNTS_WEEK, true },
	{ "failures", VIEW_FAILURES, SENDER_ALL, 0, true },
	{ "ready", VIEW_READY, SENDER_ALL, RULE_READY_DAYS, false },
	{ "reporters", VIEW_REPORTERS, SENDER_ALL, 0, false },
	{ "status", VIEW_COLLECTION, SENDER_ALL, 0, false },
	{ "summary", VIEW_OVERVIEW, SENDER_ALL, 0, false },
	{ "tls", VIEW_TLS, SENDER_ALL, 0, false },
};
#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static bool
find_command(const struct ask *a, struct view *v, const char *command)
{
	const struct period *p = &a->period;
	int64_t first;
	size_t i = 0;

	while (i < COMMANDS && strcmp(commands[i].command, command) != 0)
		i++;
	if (i == COMMANDS || (commands[i].needs_domain && a->domain == NULL))
		return false;
	v->page = commands[i].page;
	v->only = commands[i].only;
	first = p->last - (commands[i].days - 1) * PERIOD_DAY;
	if (commands[i].days > 0 && p->text[0] != '\0')
		set_days(v, first > p->first ? first : p->first, p->last);
	return true;
}

static int
class_of(const char *word)
{
	int i = 0;

	while (source_class_words[i] != NULL &&
	    strcmp(source_class_words[i], word) != 0)
		i++;
	return source_class_words[i] != NULL ? i + 1 : 0;
}

/* --- links ---------------------------------------------------------------- */

bool
link_add_url(const void *data, struct buf *out, enum html_target target,
    const char *domain, const char *name)
{
	const struct ask *a = data;
	struct view v = ask_view(a, VIEW_DOMAIN);
	bool ok = false;

	switch (target) {
	case HTML_DOMAIN:
		ok = put(v.domain, sizeof(v.domain), domain);
		break;
	case HTML_SENDER:
		v.page = VIEW_SENDER;
		v.by = a->view->by == SENDER_NETWORKS ? SENDER_NETWORKS
		                                      : SENDER_GROUPED;
		ok = put(v.domain, sizeof(v.domain), domain) &&
		    put(v.who, sizeof(v.who), name);
		break;
	case HTML_ADDRESS:
		v.page = VIEW_ADDRESS;
		ok = put(v.ip, sizeof(v.ip), name);
		break;
	case HTML_REPORTER:
		v.page = VIEW_REPORTS;
		if (domain == NULL)
			v.domain[0] = '\0';
		ok = put(v.reporter, sizeof(v.reporter), name);
		break;
	case HTML_CLASS:
		v.page = VIEW_SENDERS;
		v.class = class_of(name);
		ok = put(v.domain, sizeof(v.domain), domain);
		break;
	case HTML_COMMAND:
		ok = find_command(a, &v, name);
		break;
	}
	if (!ok)
		return false;
	keep_days(a, &v);
	return route_add_foreign_url(out, a->view, &v);
}

bool
link_add_days_url(const void *data, struct buf *out, enum html_days days,
    const char *domain, int64_t first, int64_t last)
{
	const struct ask *a = data;
	struct view v = *a->view;

	if (days == HTML_TLS_DAYS)
		v = ask_view(a, VIEW_TLS);
	else if (domain != NULL)
		v = ask_view(a, first == last ? VIEW_DAY : VIEW_DOMAIN);
	if (domain != NULL && !put(v.domain, sizeof(v.domain), domain))
		return false;
	v.day = first;
	v.from = 0;
	set_days(&v, first, last);
	return route_add_foreign_url(out, a->view, &v);
}

/* --- cells ---------------------------------------------------------------- */

static const char *
text_of(struct query *q, const char *column)
{
	const int i = query_column(q, column);

	return i == -1 ? NULL : query_value(q, i).text;
}

static bool
add_day(
    const struct ask *a, struct buf *out, const char *domain, const char *date)
{
	const enum html_days days = a->view->page == VIEW_TLS ? HTML_TLS_DAYS
	                                                      : HTML_DAYS;
	struct period_choice day = { 0 };
	struct err err = ERR_INIT;

	return period_read(&day, PERIOD_ONE_DAY, date, &err) == 0 &&
	    link_add_days_url(a, out, days, domain, day.until, day.until);
}

bool
link_add_cell_url(
    const struct ask *a, struct buf *out, struct query *q, const char *column)
{
	const char *text = text_of(q, column);
	const char *domain = text_of(q, "domain");

	if (domain == NULL)
		domain = a->domain;
	if (text == NULL)
		return false;
	if (strcmp(column, "domain") == 0 ||
	    strcmp(column, "reported_domain") == 0 ||
	    (strcmp(column, "header_from") == 0 && strchr(text, '@') == NULL))
		return link_add_url(a, out, HTML_DOMAIN, text, NULL);
	if (strcmp(column, "who") == 0)
		return domain != NULL &&
		    link_add_url(a, out, HTML_SENDER, domain,
		        a->view->by == SENDER_ADDRESSES ? text_of(q, "ip")
		                                        : text);
	if (strcmp(column, "ip") == 0)
		return link_add_url(a, out, HTML_ADDRESS, NULL, text);
	/* Who reports on TLS need not report on DMARC. */
	if (strcmp(column, "org_name") == 0)
		return a->view->page != VIEW_TLS &&
		    link_add_url(a, out, HTML_REPORTER, a->domain, text);
	return (strcmp(column, "date") == 0 ||
	           strcmp(column, "first_date") == 0 ||
	           strcmp(column, "last_date") == 0) &&
	    add_day(a, out, domain, text);
}
