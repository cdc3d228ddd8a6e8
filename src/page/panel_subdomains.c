/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "page/panel.h"

#define SUBDOMAINS 15

static int
compare_subdomains(const void *a, const void *b)
{
	const struct counts_subdomain *x = a, *y = b;

	if (x->messages != y->messages)
		return x->messages < y->messages ? 1 : -1;
	return strcmp(x->name, y->name);
}

static void
write_subdomain(struct panel *p, const struct counts_subdomain *sub)
{
	const struct counts *c = &p->counts;
	char share[HTML_SHARE];

	html_printf(&p->html, "<tr><th scope=\"row\">");
	html_link(&p->html, HTML_DOMAIN, sub->name, NULL);
	html_printf(&p->html, "</th><td class=\"w\">");
	html_link(
	    &p->html, HTML_DOMAIN, map_key(&c->domains, sub->domain), NULL);
	html_printf(&p->html,
	    "</td><td class=\"n\">%'" PRId64 "</td><td class=\"n%s\">%'" PRId64
	    "</td><td class=\"n w\">%s</td></tr>\n",
	    sub->messages, sub->fail > 0 ? " bad" : "", sub->fail,
	    html_share(share, sub->messages - sub->fail, sub->messages));
}

int
panel_subdomains(struct panel *p, struct err *err)
{
	static const char *const heads[] = { "Domain in From:",
		"-Policy domain", "#Messages", "#Failing", "#-Compliant",
		NULL };
	const size_t n = p->counts.subdomains.items.n;
	struct counts_subdomain *subs = p->counts.subdomains.items.at;
	struct html *h = &p->html;
	char count[HTML_COUNT];
	size_t i;

	(void)err;
	if (n == 0) {
		html_lead(h, "No mail from subdomains was reported.");
		return 0;
	}
	qsort(subs, n, sizeof(*subs), compare_subdomains);
	html_lead(h,
	    "Mail from %s was judged by the policy of the parent domain.",
	    html_count(count, (int64_t)n, "subdomain", "subdomains"));
	html_table(h, "Subdomains, most messages first", heads);
	for (i = 0; i < n && i < SUBDOMAINS; i++)
		write_subdomain(p, &subs[i]);
	html_table_end(h);
	panel_write_more(p, (int64_t)n - SUBDOMAINS, "query subdomains");
	return 1;
}
