/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "page/chart.h"
#include "base/sum.h"
#include "page/panel.h"

#define OWN_KEYS 15
#define OTHER_KEYS 8

static int64_t
key_sum(const struct counts_key *key)
{
	int64_t sum = key->good;

	sum_add(&sum, key->bad);
	return sum;
}

/* Own ones first, then the most messages. */
static int
compare_keys(const void *a, const void *b)
{
	const struct counts_key *x = a, *y = b;
	const int64_t n = key_sum(x), m = key_sum(y);
	int names;

	if (x->own != y->own)
		return x->own ? -1 : 1;
	if (n != m)
		return n < m ? 1 : -1;
	names = strcmp(x->d, y->d);
	return names != 0 ? names : strcmp(x->s, y->s);
}

static void
write_key(struct panel *p, const struct counts_key *key, int64_t largest)
{
	const struct counts *c = &p->counts;
	const char *domain = map_key(&c->domains, key->domain);
	struct html *h = &p->html;
	char share[HTML_SHARE];
	const int64_t sum = key_sum(key);

	html_printf(h, "<tr><th scope=\"row\">%s</th><td>",
	    key->s[0] != '\0' ? key->s : "not stated");
	html_name(h, key->d[0] != '\0' ? key->d : "-");
	html_printf(h,
	    "</td><td "
	    "class=\"n\">%'" PRId64 "</td><td class=\"w wide\">",
	    sum);
	chart_meter(h, "c-dkim", sum, largest);
	html_printf(h,
	    "</td><td class=\"n%s\">%'" PRId64 "</td><td class=\"n w\">%s</td>"
	    "<td class=\"n m\">",
	    key->bad > 0 ? " bad" : "", key->bad,
	    html_share(share, key->good, sum));
	html_link_day(h, domain, timeline_day(&c->time, key->first));
	html_printf(h, "</td><td class=\"n w\">");
	html_link_day(h, domain, timeline_day(&c->time, key->last));
	html_printf(h, "</td></tr>\n");
}

/* Write the first keys of n, max at most. */
static void
write_keys(struct panel *p, const struct counts_key *keys, size_t n, size_t max,
    const char *title, const char *caption)
{
	static const char *const heads[] = { "Selector", "Domain (d=)",
		"#Messages", "-Use", "#Bad", "#-Good", "#=First day",
		"#-Last day", NULL };
	struct html *h = &p->html;
	size_t i;

	if (n == 0)
		return;
	html_printf(h, "<h3>%s</h3>\n", title);
	html_table(h, caption, heads);
	for (i = 0; i < n && i < max; i++)
		write_key(p, &keys[i], key_sum(&keys[0]));
	html_table_end(h);
	panel_write_more(p, (int64_t)n - (int64_t)max, "query selectors");
}

int
panel_keys(struct panel *p, struct err *err)
{
	const struct counts *c = &p->counts;
	const size_t n = c->keys.items.n;
	struct counts_key *keys = c->keys.items.at;
	struct html *h = &p->html;
	char count[HTML_COUNT], messages[HTML_COUNT];
	int64_t bad = 0;
	size_t i, own = 0;

	(void)err;
	if (n == 0) {
		html_lead(h, "No signatures were reported.");
		return 0;
	}
	for (i = 0; i < n; i++) {
		if (!keys[i].own)
			continue;
		own++;
		sum_add(&bad, keys[i].bad);
	}
	qsort(keys, n, sizeof(*keys), compare_keys);
	if (own == 0)
		html_lead(h, "No mail was signed with a key of %s.",
		    c->domain != NULL ? c->domain : "these domains");
	else
		html_lead(h, "%s of your own; %s had a bad signature.",
		    html_count(count, (int64_t)own, "key", "keys"),
		    html_count(messages, bad, "message", "messages"));
	write_keys(p, keys, own, OWN_KEYS, "Your keys",
	    "Keys of your domains, most used first");
	write_keys(p, keys + own, n - own, OTHER_KEYS,
	    "Keys of other domains that signed your mail",
	    "Keys of other domains, most used first");
	return 1;
}
