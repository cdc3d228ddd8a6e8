/* SPDX-License-Identifier: BSD-2-Clause */
/* Who sends, and who is new. */
#include <stdlib.h>

#include "page/panel.h"
#include "base/sum.h"
#include "page/sender_table.h"

#define FAILING 20
#define CLEAN 10
#define NEW 15

/* --- which are shown ------------------------------------------------------ */

/* The days in which a sender is new, from the last one of the page. */
static int
new_days(const struct panel *p)
{
	const struct period *period = &p->senders.period;
	const int64_t days = (period->last - period->first) / PERIOD_DAY + 1;

	return days < COUNTS_WEEK ? (int)days : COUNTS_WEEK;
}

/* Whether nothing of it was seen before these days, as any domain. */
static bool
is_new(const struct panel *p, const struct sender *s)
{
	const int64_t first = p->senders.period.last -
	    (new_days(p) - 1) * (int64_t)PERIOD_DAY;
	const struct sender_source *source = p->senders.sources.at;
	size_t i;

	if (!s->is_new || s->counts.first_day < first)
		return false;
	for (i = s->first; i < s->first + s->n; i++)
		if (source[i].first_seen != 0 && source[i].first_seen < first)
			return false;
	return true;
}

/* The most failing messages first, then the most. */
static int
compare_senders(const void *one, const void *other)
{
	const struct sender *a = *(struct sender *const *)one;
	const struct sender *b = *(struct sender *const *)other;
	const int64_t n = sender_fail(&a->counts);
	const int64_t m = sender_fail(&b->counts);

	if (n != m)
		return n < m ? 1 : -1;
	if (a->counts.messages != b->counts.messages)
		return a->counts.messages < b->counts.messages ? 1 : -1;
	return (a > b) - (a < b);
}

static void
choose(struct panel *p, struct panel_chosen *chosen, size_t max,
    bool (*is_chosen)(const struct panel *, const struct sender *))
{
	const struct sender *s = p->senders.senders.at;
	struct array order = { 0 };
	const struct sender **at;
	size_t i;

	for (i = 0; i < p->senders.senders.n; i++) {
		if (s[i].counts.messages == 0 || !is_chosen(p, &s[i]))
			continue;
		*(const struct sender **)array_add(&order, sizeof(s)) = &s[i];
		chosen->all++;
		sum_add(&chosen->messages, s[i].counts.messages);
		sum_add(&chosen->fail, sender_fail(&s[i].counts));
	}
	at = order.at;
	if (order.n > 0)
		qsort(at, order.n, sizeof(*at), compare_senders);
	for (i = 0; i < order.n && i < max; i++) {
		*(size_t *)array_add(
		    &chosen->numbers, sizeof(size_t)) = (size_t)(at[i] - s);
		*(size_t *)array_add(
		    &p->wanted, sizeof(size_t)) = (size_t)(at[i] - s);
	}
	array_done(&order);
}

static bool
is_failing(const struct panel *p, const struct sender *s)
{
	(void)p;
	return sender_fail(&s->counts) > 0;
}

static bool
is_clean(const struct panel *p, const struct sender *s)
{
	return !is_failing(p, s);
}

void
panel_choose_senders(struct panel *p)
{
	choose(p, &p->failing, FAILING, is_failing);
	choose(p, &p->clean, CLEAN, is_clean);
	choose(p, &p->new, NEW, is_new);
}

/* --- the panels ----------------------------------------------------------- */

int
panel_sources(struct panel *p, struct err *err)
{
	const struct panel_chosen *failing = &p->failing, *clean = &p->clean;
	struct html *h = &p->html;
	char senders[HTML_COUNT], messages[HTML_COUNT];

	if (failing->all + clean->all == 0) {
		html_lead(h, "No senders were reported.");
		return 0;
	}
	if (failing->all == 0)
		html_lead(h, "%s, and nothing failed.",
		    html_count(senders, clean->all, "sender", "senders"));
	else
		html_lead(h,
		    "%'" PRId64 " of %s sent mail that failed: %s in all.",
		    failing->all,
		    html_count(senders, failing->all + clean->all, "sender",
		        "senders"),
		    html_count(messages, failing->fail, "message", "messages"));
	if (failing->all > 0)
		html_printf(h, "<h3>Failing, most messages first</h3>\n");
	if (sender_table_write(p, "Senders with failing mail", failing,
	        "sources --failing", err) == -1)
		return -1;
	if (failing->all > 0 && clean->all > 0)
		html_printf(h, "<h3>Nothing failed, largest first</h3>\n");
	if (sender_table_write(
	        p, "Senders without failing mail", clean, "sources", err) == -1)
		return -1;
	return 1;
}

int
panel_new_sources(struct panel *p, struct err *err)
{
	const struct panel_chosen *new = &p->new;
	char senders[HTML_COUNT], messages[HTML_COUNT], days[HTML_COUNT];

	html_count(days, new_days(p), "day", "days");
	if (new->all == 0) {
		html_lead(&p->html, "No new senders in the last %s.", days);
		return 0;
	}
	html_lead(&p->html,
	    "%s seen for the first time in the last %s, with %s; "
	    "%'" PRId64 " failed.",
	    html_count(senders, new->all, "sender was", "senders were"), days,
	    html_count(messages, new->messages, "message", "messages"),
	    new->fail);
	if (sender_table_write(p, "New senders, most failing messages first",
	        new, "sources --new", err) == -1)
		return -1;
	return 1;
}
