/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The published policy, as most reports of a day saw it: reporters look at
 * different hours, and leave out what is the default.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/mem.h"
#include "page/panel.h"

#define CHANGES 24

static const char policy_sql[] =
    "SELECT domain, day, coalesce(p, 'not stated') AS p,"
    " coalesce(sp, p, 'not stated') AS sp,"
    " coalesce(adkim, 'r') AS adkim, coalesce(aspf, 'r') AS aspf,"
    " coalesce(testing, 'n') AS testing,"
    " coalesce(pct, 100) || '' AS pct"
    " FROM report WHERE counted = 1 AND day BETWEEN ?1 AND ?2";

enum { DOMAIN, DAY, P, SP, ADKIM, ASPF, TESTING, PCT, COLUMNS };

static const char *const names[COLUMNS] = { "domain", "day", "p", "sp", "adkim",
	"aspf", "testing", "pct" };

/* What reports say of a domain's policy. */
struct policy {
	const char *text[COLUMNS]; /* from P on */
};

/* Reports of a day that saw the same policy. */
struct policy_day {
	const char *domain;
	size_t policy;    /* number */
	const char *text; /* its key */
	int64_t day, reports;
};

struct policies {
	struct map domains; /* names; no items */
	struct map all;     /* of struct policy */
	struct map days;    /* of struct policy_day */
	struct buf key;     /* of the report at hand */
};

/* Days in a row with one policy. */
struct policy_span {
	const char *domain; /* it and the policy live as long as the policies */
	const struct policy *policy;
	int64_t first, last;
	bool change; /* another one came before */
};

/* --- days ----------------------------------------------------------------- */

/* Its number; what makes it is its key, text by text. */
static size_t
number_of_policy(struct policies *all, struct query *q, const int *at)
{
	struct buf *key = &all->key;
	struct policy *policy;
	const char *text;
	size_t number;
	int i;

	key->len = 0;
	for (i = P; i < COLUMNS; i++) {
		text = query_text(q, at[i]);
		buf_add(key, text, strlen(text) + 1);
	}
	number = map_number(&all->all, key->at, key->len);
	policy = (struct policy *)all->all.items.at + number;
	if (policy->text[P] != NULL)
		return number;
	text = map_key(&all->all, number);
	for (i = P; i < COLUMNS; i++) {
		policy->text[i] = text;
		text += strlen(text) + 1;
	}
	return number;
}

static void
add_report(struct policies *all, struct query *q, const int *at)
{
	const char *name = query_text(q, at[DOMAIN]);
	const size_t domain = map_number(&all->domains, name, strlen(name));
	const size_t policy = number_of_policy(all, q, at);
	const int64_t key[] = { (int64_t)domain, query_int(q, at[DAY]),
		(int64_t)policy };
	struct policy_day *s = map_item(&all->days, key, sizeof(key));

	s->domain = map_key(&all->domains, domain);
	s->day = key[1];
	s->policy = policy;
	s->text = map_key(&all->all, policy);
	s->reports++;
}

static int
load_policies(struct panel *p, struct policies *all, struct err *err)
{
	struct query *q;
	int at[COLUMNS], rc;

	if (counts_query(
	        &q, p->db, &p->counts, policy_sql, "domain", NULL, err) == -1)
		return -1;
	query_find_columns(q, names, COLUMNS, at);
	while ((rc = query_step(q, err)) == 1)
		add_report(all, q, at);
	query_free(q);
	return rc;
}

static void
policies_done(struct policies *all)
{
	map_done(&all->domains);
	map_done(&all->all);
	map_done(&all->days);
	buf_done(&all->key);
}

/* --- spans ---------------------------------------------------------------- */

/* By the texts of their keys. */
static int
compare_policies(const char *a, const char *b)
{
	int i, order = 0;

	for (i = P; order == 0 && i < COLUMNS; i++) {
		order = strcmp(a, b);
		a += strlen(a) + 1;
		b += strlen(b) + 1;
	}
	return order;
}

/* By domain and day; of a day what most reports saw first. */
static int
compare_days(const void *a, const void *b)
{
	const struct policy_day *x = a, *y = b;
	int order = strcmp(x->domain, y->domain);

	if (order == 0)
		order = (x->day > y->day) - (x->day < y->day);
	if (order == 0)
		order = (x->reports < y->reports) - (x->reports > y->reports);
	return order != 0 ? order : compare_policies(x->text, y->text);
}

static void
find_spans(struct array *spans, struct policies *all)
{
	const struct policy *policy = all->all.items.at;
	struct policy_day *s = all->days.items.at;
	struct policy_span *last = NULL;
	bool is_same_domain;
	size_t i;

	if (all->days.items.n > 0)
		qsort(s, all->days.items.n, sizeof(*s), compare_days);
	for (i = 0; i < all->days.items.n; i++) {
		is_same_domain = last != NULL && last->domain == s[i].domain;
		if (is_same_domain && last->last == s[i].day)
			continue; /* what fewer reports saw that day */
		if (!is_same_domain || last->policy != policy + s[i].policy) {
			last = array_add(spans, sizeof(*last));
			*last = (struct policy_span) { .domain = s[i].domain,
				.policy = policy + s[i].policy,
				.first = s[i].day,
				.change = is_same_domain };
		}
		last->last = s[i].day;
	}
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
	const char *const *text = s->policy->text;

	html_printf(h, "<tr><th scope=\"row\">");
	html_link(h, HTML_DOMAIN, s->domain, NULL);
	html_printf(h,
	    "</th><td class=\"s\">%s%s</td>"
	    "<td class=\"s w\">%s</td><td class=\"n w\">%s%%</td>"
	    "<td class=\"s m\">%s</td><td class=\"s m\">%s</td>"
	    "<td class=\"n\">%s",
	    text[P], strcmp(text[TESTING], "y") == 0 ? " (testing)" : "",
	    text[SP], text[PCT], mode(text[ADKIM]), mode(text[ASPF]),
	    s->change ? "" : "\u2264 ");
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
		html_lead(h, "p=%s since %s%s; %s in this period.",
		    s[0].policy->text[P], html_date(date, s[0].first),
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
	struct policies all = { .all.size = sizeof(struct policy),
		.days.size = sizeof(struct policy_day) };
	struct array spans = { NULL, 0, 0 };
	int rc = load_policies(p, &all, err);

	if (rc == 0)
		find_spans(&spans, &all);
	if (rc == 0 && spans.n == 0) {
		html_lead(&p->html, "No report contains a policy.");
	} else if (rc == 0) {
		write_policies(p, spans.at, spans.n);
		rc = 1;
	}
	array_done(&spans);
	policies_done(&all);
	return rc;
}
