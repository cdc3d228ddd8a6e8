/* SPDX-License-Identifier: BSD-2-Clause */
#include "page/sender_table.h"

#include <string.h>

#include "answer/sender_rows.h"
#include "page/chart.h"
#include "page/sender_detail.h"

#define COLUMNS 10

/* The columns of a table, which depend on what is in it. */
struct columns {
	bool has_domain, has_fail;
	const char *heads[COLUMNS];
	int n;
};

static void
set_columns(struct columns *c, const struct panel *p, bool has_fail)
{
	const struct {
		const char *head;
		bool is_there;
	} all[] = {
		{ "Sender", true },
		{ "-Domain", p->counts.domain == NULL },
		{ "-Class", true },
		{ "#Failing", has_fail },
		{ "#Messages", true },
		{ "#=Compliant", has_fail },
		{ "-Over time", true },
		{ "#=First day", true },
		{ "#-Last day", true },
	};
	size_t i;

	*c = (struct columns) { .has_domain = p->counts.domain == NULL,
		.has_fail = has_fail };
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].is_there)
			c->heads[c->n++] = all[i].head;
}

/* --- a row ---------------------------------------------------------------- */

/* What kind it is, by the admin, and how it is known. */
static void
write_known(struct html *h, const struct sender *s)
{
	struct buf known = { 0 };

	if (s->evidence == SENDER_BY_RULE)
		buf_printf(&known, "%s, ",
		    s->kind != NULL ? s->kind : "of several kinds");
	sender_add_known(&known, s);
	if (known.len > 0) {
		html_printf(h, "<span class=\"note\">");
		html_printf(h, "%.400s</span>", buf_str(&known));
	}
	buf_done(&known);
}

static void
write_name(struct panel *p, const struct columns *c, const struct sender *s,
    const char *domain, const char *class)
{
	struct html *h = &p->html;

	html_printf(h, "<th scope=\"row\">");
	html_link(h, HTML_SENDER, domain, s->who);
	write_known(h, s);
	html_printf(h, "<span class=\"note narrow\">%.253s%s%s</span>",
	    c->has_domain ? domain : "", c->has_domain ? ", " : "", class);
	html_printf(h, "</th>");
	if (c->has_domain) {
		html_printf(h, "<td class=\"w\">");
		html_link(h, HTML_DOMAIN, domain, NULL);
		html_printf(h, "</td>");
	}
	html_printf(h, "<td class=\"k w\">%s</td>", class);
}

static void
write_figures(struct panel *p, const struct columns *c, const struct sender *s,
    const char *domain, const struct counts_spark *spark)
{
	const struct sender_counts *n = &s->counts;
	const int64_t fail = sender_fail(n);
	char share[HTML_SHARE];
	struct html *h = &p->html;

	if (c->has_fail)
		html_printf(h, "<td class=\"n%s\">%'" PRId64 "</td>",
		    fail > 0 ? " bad" : "", fail);
	html_printf(h, "<td class=\"n\">%'" PRId64 "</td>", n->messages);
	if (c->has_fail)
		html_printf(h, "<td class=\"n m\">%s</td>",
		    html_share(share, n->pass, n->messages));
	html_printf(h, "<td class=\"w\">");
	chart_spark(h, &p->counts.time, spark->column, spark->column_fail);
	html_printf(h, "</td><td class=\"n m\">");
	html_link_day(h, domain, n->first_day);
	html_printf(h, "</td><td class=\"n w\">");
	html_link_day(h, domain, n->last_day);
	html_printf(h, "</td>");
}

/* --- what is behind it ---------------------------------------------------- */

/* "Why: neither DKIM nor SPF passed; 12 addresses". */
static void
write_summary(struct html *h, const struct sender *s)
{
	const char *cause = sender_detail_cause(s);
	char count[HTML_COUNT];

	if (cause != NULL)
		html_printf(h, "Why: %s", cause);
	if (cause == NULL || s->n > 1)
		html_printf(h, "%s%s", cause != NULL ? "; " : "",
		    html_count(count, (int64_t)s->n, "address", "addresses"));
}

static int
write_behind(
    struct panel *p, const struct sender *s, size_t number, struct err *err)
{
	struct html *h = &p->html;

	if (map_has(&p->detailed, &number, sizeof(number))) {
		html_printf(h, "<a href=\"#sender-%d\">", (int)number);
		write_summary(h, s);
		html_printf(h, "</a>");
		return 0;
	}
	map_number(&p->detailed, &number, sizeof(number));
	html_printf(h, "<details id=\"sender-%d\"><summary>", (int)number);
	write_summary(h, s);
	html_printf(h, "</summary>\n<div class=\"detail\">\n");
	if (sender_detail_write(p, s, err) == -1)
		return -1;
	html_printf(h, "</div></details>");
	return 0;
}

static int
write_sender(
    struct panel *p, const struct columns *c, size_t number, struct err *err)
{
	const struct sender *s = (const struct sender *)p->senders.senders.at +
	    number;
	const struct sender_domain *domains = p->senders.domains.at;
	const bool is_any = sender_detail_is_any(p, s);
	struct html *h = &p->html;

	html_printf(h, is_any ? "<tr class=\"who\">" : "<tr>");
	write_name(p, c, s, domains[s->domain].name,
	    source_class_words[sender_class(s->kind, &s->counts)]);
	write_figures(
	    p, c, s, domains[s->domain].name, counts_spark(&p->counts, number));
	html_printf(h, "</tr>\n");
	if (!is_any)
		return 0;
	html_printf(h, "<tr class=\"behind\"><td colspan=\"%d\">", c->n);
	if (write_behind(p, s, number, err) == -1)
		return -1;
	html_printf(h, "</td></tr>\n");
	return 0;
}

int
sender_table_write(struct panel *p, const char *caption,
    const struct panel_chosen *chosen, const char *command, struct err *err)
{
	const size_t *number = chosen->numbers.at;
	struct columns c;
	size_t i;

	if (chosen->numbers.n == 0)
		return 0;
	set_columns(&c, p, chosen->fail > 0);
	html_table(&p->html, caption, c.heads);
	for (i = 0; i < chosen->numbers.n; i++)
		if (write_sender(p, &c, number[i], err) == -1)
			return -1;
	html_table_end(&p->html);
	panel_write_more(p, chosen->all - (int64_t)chosen->numbers.n, command);
	return 0;
}
