/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/ready_judge.h"
#include "page/verdict.h"

#define NO_REPORTS READY_VERDICTS /* in the last days */

/* What domains do, in the order in which it is said. */
static const struct {
	int verdict;
	const char *one, *many;
} parts[] = {
	{ READY_AT_RISK, "loses own mail", "lose own mail" },
	{ READY_FIX_SENDERS, "has known senders to fix first",
	    "have known senders to fix first" },
	{ READY_NAME_SENDERS, "needs its senders named first",
	    "need their senders named first" },
	{ READY_CHECK_UNKNOWN, "has unknown senders to check",
	    "have unknown senders to check" },
	{ READY_TOO_LITTLE, "has too little data", "have too little data" },
	{ NO_REPORTS, "has no recent reports", "have no recent reports" },
	{ READY_QUARANTINE, "is ready for p=quarantine only",
	    "are ready for p=quarantine only" },
	{ READY_YES, "is ready for p=reject", "are ready for p=reject" },
	{ READY_PROTECTED, "is protected", "are protected" },
};
#define NPARTS (sizeof(parts) / sizeof(parts[0]))

/* "6 domains at p=reject, 1 of them loses own mail and 5 are protected." */
static void
write_group(struct html *h, const int count[NO_REPORTS + 1], int64_t all,
    const char *one, const char *many)
{
	const char *separator;
	char domains[HTML_COUNT];
	size_t i, left = 0, n = 0;
	int k;

	for (i = 0; i < NPARTS; i++)
		left += count[parts[i].verdict] > 0;
	html_printf(h, "%s", html_count(domains, all, one, many));
	for (i = 0; i < NPARTS; i++) {
		k = count[parts[i].verdict];
		if (k == 0)
			continue;
		left--;
		separator = n == 0 || left > 0 ? "," : " and";
		if (k == all)
			html_printf(h, ", %s%s",
			    k == 1       ? "which "
			        : k == 2 ? "both of which "
			                 : "all of which ",
			    k == 1 ? parts[i].one : parts[i].many);
		else
			html_printf(h, "%s %d %s%s", separator, k,
			    n == 0 ? "of them " : "",
			    k == 1 ? parts[i].one : parts[i].many);
		n++;
	}
	html_printf(h, ".");
}

void
verdict_write_headline(struct panel *p)
{
	const struct ready *r = p->ready.rows.at;
	const int64_t n = (int64_t)p->counts.domains.items.n;
	struct html *h = &p->html;
	int enforced[NO_REPORTS + 1] = { 0 }, other[NO_REPORTS + 1] = { 0 };
	int64_t at_reject = 0;
	size_t i;

	for (i = 0; i < p->ready.rows.n; i++) {
		at_reject += ready_is_in_force(&r[i]);
		(ready_is_in_force(&r[i]) ? enforced : other)[r[i].verdict]++;
	}
	other[NO_REPORTS] = (int)(n - (int64_t)p->ready.rows.n);
	html_printf(h, "<p class=\"lead\">");
	if (at_reject > 0)
		write_group(h, enforced, at_reject, "domain at p=reject",
		    "domains at p=reject");
	if (at_reject > 0 && n > at_reject)
		html_printf(h, " ");
	if (n > at_reject)
		write_group(h, other, n - at_reject,
		    at_reject > 0 ? "other domain" : "domain",
		    at_reject > 0 ? "other domains" : "domains");
	html_printf(h, "</p>\n");
}
