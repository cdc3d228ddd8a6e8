/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/dns_case.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"

const char *
dns_case_mailto(struct dns_case *c, const char *otherwise)
{
	const char *const *mailbox = c->facts->mailboxes.at;
	struct dmarc_record r;
	size_t i;

	for (i = 0; i < c->facts->mailboxes.n; i++) {
		dmarc_record_parse(
		    dns_print(c->findings, "v=DMARC1; p=none; rua=mailto:%s",
		        mailbox[i]),
		    &c->arena, &r);
		if (r.rua.n == 1 && r.rua.uris[0].fault == REPORT_URI_OK &&
		    !r.rua.uris[0].has_limit && r.tags.n == 3)
			return r.rua.uris[0].text;
	}
	return otherwise != NULL
	    ? dns_print(c->findings, "mailto:%s@%s", otherwise, c->domain)
	    : NULL;
}

/* The records that count, those that begin with a word. */
static void
write_records(struct buf *b, const struct dns_answer *answer, const char *begin)
{
	size_t i;

	for (i = 0; i < answer->n; i++)
		if (strncasecmp(
		        answer->records[i].text, begin, strlen(begin)) == 0)
			buf_printf(b, "%s\n", answer->records[i].text);
}

static bool
is_same(
    const struct dns_answer *a, const struct dns_answer *b, const char *begin)
{
	struct buf left = { 0 }, right = { 0 };
	bool same;

	write_records(&left, a, begin);
	write_records(&right, b, begin);
	same = strcmp(buf_str(&left), buf_str(&right)) == 0;
	buf_done(&left);
	buf_done(&right);
	return same;
}

struct dns_since
dns_case_since(const struct dns_case *c, const struct dns_answer *answer,
    const char *name, const char *begin)
{
	struct dns_since since = { 0 };
	struct array changes = { 0 };
	const struct dns_change *change;
	struct err err = ERR_INIT;
	size_t i = 0;

	if (c->history == NULL || answer->status == DNS_FAILED ||
	    dns_history_changes(c->history, DNS_TXT, name, &changes, &err) ==
	        -1 ||
	    changes.n == 0)
		goto out;
	change = changes.at;
	since.is_known = true;
	since.ts = answer->asked_ts;
	while (i < changes.n && is_same(change[i].answer, answer, begin))
		since.ts = change[i++].first_ts;
	since.is_change = i < changes.n;
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
	return dns_print(
	    c->findings, "first seen on %s", dns_date(c->findings, since.ts));
}
