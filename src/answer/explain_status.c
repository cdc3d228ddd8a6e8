/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "answer/explain_priv.h"
#include "base/text.h"

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

/* 2, 4 or 5; 0: not known. */
static int
class_of(const struct explain_reply *reply)
{
	if (reply->code > 0)
		return (int)(reply->code / 100);
	return reply->enhanced != NULL ? reply->enhanced[0] - '0' : 0;
}

static bool
is_fate(const struct explain_reply *reply, const char *fate)
{
	return reply->fate != NULL && strcmp(reply->fate, fate) == 0;
}

/* 2, 4, 5: what a log says became of it; 0: nothing. */
static int
class_of_fate(const struct explain_reply *reply)
{
	return reply->fate == NULL       ? 0
	    : is_fate(reply, "sent")     ? 2
	    : is_fate(reply, "deferred") ? 4
	                                 : 5;
}

/*
 * How much an answer in a session or log tells: a refusal 3, a delay 2, that it
 * was taken 1.  What the log says became of it counts before the code: a server
 * may try again what was refused.  A greeting or farewell is not about it.
 */
static int
rank_of(const struct explain_reply *reply)
{
	const int class = class_of(reply);

	if (reply->fate != NULL)
		return class_of_fate(reply) == 5 ? 3
		    : class_of_fate(reply) == 4  ? 2
		                                 : 1;
	return class == 5 ? 3 : class == 4 ? 2 : reply->code == 250;
}

static bool
is_same_recipient(const struct explain_reply *a, const struct explain_reply *b)
{
	return a->to == NULL || b->to == NULL ? a->to == b->to
	                                      : strcmp(a->to, b->to) == 0;
}

/*
 * Whether a later answer says more: of a step of a session any, else one about
 * the same recipient; of a refusal only that it was sent after all.
 */
static bool
is_outdated(const struct array *replies, size_t i)
{
	const struct explain_reply *reply = replies->at, *old = &reply[i];
	const int rank = rank_of(old);
	const bool is_step = rank == 1 && old->fate == NULL;

	for (i++; i < replies->n; i++)
		if (rank_of(&reply[i]) > 0 &&
		    (is_step || is_same_recipient(old, &reply[i])) &&
		    (rank < 3 ||
		        (old->to != NULL && is_fate(&reply[i], "sent"))))
			return true;
	return false;
}

/* The first of those that tell most. */
static const struct explain_reply *
decisive(const struct array *replies)
{
	const struct explain_reply *reply = replies->at, *best = NULL;
	size_t i;

	for (i = 0; i < replies->n; i++)
		if (rank_of(&reply[i]) > 0 && !is_outdated(replies, i) &&
		    (best == NULL || rank_of(&reply[i]) > rank_of(best)))
			best = &reply[i];
	return best != NULL ? best : &reply[0];
}

static bool
find_answer(struct heard *heard, const struct explain_facts *facts)
{
	const struct explain_recipient *r = facts->bounce.recipients.at;
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
		heard->reply = decisive(&facts->replies);
	return heard->reply != NULL;
}

static struct status_question
question_of(const struct heard *heard, const struct explain_facts *facts)
{
	const struct explain_recipient *r = heard->recipient;
	struct status_question question = { .host = heard->reply->host,
		.code = heard->reply->code,
		.enhanced = heard->reply->enhanced,
		.text = heard->reply->text,
		.fate = class_of_fate(heard->reply) };

	if (r != NULL) {
		question.remote_mta = r->remote_mta;
		question.reporting_mta = facts->bounce.reporting_mta;
		question.status = r->status;
		if (question.text == NULL)
			question.text = r->diagnostic;
	}
	return question;
}

static void
ask(const struct heard *heard, const struct explain_facts *facts,
    struct status_meaning *meaning)
{
	const struct status_question question = question_of(heard, facts);

	status_code_find(&question, meaning);
}

/* Whether nobody refused it, but attempts ended. */
static bool
is_given_up(const struct heard *heard, const struct explain_facts *facts,
    const struct status_meaning *meaning)
{
	const struct status_question question = question_of(heard, facts);
	const char *action = heard->recipient != NULL ? heard->recipient->action
	                                              : NULL;

	if ((action != NULL && strcmp(action, "failed") != 0) ||
	    is_fate(heard->reply, "deferred"))
		return false;
	return ((action != NULL || is_fate(heard->reply, "bounced")) &&
	           meaning->is_temporary) ||
	    status_is_expired(&question);
}

