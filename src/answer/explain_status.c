/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <string.h>

#include "answer/explain_priv.h"

/* An answer under way: of a recipient of a bounce, or a bare one. */
struct heard {
	const struct explain_recipient *recipient; /* NULL: bare */
	const struct explain_reply *reply;         /* never NULL */
};

/* A failure before a delay before anything else. */
static int
weight(const struct explain_recipient *r)
{
	if (r->action == NULL)
		return r->reply.code >= 500 ||
		        (r->status != NULL && r->status[0] == '5')
		    ? 3
		    : 1;
	if (strcmp(r->action, "failed") == 0)
		return 3;
	return strcmp(r->action, "delayed") == 0 ? 2 : 1;
}

static bool
find_answer(struct heard *heard, const struct explain_facts *facts)
{
	const struct explain_recipient *r = facts->bounce.recipients.at;
	const struct explain_reply *reply = facts->replies.at;
	int best = 0;
	size_t i;

	memset(heard, 0, sizeof(*heard));
	for (i = 0; i < facts->bounce.recipients.n; i++)
		if (weight(&r[i]) > best) {
			best = weight(&r[i]);
			heard->recipient = &r[i];
			heard->reply = &r[i].reply;
		}
	if (heard->reply == NULL && facts->replies.n > 0)
		heard->reply = &reply[0];
	return heard->reply != NULL;
}

static void
ask(const struct heard *heard, const struct explain_facts *facts,
    struct status_meaning *meaning)
{
	const struct explain_recipient *r = heard->recipient;
	struct status_question question = { .host = heard->reply->host,
		.code = heard->reply->code,
		.enhanced = heard->reply->enhanced,
		.text = heard->reply->text };

	if (r != NULL) {
		question.remote_mta = r->remote_mta;
		question.reporting_mta = facts->bounce.reporting_mta;
		question.status = r->status;
		if (question.text == NULL)
			question.text = r->diagnostic;
	}
	status_code_find(&question, meaning);
}

static enum explain_outcome
outcome_of(const struct heard *heard, const struct status_meaning *meaning)
{
	const char *action = heard->recipient != NULL ? heard->recipient->action
	                                              : NULL;

	if (action != NULL && strcmp(action, "failed") == 0)
		return EXPLAIN_REFUSED;
	if (action != NULL && strcmp(action, "delayed") == 0)
		return EXPLAIN_DELAYED;
	if (action != NULL)
		return EXPLAIN_SENT_ON;
	if (meaning->is_temporary)
		return EXPLAIN_DELAYED;
	return meaning->is_permanent ? EXPLAIN_REFUSED : EXPLAIN_UNKNOWN;
}

static const char *
receiver_of(const struct heard *heard, const struct explain_facts *facts,
    const struct status_meaning *meaning)
{
	if (meaning->receiver != STATUS_ANY)
		return status_receiver_name(meaning->receiver);
	if (heard->recipient != NULL && heard->recipient->remote_mta != NULL)
		return heard->recipient->remote_mta;
	if (heard->reply->host != NULL)
		return heard->reply->host;
	if (heard->reply->host_ip != NULL)
		return heard->reply->host_ip;
	return facts->bounce.reporting_mta;
}

/* ", for anna@example.org"; "" if it is not said for whom. */
static const char *
recipient_of(struct explain_answer *a, const struct heard *heard)
{
	if (heard->recipient == NULL || heard->recipient->address == NULL)
		return "";
	return explain_printf(a, ", for %s", heard->recipient->address);
}

static void
say(struct explain_case *c, const struct heard *heard)
{
	struct explain_answer *a = c->answer;
	const char *code = "", *what;

	if (heard->reply->code > 0)
		code = explain_printf(a, "%" PRId64 "%s", heard->reply->code,
		    a->enhanced != NULL ? " " : "");
	switch (a->outcome) {
	case EXPLAIN_REFUSED:
		/* What was put off too often is not refused by anybody. */
		what = a->status.is_temporary ? "Given up after attempts at "
		                              : "Refused by ";
		break;
	case EXPLAIN_DELAYED:
		what = "Put off, and tried again later, by ";
		break;
	case EXPLAIN_SENT_ON:
		what = "Not refused: taken by ";
		break;
	default:
		what = "Answered by ";
		break;
	}
	a->headline = explain_printf(a, "%s%s%s%s%s%s. %s", what,
	    a->receiver != NULL ? a->receiver : "the receiving server",
	    recipient_of(a, heard),
	    code[0] != '\0' || a->enhanced != NULL ? ": " : "", code,
	    a->enhanced != NULL ? a->enhanced : "",
	    a->status.meaning != NULL ? a->status.meaning : "");
}

static const char *
action_of(const struct heard *heard, const struct status_meaning *meaning)
{
	if (heard->recipient->action != NULL)
		return heard->recipient->action;
	if (meaning->is_temporary)
		return "put off";
	return meaning->is_permanent ? "refused" : "not said";
}

/* What became of the others. */
static void
add_others(struct explain_case *c, const struct heard *heard)
{
	const struct explain_recipient *r = c->facts->bounce.recipients.at;
	const struct explain_reply *reply = c->facts->replies.at;
	struct prose *notes = &c->answer->notes;
	struct status_meaning meaning;
	struct heard other;
	size_t i;

	for (i = 0; i < c->facts->bounce.recipients.n; i++) {
		if (&r[i] == heard->recipient)
			continue;
		other.recipient = &r[i];
		other.reply = &r[i].reply;
		ask(&other, c->facts, &meaning);
		prose_add(notes, "Also %s: %s%s%s. %s",
		    r[i].address != NULL ? r[i].address : "a recipient",
		    action_of(&other, &meaning),
		    r[i].status != NULL ? ", " : "",
		    r[i].status != NULL ? r[i].status : "",
		    meaning.meaning != NULL ? meaning.meaning : "");
	}
	for (i = 0; i < c->facts->replies.n; i++) {
		if (&reply[i] == heard->reply)
			continue;
		other.recipient = NULL;
		other.reply = &reply[i];
		ask(&other, c->facts, &meaning);
		prose_add(notes, "Also %s%s%" PRId64 "%s%s. %s",
		    reply[i].host != NULL ? reply[i].host : "",
		    reply[i].host != NULL ? ": " : "", reply[i].code,
		    reply[i].enhanced != NULL ? " " : "",
		    reply[i].enhanced != NULL ? reply[i].enhanced : "",
		    meaning.meaning != NULL ? meaning.meaning : "");
	}
}

bool
explain_judge_status(struct explain_case *c)
{
	struct explain_answer *a = c->answer;
	struct heard heard;

	if (!find_answer(&heard, c->facts))
		return false;
	ask(&heard, c->facts, &a->status);
	a->reply = heard.reply;
	a->enhanced = heard.reply->enhanced;
	if (a->enhanced == NULL && heard.recipient != NULL)
		a->enhanced = heard.recipient->status;
	a->ground = EXPLAIN_BY_STATUS;
	a->outcome = outcome_of(&heard, &a->status);
	a->receiver = receiver_of(&heard, c->facts, &a->status);
	a->is_trusted = false;
	say(c, &heard);
	add_others(c, &heard);
	return true;
}
