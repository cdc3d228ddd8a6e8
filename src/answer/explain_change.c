/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/cause.h"
#include "answer/explain_priv.h"

static bool
is_full(const struct explain_case *c)
{
	return c->answer->changes.paragraphs.n >= EXPLAIN_CHANGES;
}

static void
add(struct explain_case *c, const char *change)
{
	if (!is_full(c))
		prose_add(&c->answer->changes, "%s", change);
}

static void
add_cause(struct explain_case *c)
{
	const struct cause *cause = NULL;

	if (c->answer->cause != NULL)
		cause = cause_find(c->answer->cause);
	/* Of what passes there is nothing to change. */
	if (cause != NULL &&
	    (c->answer->record.dkim == NULL ||
	        (strcmp(c->answer->record.dkim, "pass") != 0 &&
	            strcmp(c->answer->record.spf, "pass") != 0)))
		add(c, cause->todo);
}

static void
add_forwarding(struct explain_case *c)
{
	add(c,
	    "At the list or forwarder: let it leave messages as they are, or "
	    "put its own address in From: for domains whose policy is not "
	    "p=none.");
	add(c,
	    "At the list or forwarder: seal with ARC. Receivers that trust it "
	    "then see that the message passed when it came there.");
	add(c,
	    "At the sender: sign with DKIM, and neither with l= nor with "
	    "fields that lists change, so that messages that are sent on "
	    "unchanged still pass.");
}

void
explain_changes_make(struct explain_case *c)
{
	const struct explain_answer *a = c->answer;

	if (c->header->from_fields > 1 || c->header->from.n > 1)
		add(c, "Write exactly one address in From:.");
	switch (a->ground) {
	case EXPLAIN_BY_STATUS:
		if (a->status.change != NULL)
			add(c, a->status.change);
		if (status_class_is_authentication(a->status.class))
			add_cause(c);
		break;
	case EXPLAIN_BY_DMARC:
	case EXPLAIN_BY_COMPAUTH:
	case EXPLAIN_BY_RESULTS:
	case EXPLAIN_BY_REPORT:
		if (explain_is_sent_on(c))
			add_forwarding(c);
		else
			add_cause(c);
		break;
	case EXPLAIN_BY_FILTER:
		add_cause(c);
		if (a->outcome == EXPLAIN_UNKNOWN)
			break;
		add(c,
		    "Ask the receiver to look at why its filter took the "
		    "message for that, and to let it pass; SPF, DKIM and DMARC "
		    "records do not change this.");
		break;
	case EXPLAIN_BY_FORWARDING:
		add_forwarding(c);
		break;
	case EXPLAIN_BY_NOTHING:
	case EXPLAIN_GROUNDS:
		break;
	}
}