static bool
is_action(const struct heard *heard, const char *word)
{
	return heard->recipient != NULL && heard->recipient->action != NULL &&
	    strcmp(heard->recipient->action, word) == 0;
}

/* Whether a bounce says that it went on (RFC 3464, 2.3.3). */
static bool
is_action_good(const struct heard *heard)
{
	return is_action(heard, "delivered") || is_action(heard, "relayed") ||
	    is_action(heard, "expanded");
}

/* Whether a bounce says one thing and the answer in it another. */
static bool
is_contradicted(const struct heard *heard, const struct status_meaning *meaning)
{
	return (is_action(heard, "failed") && meaning->is_taken) ||
	    (is_action_good(heard) && meaning->is_permanent);
}

static enum explain_outcome
outcome_of(const struct heard *heard, const struct explain_facts *facts,
    const struct status_meaning *meaning)
{
	if (is_contradicted(heard, meaning))
		return EXPLAIN_UNKNOWN;
	if (is_given_up(heard, facts, meaning))
		return EXPLAIN_GIVEN_UP;
	if (is_action(heard, "failed"))
		return EXPLAIN_REFUSED;
	if (is_action(heard, "delayed"))
		return EXPLAIN_DELAYED;
	if (is_action_good(heard))
		return EXPLAIN_SENT_ON;
	if (heard->reply->fate != NULL)
		return class_of_fate(heard->reply) == 5 ? EXPLAIN_REFUSED
		    : class_of_fate(heard->reply) == 2  ? EXPLAIN_SENT_ON
		                                        : EXPLAIN_DELAYED;
	if (meaning->is_temporary)
		return EXPLAIN_DELAYED;
	if (meaning->is_taken)
		return EXPLAIN_SENT_ON;
	return meaning->is_permanent ? EXPLAIN_REFUSED : EXPLAIN_UNKNOWN;
}

/* "connect to mx.example.net[192.0.2.1]:25: ...", as Postfix has it. */
static const char *
host_in_words(struct explain_answer *a, const char *text)
{
	static const char before[] = "connect to ";
	const char *s = text != NULL ? strstr(text, before) : NULL;
	size_t n = 0;

	if (s == NULL)
		return NULL;
	s += sizeof(before) - 1;
	while (text_is_alnum(s[n]) || (s[n] != '\0' && strchr(".-_", s[n])))
		n++;
	return n > 0 && n < 256 ? arena_printf(&a->text, "%.*s", (int)n, s)
	                        : NULL;
}

/* Whose server it is about; NULL: nobody says. */
static const char *
receiver_of(struct explain_case *c, const struct heard *heard)
{
	const struct explain_recipient *r = heard->recipient;
	struct status_question question = question_of(heard, c->facts);
	struct explain_answer *a = c->answer;
	const char *host;

	if (r != NULL && r->remote_mta != NULL)
		return a->status.receiver != STATUS_ANY
		    ? status_receiver_name(a->status.receiver)
		    : r->remote_mta;
	host = host_in_words(a, question.text);
	if (host != NULL)
		return host;
	/* The server that reports it need not be the one that answered. */
	question.reporting_mta = NULL;
	if (status_receiver_find(&question) != STATUS_ANY)
		return status_receiver_name(a->status.receiver);
	return heard->reply->host != NULL ? heard->reply->host
	                                  : heard->reply->host_ip;
}

/* ", for anna@example.org"; "" if it is not said for whom. */
static const char *
recipient_of(struct explain_answer *a, const struct heard *heard)
{
	const char *address = heard->recipient != NULL
	    ? heard->recipient->address
	    : heard->reply->to;

	return address != NULL ? arena_printf(&a->text, ", for %s", address)
	                       : "";
}

#define HOUR 3600
#define DAY (24 * HOUR)

