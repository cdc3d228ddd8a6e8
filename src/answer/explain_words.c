/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/cause.h"
#include "answer/explain_priv.h"

const char *
explain_outcome_word(enum explain_outcome outcome)
{
	static const char *const words[EXPLAIN_OUTCOMES] = { "unknown",
		"refused", "given_up", "delayed", "sent_on", "acted", "spam",
		"failed", "passed" };

	return words[outcome];
}

const char *
explain_ground_word(enum explain_ground ground)
{
	static const char *const words[EXPLAIN_GROUNDS] = { "status", "dmarc",
		"compauth", "filter", "forwarding", "results", "nothing",
		"report" };

	return words[ground];
}

const char *
explain_aligned_word(enum explain_aligned aligned)
{
	static const char *const words[] = { NULL, "yes", "no" };

	return words[aligned];
}

bool
explain_is_authentic(const struct explain_answer *a)
{
	return (a->record.spf != NULL && strcmp(a->record.spf, "pass") == 0) ||
	    (a->record.dkim != NULL && strcmp(a->record.dkim, "pass") == 0);
}

bool
explain_is_proven(const struct explain_case *c)
{
	const struct explain_result *dmarc = c->results.dmarc;

	return dmarc != NULL ? strcmp(dmarc->result, "pass") == 0
	                     : explain_is_authentic(c->answer);
}

/* The domain that passed, but is not that of From:; NULL: none. */
static const char *
other_domain(const struct explain_case *c, const char *cause)
{
	const char *identifier = strcmp(cause, "dkim_unaligned") == 0 ? "dkim"
	    : strcmp(cause, "spf_unaligned") == 0                     ? "spf"
	                                                              : NULL;
	const struct explain_row *row = c->answer->rows.at;
	size_t i;

	for (i = 0; identifier != NULL && i < c->answer->rows.n; i++)
		if (strcmp(row[i].identifier, identifier) == 0 &&
		    row[i].aligned == EXPLAIN_UNALIGNED &&
		    row[i].result != NULL && strcmp(row[i].result, "pass") == 0)
			return row[i].domain;
	return NULL;
}

const char *
explain_because(const struct explain_case *c)
{
	const char *other;

	if (c->answer->cause == NULL)
		return "";
	if (explain_is_authentic(c->answer))
		return ", though SPF or DKIM passed for a domain that belongs "
		       "to that in From: its policy may ask for the very same "
		       "domain (adkim=s, aspf=s)";
	other = other_domain(c, c->answer->cause);
	if (other != NULL && c->from != NULL)
		return arena_printf(&c->answer->text, ": %s (%s, not %s)",
		    cause_what(c->answer->cause), other, c->from);
	return arena_printf(
	    &c->answer->text, ": %s", cause_what(c->answer->cause));
}
