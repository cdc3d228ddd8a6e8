/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "base/sum.h"
#include "page/panel.h"
#include "page/results.h"

/* Say how the share changed, if there are enough days to say it. */
static const char *
format_trend(char *out, size_t size, const struct counts *c)
{
	const struct timeline *t = &c->time;
	const int width = t->unit == 1 ? 28 : t->unit == 7 ? 4 : 1;
	const int first = timeline_column_days(t, 0) < t->unit ? 1 : 0;
	char then[HTML_SHARE], now[HTML_SHARE], from[HTML_DATE];
	int64_t sum[2] = { 0 }, fail[2] = { 0 };
	int i, last;

	*out = '\0';
	if (t->ncolumns < first + 2 * width)
		return out;
	for (i = 0; i < width; i++) {
		last = t->ncolumns - 1 - i;
		sum_add(&sum[0], results_sum(c->results[first + i]));
		sum_add(&fail[0], c->results[first + i][COUNTS_FAIL]);
		sum_add(&sum[1], results_sum(c->results[last]));
		sum_add(&fail[1], c->results[last][COUNTS_FAIL]);
	}
	if (sum[0] > 0 && sum[1] > 0)
		snprintf(out, size,
		    " It was %s in the %d days from %s and %s in the last %d "
		    "days.",
		    html_share(then, sum[0] - fail[0], sum[0]), width * t->unit,
		    html_date(from, timeline_column_first(t, first)),
		    html_share(now, sum[1] - fail[1], sum[1]), width * t->unit);
	return out;
}

int
panel_compliance(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	struct html *h = &p->html;
	char share[HTML_SHARE], count[HTML_COUNT], trend[160];

	(void)err;
	if (c->messages == 0) {
		html_lead(h, "No messages were reported.");
		return 0;
	}
	html_lead(h, "%s of %s passed.%s",
	    html_share(share, c->messages - c->fail, c->messages),
	    html_count(count, c->messages, "message", "messages"),
	    format_trend(trend, sizeof(trend), c));
	results_write(h, &c->time, c->domain, c->results);
	return 1;
}