/* "after 5 days of attempts"; how long it was tried may be not said. */
static const char *
attempts_of(struct explain_answer *a, const struct heard *heard,
    const struct explain_facts *facts)
{
	const int64_t from = facts->bounce.arrival;
	int64_t to = facts->outer.date, seconds;

	if (heard->recipient != NULL && heard->recipient->last_attempt != 0)
		to = heard->recipient->last_attempt;
	seconds = to - from;
	if (from == 0 || to == 0 || seconds < HOUR || seconds > 60 * DAY)
		return "after attempts";
	if (seconds < 2 * DAY)
		return arena_printf(&a->text,
		    "after %" PRId64 " hour%s of attempts", seconds / HOUR,
		    seconds / HOUR == 1 ? "" : "s");
	return arena_printf(
	    &a->text, "after %" PRId64 " days of attempts", seconds / DAY);
}

/*
 * Whether it is the server that the program logs in to which refused: these are
 * answers to the login, or to what only comes after it (RFC 4954).
 */
static bool
is_login(const struct explain_answer *a)
{
	static const int64_t codes[] = { 534, 535, 538 };
	static const char *const enhanced[] = { "5.7.8", "5.7.9", "5.7.30",
		"5.7.57", "5.7.139" };
	size_t i;

	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (a->reply->code == codes[i])
			return true;
	if (a->status.class != STATUS_RELAY)
		return false;
	for (i = 0; i < sizeof(enhanced) / sizeof(enhanced[0]); i++)
		if (a->enhanced != NULL &&
		    strcmp(a->enhanced, enhanced[i]) == 0)
			return true;
	return a->reply->code == 530;
}

/*
 * Whether a server refused it; else it is what the sending one found, such as
 * an address without a server.
 */
static bool
is_by_server(const struct explain_case *c, const struct heard *heard)
{
	const struct explain_answer *a = c->answer;

	if (heard->reply->code > 0 || is_fate(heard->reply, "rejected"))
		return true;
	return a->enhanced != NULL && heard->reply->fate == NULL &&
	    c->facts->bounce.reporting_mta == NULL &&
	    a->status.class != STATUS_DNS && a->status.class != STATUS_NETWORK;
}

/* What happened, up to for whom. */
static const char *
say_outcome(
    struct explain_case *c, const struct heard *heard, const char *receiver)
{
	struct explain_answer *a = c->answer;
	const char *own = c->facts->bounce.reporting_mta;
	const char *who = receiver != NULL ? receiver : "the receiving server";
	const bool is_answer = heard->reply->code > 0;

	switch (a->outcome) {
	case EXPLAIN_GIVEN_UP:
		return arena_printf(&a->text,
		    "Never delivered%s: given up%s%s %s at %s",
		    recipient_of(a, heard), own != NULL ? " by " : "",
		    own != NULL ? own : "", attempts_of(a, heard, c->facts),
		    who);
	case EXPLAIN_REFUSED:
		if (is_login(a))
			return arena_printf(&a->text,
			    "Not sent%s: refused by the outgoing server%s%s%s",
			    recipient_of(a, heard),
			    receiver != NULL ? " (" : "",
			    receiver != NULL ? receiver : "",
			    receiver != NULL ? ")" : "");
		/* What no server answered is what the sending one found. */
		if (receiver == NULL && !is_by_server(c, heard))
			return arena_printf(&a->text, "Not delivered%s%s%s",
			    own != NULL ? " by " : "", own != NULL ? own : "",
			    recipient_of(a, heard));
		return arena_printf(
		    &a->text, "Refused by %s%s", who, recipient_of(a, heard));
	case EXPLAIN_DELAYED:
		return arena_printf(&a->text,
		    is_answer ? "Put off by %s%s, to be tried again"
		              : "Not delivered yet to %s%s, to be tried again",
		    who, recipient_of(a, heard));
	case EXPLAIN_SENT_ON:
		return arena_printf(&a->text, "Not refused: taken by %s%s", who,
		    recipient_of(a, heard));
	default:
		return arena_printf(
		    &a->text, "Answered by %s%s", who, recipient_of(a, heard));
	}
}

/* What precedes the meaning of a code that is in no table. */
static const char *
say_how_known(const struct explain_answer *a)
{
	if (a->enhanced == NULL)
		return "";
	if (a->status.ground == STATUS_BY_SUBJECT)
		return "This code is not a known one; its first two numbers "
		       "mean: ";
	if (a->status.ground == STATUS_BY_REPLY)
		return "This code is not a known one; the number before it "
		       "means: ";
	return "";
}

