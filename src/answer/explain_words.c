/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
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

const char *
explain_printf(struct explain_answer *a, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = arena_vprintf(&a->text, fmt, ap);
	va_end(ap);
	return text;
}

bool
explain_is_authentic(const struct explain_answer *a)
{
	return (a->record.spf != NULL && strcmp(a->record.spf, "pass") == 0) ||
	    (a->record.dkim != NULL && strcmp(a->record.dkim, "pass") == 0);
}

const char *
explain_because(const struct explain_case *c)
{
	if (c->answer->cause == NULL)
		return "";
	if (explain_is_authentic(c->answer))
		return ", though SPF or DKIM passed for a domain that belongs "
		       "to that in From: its policy may ask for the very same "
		       "domain (adkim=s, aspf=s)";
	return explain_printf(c->answer, ": %s", cause_what(c->answer->cause));
}
