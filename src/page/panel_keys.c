/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "page/chart.h"
#include "page/panel.h"

#define OWN_KEYS 15
#define OTHER_KEYS 8
#define SUBDOMAINS 15

static int64_t
key_sum(const struct facts_key *key)
{
	int64_t sum = key->good;

	facts_add(&sum, key->bad);
	return sum;
}

/* Own ones first, then the most messages. */
static int
compare_keys(const void *a, const void *b)
{
	const struct facts_key *x = a, *y = b;
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
write_key(struct page *page, const struct facts_key *key, int64_t largest)
{
	const struct facts *f = &page->facts;
	struct html *h = &page->html;
	char share[HTML_SHARE], first[HTML_DATE], last[HTML_DATE];
	const int64_t sum = key_sum(key);

	html_printf(h,
	    "<tr><th scope=\"row\">%s</th><td>%.253s</td><td "
	    "class=\"n\">%'" PRId64 "</td><td class=\"w wide\">",
	    key->s[0] != '\0' ? key->s : "not said",
	    key->d[0] != '\0' ? key->d : "-", sum);
	chart_meter(h, "c-dkim", sum, largest);
	html_printf(h,
	    "</td><td class=\"n%s\">%'" PRId64 "</td><td class=\"n w\">%s</td>"
	    "<td class=\"n m\">%s</td><td class=\"n w\">%s</td></tr>\n",
	    key->bad > 0 ? " bad" : "", key->bad,
	    html_share(share, key->good, sum),
	    html_date(first, f->first + key->first * (int64_t)PERIOD_DAY),
	    html_date(last, f->first + key->last * (int64_t)PERIOD_DAY));
}

/* Of n keys in order, the first so many. */
static void
write_keys(struct page *page, const struct facts_key *keys, size_t n,
    size_t max, const char *title, const char *caption)
{
	static const char *const heads[] = { "Selector", "Domain (d=)",
		"#Messages", "-Use", "#Bad", "#-Good", "#=First day",
		"#-Last day", NULL };
	struct html *h = &page->html;
	size_t i;

	if (n == 0)
		return;
	html_printf(h, "<h3>%s</h3>\n", title);
	html_table(h, caption, heads);
	for (i = 0; i < n && i < max; i++)
		write_key(page, &keys[i], key_sum(&keys[0]));
	html_table_end(h);
	if (n > max)
		page_more(page, (int64_t)(n - max), "query selectors");
}

int
panel_keys(struct page *page, struct err *err)
{
	const struct facts *f = &page->facts;
	struct facts_key *keys = f->keys.at;
	struct html *h = &page->html;
	char count[HTML_COUNT], messages[HTML_COUNT];
	int64_t bad = 0;
	size_t i, own = 0;

	(void)err;
	for (i = 0; i < f->keys.n; i++) {
		if (!keys[i].own)
			continue;
		own++;
		facts_add(&bad, keys[i].bad);
	}
	if (f->keys.n > 0)
		qsort(keys, f->keys.n, sizeof(*keys), compare_keys);
	html_section(h, "keys", "DKIM keys");
	if (f->keys.n == 0)
		html_printf(h,
		    "<p class=\"lead\">No signature was reported."
		    "</p>\n");
	else if (own == 0)
		html_printf(h,
		    "<p class=\"lead\">No mail was signed with a "
		    "key of %s.</p>\n",
		    f->domain != NULL ? f->domain : "these domains");
	else
		html_printf(h,
		    "<p class=\"lead\">%s of your own; %s had a bad "
		    "signature.</p>\n",
		    html_count(count, (int64_t)own, "key", "keys"),
		    html_count(messages, bad, "message", "messages"));
	write_keys(page, keys, own, OWN_KEYS, "Your keys",
	    "Keys of your domains, the most used first");
	if (f->keys.n > own)
		write_keys(page, keys + own, f->keys.n - own, OTHER_KEYS,
		    "Keys of other domains that signed your mail",
		    "Keys of other domains, the most used first");
	html_section_end(h);
	return 0;
}

/* --- subdomains ----------------------------------------------------------- */

static int
compare_subdomains(const void *a, const void *b)
{
	const struct facts_subdomain *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
write_subdomain(struct page *page, const struct facts_subdomain *sub)
{
	const struct facts *f = &page->facts;
	char share[HTML_SHARE];

	html_printf(&page->html,
	    "<tr><th scope=\"row\">%.253s</th><td class=\"w\">%.253s</td>"
	    "<td class=\"n\">%'" PRId64 "</td><td class=\"n%s\">%'" PRId64
	    "</td><td class=\"n\">%s</td></tr>\n",
	    sub->name, map_key(&f->domain_names, sub->domain), sub->messages,
	    sub->fail > 0 ? " bad" : "", sub->fail,
	    html_share(share, sub->messages - sub->fail, sub->messages));
}

int
panel_subdomains(struct page *page, struct err *err)
{
	static const char *const heads[] = { "Domain in From:",
		"-Policy domain", "#Messages", "#Failing", "#Compliant", NULL };
	const struct facts *f = &page->facts;
	const size_t n = f->subdomains.n;
	struct facts_subdomain *subs = f->subdomains.at;
	struct html *h = &page->html;
	char count[HTML_COUNT];
	size_t i;

	(void)err;
	html_section(h, "subdomains", "Subdomains");
	if (n == 0) {
		html_printf(h,
		    "<p class=\"lead\">No mail of a subdomain was "
		    "reported.</p>\n");
	} else {
		qsort(subs, n, sizeof(*subs), compare_subdomains);
		html_printf(h,
		    "<p class=\"lead\">Mail of %s was judged by the policy of "
		    "the domain above.</p>\n",
		    html_count(count, (int64_t)n, "subdomain", "subdomains"));
		html_table(h, "Subdomains, the most messages first", heads);
		for (i = 0; i < n && i < SUBDOMAINS; i++)
			write_subdomain(page, &subs[i]);
		html_table_end(h);
	}
	if (n > SUBDOMAINS)
		page_more(page, (int64_t)(n - SUBDOMAINS), "query subdomains");
	html_section_end(h);
	return 0;
}