static void
say(struct explain_case *c, const struct heard *heard, const char *receiver)
{
	struct explain_answer *a = c->answer;
	const char *code = "";

	if (heard->reply->code > 0)
		code = arena_printf(&a->text, "%" PRId64 "%s",
		    heard->reply->code, a->enhanced != NULL ? " " : "");
	a->headline = arena_printf(&a->text, "%s%s%s%s. %s%s",
	    say_outcome(c, heard, receiver),
	    code[0] != '\0' || a->enhanced != NULL ? ": " : "", code,
	    a->enhanced != NULL ? a->enhanced : "", say_how_known(a),
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

/* The codes of an answer, or what became of it without any. */
static const char *
codes_of(struct explain_answer *a, const struct explain_reply *reply)
{
	static const char *const words[][2] = { { "sent", "sent" },
		{ "deferred", "put off" }, { "bounced", "not delivered" },
		{ "rejected", "refused" } };
	const char *host = reply->host != NULL ? reply->host : "";
	size_t i;

	if (reply->code > 0)
		return arena_printf(&a->text, "%" PRId64 "%s%s%s%s",
		    reply->code, reply->enhanced != NULL ? " " : "",
		    reply->enhanced != NULL ? reply->enhanced : "",
		    host[0] != '\0' ? " from " : "", host);
	if (reply->enhanced != NULL)
		return arena_printf(&a->text, "%s%s%s", reply->enhanced,
		    host[0] != '\0' ? " from " : "", host);
	for (i = 0; i < sizeof(words) / sizeof(words[0]) - 1; i++)
		if (is_fate(reply, words[i][0]))
			break;
	return arena_printf(&a->text, "%s%s%s", words[i][1],
	    host[0] != '\0' ? ", host " : "", host);
}

/* Another answer of a session or log. */
static void
add_other_reply(struct explain_case *c, const struct explain_reply *reply)
{
	const struct heard other = { .reply = reply };
	struct status_meaning meaning;

	ask(&other, c->facts, &meaning);
	prose_add(&c->answer->notes, "Also %s%s%s%s. %s",
	    reply->to != NULL ? "for " : "", reply->to != NULL ? reply->to : "",
	    reply->to != NULL ? ": " : "", codes_of(c->answer, reply),
	    is_fate(reply, "sent") ? "It was taken there."
	        : is_fate(reply, "deferred") && meaning.is_permanent
	        ? "It is tried again, though that server refused it."
	        : meaning.meaning);
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
		/* Of the steps of a session only what went wrong. */
		if (&reply[i] == heard->reply ||
		    is_outdated(&c->facts->replies, i) ||
		    (class_of(&reply[i]) == 2 && reply[i].fate == NULL))
			continue;
		add_other_reply(c, &reply[i]);
	}
}

bool
explain_judge_status(struct explain_case *c)
{
	struct explain_answer *a = c->answer;
	const char *receiver;
	struct heard heard;

	if (!find_answer(&heard, c->facts))
		return false;
	ask(&heard, c->facts, &a->status);
	a->reply = heard.reply;
	a->enhanced = heard.reply->enhanced;
	if (a->enhanced == NULL && heard.recipient != NULL)
		a->enhanced = heard.recipient->status;
	a->ground = EXPLAIN_BY_STATUS;
	a->outcome = outcome_of(&heard, c->facts, &a->status);
	if (is_contradicted(&heard, &a->status))
		a->status.meaning = arena_printf(&a->text,
		    "The bounce contradicts itself: it says that the message "
		    "%s, and quotes an answer that says otherwise.",
		    is_action(&heard, "failed") ? "failed" : "went on");
	if (is_fate(heard.reply, "deferred") && a->status.is_permanent)
		prose_add(&a->notes,
		    "The answer refuses it for good, but the log says that it "
		    "is tried again: other servers of that domain may take "
		    "it, or it comes back when time runs out.");
	receiver = receiver_of(c, &heard);
	a->receiver = receiver != NULL ? receiver
	                               : c->facts->bounce.reporting_mta;
	a->is_trusted = false;
	say(c, &heard, receiver);
	add_others(c, &heard);
	return true;
}
