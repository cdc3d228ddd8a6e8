/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "base/sum.h"
#include "page/chart.h"
#include "page/verdict.h"

#define MINUS "\u2212"

static void
write_figure(
    struct html *h, const char *what, const char *value, const char *note)
{
	html_printf(h, "<div><dt>%s</dt><dd>%s</dd>", what, value);
	if (note != NULL)
		html_printf(h, "<dd class=\"note\">%s</dd>", note);
	html_printf(h, "</div>\n");
}

/* "before: 1,234 (+56)"; NULL: nothing is known of the days before. */
static const char *
format_before(
    char *out, size_t size, const struct counts *c, int64_t now, int64_t then)
{
	char digits[TEXT_DIGITS], change[TEXT_DIGITS];

	if (!c->has_before)
		return NULL;
	snprintf(out, size, "before: %s (%s%s)",
	    text_group_digits(then, digits), now < then ? MINUS : "+",
	    text_group_digits(now < then ? then - now : now - then, change));
	return out;
}

static int64_t
tenths_of(int64_t part, int64_t whole)
{
	return whole > INT64_MAX / 1000 ? part / (whole / 1000)
	                                : part * 1000 / whole;
}

/* "before: 98.1 % (+0.4)": in points. */
static const char *
format_share_before(char *out, size_t size, const struct counts *c)
{
	const struct sender_counts *n = &c->sums;
	char share[HTML_SHARE];
	int64_t change;

	if (!c->has_before || n->before == 0 || n->messages == 0)
		return NULL;
	change = tenths_of(n->pass, n->messages) -
	    tenths_of(n->before_pass, n->before);
	snprintf(out, size, "before: %s (%s%" PRId64 ".%" PRId64 ")",
	    html_share(share, n->before_pass, n->before),
	    change < 0 ? MINUS : "+", labs(change) / 10, labs(change) % 10);
	return out;
}

/* "26,490 failing = 3,101 lost + 3,209 suffers + ..." */
static void
write_sum(struct html *h, const struct sender_counts *n)
{
	static const struct {
		enum source_class class;
		const char *color, *word;
	} parts[] = {
		{ SOURCE_KNOWN, "c-known", "lost" },
		{ SOURCE_FORWARDED, "c-forwarded", "suffers" },
		{ SOURCE_HOSTILE, "c-hostile", "stopped" },
		{ SOURCE_UNKNOWN, "c-unknown", "unknown" },
	};
	size_t i;

	html_printf(
	    h, "<p class=\"sum\"><b>%'" PRId64 " failing</b>", sender_fail(n));
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		html_printf(h, " %s <span>", i == 0 ? "=" : "+");
		chart_swatch(h, parts[i].color);
		html_printf(h, " %'" PRId64 " %s</span>",
		    n->failed[parts[i].class], parts[i].word);
	}
	html_printf(h, "</p>\n");
}

/* Mail of hostile senders that is stopped is what p=reject is for. */
static void
write_hostile(struct html *h, const struct counts *c)
{
	const int64_t all = c->sums.failed[SOURCE_HOSTILE];
	int64_t stopped = c->hostile[COUNTS_REJECT];
	char count[HTML_COUNT];

	sum_add(&stopped, c->hostile[COUNTS_QUARANTINE]);
	if (all == 0)
		return;
	html_count(count, all, "message", "messages");
	if (stopped > 0)
		html_printf(h,
		    "<p><span class=\"badge good\">\u2713 stopped</span> "
		    "Receivers rejected or quarantined %'" PRId64
		    " of %s from hostile senders.</p>\n",
		    stopped, count);
	else
		html_printf(h,
		    "<p>Receivers stopped none of %s from hostile senders: "
		    "p=reject asks them to.</p>\n",
		    count);
}

void
verdict_write_figures(struct panel *p)
{
	const struct counts *c = &p->counts;
	const struct sender_counts *n = &c->sums;
	const struct ready *r = p->ready.rows.at;
	struct html *h = &p->html;
	char share[HTML_SHARE], digits[TEXT_DIGITS], before[96];

	html_printf(h, "<dl class=\"figures\">\n");
	write_figure(h, "Compliant", html_share(share, n->pass, n->messages),
	    format_share_before(before, sizeof(before), c));
	write_figure(h, "Messages", text_group_digits(n->messages, digits),
	    format_before(before, sizeof(before), c, n->messages, n->before));
	write_figure(h, "Failing", text_group_digits(sender_fail(n), digits),
	    format_before(before, sizeof(before), c, sender_fail(n),
	        n->before - n->before_pass));
	write_figure(h, "Senders",
	    text_group_digits(p->failing.all + p->clean.all, digits), NULL);
	write_figure(h, "Reporters",
	    text_group_digits((int64_t)c->reporters.items.n, digits), NULL);
	if (c->domain != NULL && p->ready.rows.n == 1)
		write_figure(h, "Policy",
		    r->policy != NULL ? r->policy : "not stated", NULL);
	else
		write_figure(
		    h, "Reports", text_group_digits(c->reports, digits), NULL);
	html_printf(h, "</dl>\n");
	if (sender_fail(n) > 0)
		write_sum(h, n);
	write_hostile(h, c);
}
