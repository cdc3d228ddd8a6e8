/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "answer/explain_priv.h"
#include "base/text.h"

/* What became of it by the report: RFC 6591, 3.2.2 and RFC 5965. */
static const struct delivery {
	const char *word;
	enum explain_outcome outcome;
	const char *what; /* before the receiver's name */
	const char *how;  /* after it, and for whom */
} deliveries[] = {
	{ "reject", EXPLAIN_REFUSED, "Refused by ", "" },
	{ "spam", EXPLAIN_ACTED, "Set aside as spam by ", "" },
	{ "policy", EXPLAIN_ACTED, "Kept out of the inbox by ", "" },
	{ "delivered", EXPLAIN_FAILED, "Delivered by ", "" },
	{ "other", EXPLAIN_FAILED, "Handled by ",
	    ", in a way that the report does not name" },
};

/* What failed. */
static const struct {
	const char *word;
	const char *what; /* a clause */
} failures[] = {
	{ "dmarc", "DMARC failed" },
	{ "spf", "SPF failed" },
	{ "signature", "a DKIM signature does not fit the message or its key" },
	{ "bodyhash", "the body was changed after it was signed with DKIM" },
	{ "revoked", "the key of a DKIM signature was withdrawn" },
	{ "adsp", "ADSP failed, which DMARC has replaced" },
};

static const char *
find_receiver(const struct explain_case *c)
{
	struct status_question who = { .host = c->failure->from_domain };
	enum status_receiver receiver;

	if (c->answer->receiver != NULL && !c->failure->is_derived)
		return c->answer->receiver;
	if (who.host == NULL)
		return "the receiver";
	receiver = status_receiver_find(&who);
	return receiver != STATUS_ANY ? status_receiver_name(receiver)
	                              : who.host;
}

/* Whether it would have passed DMARC: reports on less than that are asked for
 * by fo=. */
static bool
is_passed(const struct explain_case *c)
{
	const struct explain_result *dmarc = c->results.dmarc;

	if (c->failure->auth_failure != NULL &&
	    strcmp(c->failure->auth_failure, "dmarc") == 0)
		return false;
	if (dmarc != NULL)
		return strcmp(dmarc->result, "pass") == 0;
	return explain_is_authentic(c->answer);
}

/* ": why DMARC failed"; "" if the results do not tell. */
static const char *
why_failed(struct explain_case *c)
{
	if (explain_is_sent_on(c))
		return ": it seems that a mailing list or forwarder changed "
		       "the message";
	return explain_because(c);
}

/* A clause: what failed, and why DMARC did if the results tell. */
static const char *
say_failure(struct explain_case *c)
{
	const char *word = c->failure->auth_failure, *what = NULL;
	const bool is_failed = c->results.dmarc != NULL &&
	    strcmp(c->results.dmarc->result, "fail") == 0;
	size_t i;

	if (word == NULL && is_failed)
		word = "dmarc";
	for (i = 0; word != NULL && i < sizeof(failures) / sizeof(failures[0]);
	     i++)
		if (strcmp(word, failures[i].word) == 0)
			what = failures[i].what;
	if (what == NULL)
		what = word == NULL
		    ? "authentication failed"
		    : arena_printf(&c->answer->text, "\"%s\" failed", word);
	if (is_passed(c))
		return arena_printf(
		    &c->answer->text, "%s, but DMARC passed", what);
	if (word != NULL && strcmp(word, "dmarc") == 0)
		return arena_printf(
		    &c->answer->text, "%s%s", what, why_failed(c));
	if (is_failed)
		return arena_printf(&c->answer->text, "%s, and DMARC failed%s",
		    what, why_failed(c));
	return what;
}

/* A clause as a sentence of its own. */
static const char *
as_sentence(struct explain_case *c, const char *clause)
{
	if (clause[0] < 'a' || clause[0] > 'z')
		return clause;
	return arena_printf(
	    &c->answer->text, "%c%s", clause[0] - 'a' + 'A', clause + 1);
}

static void
conclude(
    struct explain_case *c, enum explain_outcome outcome, const char *headline)
{
	c->answer->outcome = outcome;
	if (outcome == EXPLAIN_FAILED && is_passed(c))
		c->answer->outcome = EXPLAIN_PASSED;
	c->answer->ground = EXPLAIN_BY_REPORT;
	c->answer->is_trusted = c->failure->is_verified;
	c->answer->headline = headline;
}

bool
explain_judge_delivery(struct explain_case *c)
{
	const struct explain_failure *f = c->failure;
	const struct delivery *d = NULL;
	size_t i;

	if (f == NULL)
		return false;
	c->answer->receiver = find_receiver(c);
	for (i = 0; f->delivery_result != NULL &&
	     i < sizeof(deliveries) / sizeof(deliveries[0]);
	     i++)
		if (strcmp(f->delivery_result, deliveries[i].word) == 0)
			d = &deliveries[i];
	if (d == NULL)
		return false;
	conclude(c, d->outcome,
	    arena_printf(&c->answer->text, "%s%s%s%s%s. %s.", d->what,
	        c->answer->receiver, f->rcpt_to != NULL ? ", for " : "",
	        f->rcpt_to != NULL ? f->rcpt_to : "", d->how,
	        as_sentence(c, say_failure(c))));
	return true;
}

bool
explain_judge_failure(struct explain_case *c)
{
	if (c->failure == NULL)
		return false;
	conclude(c, EXPLAIN_FAILED,
	    arena_printf(&c->answer->text,
	        "%s. That is what %s found; it does not say what became of "
	        "the message.",
	        as_sentence(c, say_failure(c)), c->answer->receiver));
	return true;
}

void
explain_failure_add_notes(struct explain_case *c)
{
	const struct explain_failure *f = c->failure;
	struct prose *notes = &c->answer->notes;
	char digits[TEXT_DIGITS];

	if (f == NULL)
		return;
	if (f->auth_results != NULL && c->results.first == NULL)
		prose_add(
		    notes, "What the report found: \"%s\".", f->auth_results);
	if (f->is_derived)
		prose_add(notes,
		    "The report has no results of its own: these are of the "
		    "topmost field in the message, which its sender can have "
		    "written.");
	if (f->incidents > 1)
		prose_add(notes,
		    "The report stands for %s messages like this one.",
		    text_group_digits(f->incidents, digits));
	if (!f->is_verified)
		prose_add(notes,
		    "Nothing proves who wrote the report: your server did not "
		    "authenticate its message, or authserv_ids in ruad.conf(5) "
		    "does not name it.");
	if (f->sample == NULL)
		prose_add(notes,
		    "The header of the message was not kept: keep_samples in "
		    "ruad.conf(5) keeps those to come.");
}
