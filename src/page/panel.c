/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/panel.h"

#include <stdio.h>
#include <string.h>

#include "answer/ready.h"
#include "answer/subject.h"
#include "base/text.h"

const char *
panel_copy(struct panel *p, const char *text)
{
	return text == NULL ? NULL
	                    : arena_strndup(&p->text, text, strlen(text));
}

const char *
panel_text(struct query *q, const char *column)
{
	const char *text = query_named_text(q, column);

	return text != NULL ? text : "-";
}

const char *
panel_shell_domain(const struct panel *p)
{
	const char *domain = p->counts.domain;

	return domain != NULL ? subject_plain_domain(domain) : "DOMAIN";
}

bool
panel_is_typable(const char *command)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                            "0123456789 ._:/='-";
	const size_t len = strspn(command, plain);

	return command[len] == '\0' && len < 400;
}

/*
 * Commands that differ from most, which take a domain if the page has one, and
 * the days of the page.
 */
static const struct {
	const char *command;
	bool needs_domain;
	bool no_domain;
	bool no_days;
	int days; /* up to the last one; 0: all */
} commands[] = {
	{ "sources", true, false, false, 0 },
	{ "sources --failing", true, false, false, 0 },
	{ "sources --unknown", true, false, false, RULE_READY_DAYS },
	{ "sources --new", true, false, false, COUNTS_WEEK },
	{ "failures", true, false, false, 0 },
	{ "ready", false, false, false, RULE_READY_DAYS },
	{ "reporters", false, true, false, 0 },
	{ "status", false, true, true, 0 },
	{ "query overrides", false, true, false, 0 },
	{ "query policies", true, false, true, 0 },
	{ "query selectors", true, false, false, 0 },
	{ "query subdomains", true, false, false, 0 },
};

/* Where pages are served the rest is a page, too. */
static bool
write_link(
    struct html *h, const char *domain, const char *what, const char *command)
{
	const size_t start = h->out.len;
	bool is_link;

	html_printf(h, "<p class=\"more\">");
	is_link = html_begin_target(h, HTML_COMMAND, domain, command);
	if (is_link)
		html_printf(h, "%s</a></p>\n", what);
	else
		h->out.len = start;
	return is_link;
}

void
panel_write_command(struct panel *p, const char *what, const char *command)
{
	const size_t n = sizeof(commands) / sizeof(commands[0]);
	const struct counts *c = &p->counts;
	int64_t first = c->period.first, days;
	struct html *h = &p->html;
	char date[HTML_DATE];
	size_t i = 0;

	if (write_link(h, c->domain, what, command))
		return;
	while (i < n && strcmp(commands[i].command, command) != 0)
		i++;
	html_printf(h, "<p class=\"more\">%s: <code>ruactl %s", what, command);
	if (i < n ? commands[i].needs_domain ||
	            (c->domain != NULL && !commands[i].no_domain)
	          : c->domain != NULL)
		html_printf(h, " %.253s", panel_shell_domain(p));
	days = i < n ? commands[i].days : 0;
	if (days > 0 && first < c->period.last - (days - 1) * PERIOD_DAY)
		first = c->period.last - (days - 1) * PERIOD_DAY;
	if (i == n || !commands[i].no_days) {
		html_printf(h, " --since=%s", html_date(date, first));
		html_printf(h, " --until=%s", html_date(date, c->period.last));
	}
	html_printf(h, "</code></p>\n");
}

void
panel_write_more(struct panel *p, int64_t n, const char *command)
{
	char what[HTML_COUNT], digits[TEXT_DIGITS];

	if (n <= 0)
		return;
	snprintf(
	    what, sizeof(what), "and %s more", text_group_digits(n, digits));
	panel_write_command(p, what, command);
}
