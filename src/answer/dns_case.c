/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_case.h"

#include <string.h>

#include "base/buf.h"

static bool
is_same(
    enum dns_type type, const struct dns_answer *a, const struct dns_answer *b)
{
	struct buf left = { 0 }, right = { 0 };
	bool same;

	dns_write_records(&left, type, a);
	dns_write_records(&right, type, b);
	same = a->status == b->status &&
	    strcmp(buf_str(&left), buf_str(&right)) == 0;
	buf_done(&left);
	buf_done(&right);
	return same;
}

struct dns_since
dns_case_since(const struct dns_case *c, enum dns_type type,
    const struct dns_answer *answer, const char *name)
{
	struct dns_since since = { 0 };
	struct array changes = { 0 };
	const struct dns_change *change;
	struct err err = ERR_INIT;

	if (c->history == NULL || answer->status == DNS_FAILED ||
	    dns_history_changes(c->history, type, name, &changes, &err) == -1)
		goto out;
	change = changes.at;
	if (changes.n == 0)
		goto out;
	since.is_known = true;
	if (!is_same(type, change[0].answer, answer)) {
		since.is_change = true;
		since.ts = answer->asked_ts;
	} else {
		since.is_change = changes.n > 1;
		since.ts = change[0].first_ts;
	}
out:
	array_done(&changes);
	return since;
}

const char *
dns_case_since_text(const struct dns_case *c, struct dns_since since)
{
	if (!since.is_known)
		return NULL;
	if (since.is_change)
		return dns_print(c->findings, "changed on %s",
		    dns_date(c->findings, since.ts));
	return dns_print(c->findings,
	    "the same since %s, when ruactl first looked",
	    dns_date(c->findings, since.ts));
}
