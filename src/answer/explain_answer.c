/* SPDX-License-Identifier: BSD-2-Clause */
#include "answer/explain_answer.h"

#include <string.h>
#include <strings.h>

#include "answer/cause.h"
#include "answer/explain_priv.h"
#include "answer/subject.h"
#include "report/status_word.h"

/* Who wrote the results that count, in words; NULL: it does not say. */
static const char *
find_receiver(const struct explain_case *c)
{
	const struct explain_hop *border = explain_border(c->header);
	struct status_question who = { 0 };
	enum status_receiver receiver;

	if (c->results.first == NULL)
		return NULL;
	who.host = c->results.first->id;
	/* Nobody else has it, nor leaves out the id with it. */
	if (who.host == NULL && c->results.compauth != NULL)
		return status_receiver_name(STATUS_MICROSOFT);
	if (who.host == NULL && border != NULL)
		who.host = border->by;
	receiver = status_receiver_find(&who);
	return receiver != STATUS_ANY ? status_receiver_name(receiver)
	                              : who.host;
}

static const char *
receiver_of(const struct explain_case *c)
{
	return c->answer->receiver != NULL ? c->answer->receiver
	                                   : "the receiver";
}

static void
conclude(struct explain_case *c, enum explain_outcome outcome,
    enum explain_ground ground, const char *headline)
{
	struct explain_answer *a = c->answer;

	a->outcome = outcome;
	a->ground = ground;
	a->headline = a->is_trusted
	    ? headline
	    : arena_printf(&a->text,
	          "The header says, which cannot be checked here: %s",
	          headline);
}

/* --- the grounds, in their order ------------------------------------------ */

static bool
is_failed(const struct explain_result *result)
{
	return result != NULL && strcmp(result->result, "fail") == 0;
}

/* "p=reject" of what the receiver read; "" if it does not say. */
static const char *
policy_of(const struct explain_case *c)
{
	const char *p;
	size_t len;

	if ((p = explain_result_comment(c->results.dmarc, "p", &len)) == NULL &&
	    (p = explain_result_comment(c->results.dmarc, "policy", &len)) ==
	        NULL)
		return "";
	return arena_printf(&c->answer->text, " (p=%.*s)", (int)len, p);
}

/*
 * What was done: OpenDMARC and Google have it in a comment, "dis=NONE"; the
 * Authentication Milter, which Fastmail and OVH use, in a property.
 */
static const char *
disposition_of(const struct explain_result *dmarc, size_t *len)
{
	const char *done = explain_result_value(
	    dmarc, "policy", "applied-disposition");

	if (done == NULL)
		return explain_result_comment(dmarc, "dis", len);
	*len = strlen(done);
	return done;
}

static bool
judge_dmarc(struct explain_case *c)
{
	static const char *const acts[] = { "quarantine", "reject" };
	const char *action, *dis;
	const struct status_word *word;
	size_t len, i;

	if (!is_failed(c->results.dmarc))
		return false;
	action = explain_result_value(c->results.dmarc, NULL, "action");
	if (action != NULL &&
	    (strcasecmp(action, "quarantine") == 0 ||
	        strcasecmp(action, "reject") == 0 ||
	        strcasecmp(action, "oreject") == 0 ||
	        strcasecmp(action, "o.reject") == 0) &&
	    (word = microsoft_word_find("action", action)) != NULL) {
		conclude(c, EXPLAIN_ACTED, EXPLAIN_BY_DMARC,
		    arena_printf(&c->answer->text,
		        "%s That is what %s found%s.", word->meaning,
		        receiver_of(c), explain_because(c)));
		return true;
	}
	dis = disposition_of(c->results.dmarc, &len);
	for (i = 0; dis != NULL && i < sizeof(acts) / sizeof(acts[0]); i++)
		if (len == strlen(acts[i]) &&
		    strncasecmp(dis, acts[i], len) == 0) {
			conclude(c, EXPLAIN_ACTED, EXPLAIN_BY_DMARC,
			    arena_printf(&c->answer->text,
			        "%s by %s, because DMARC failed and the "
			        "policy%s asks for that%s.",
			        i == 0 ? "Set aside as spam" : "Refused",
			        receiver_of(c), policy_of(c),
			        explain_because(c)));
			return true;
		}
	return false;
}

/* Whether DMARC, and so SPF or DKIM, failed for want of an answer of DNS. */
static bool
is_temporary(const struct explain_case *c)
{
	return c->results.dmarc != NULL &&
	    strcmp(c->results.dmarc->result, "temperror") == 0;
}

static bool
judge_compauth(struct explain_case *c)
{
	const struct status_word *reason = NULL;

	if (!is_failed(c->results.compauth))
		return false;
	/* What could not be looked up makes the reasons for it moot. */
	if (is_temporary(c)) {
		conclude(c, EXPLAIN_FAILED, EXPLAIN_BY_COMPAUTH,
		    "Microsoft did not take the sender for genuine "
		    "(compauth=fail), because DNS did not answer then "
		    "(temperror). This alone does not mean that the message "
		    "was refused.");
		return true;
	}
	if (c->results.compauth->reason != NULL)
		reason = microsoft_word_find(
		    "reason", c->results.compauth->reason);
	conclude(c, EXPLAIN_FAILED, EXPLAIN_BY_COMPAUTH,
	    arena_printf(&c->answer->text,
	        "Microsoft did not take the sender for genuine "
	        "(compauth=fail)%s%s This alone does not mean that the message "
	        "was refused.",
	        reason != NULL ? ": " : ".",
	        reason != NULL ? reason->meaning : ""));
	return true;
}

/* Sentences: the meaning, and whose words it is drawn from. */
static const char *
say_filter(const struct explain_case *c, const struct explain_filter_said *said)
{
	return arena_printf(&c->answer->text, "%s So says %s (%s: %s).%s",
	    said->word->meaning, explain_filter_name(said->vendor), said->key,
	    said->value,
	    c->results.is_trusted && explain_is_proven(c) &&
	            !said->word->is_authentication
	        ? " This is not a matter of authentication: that is fine."
	        : "");
}

static bool
judge_filter(struct explain_case *c)
{
	const struct explain_filter *f = &c->filter;

	if (f->bad.word != NULL) {
		c->answer->is_trusted = f->is_trusted;
		conclude(
		    c, EXPLAIN_SPAM, EXPLAIN_BY_FILTER, say_filter(c, &f->bad));
		return true;
	}
	if (f->disputed == NULL)
		return false;
	c->answer->outcome = EXPLAIN_UNKNOWN;
	c->answer->ground = EXPLAIN_BY_FILTER;
	c->answer->is_trusted = false;
	c->answer->headline = arena_printf(&c->answer->text,
	    "Whether %s's filter took it for spam is not known: there are "
	    "several fields %s that contradict each other, and a stranger can "
	    "have written one of them.",
	    explain_filter_name(f->disputed), f->disputed->field);
	return true;
}

static bool
judge_forwarding(struct explain_case *c)
{
	const struct explain_header *h = c->header;
	const char *from = c->from != NULL ? c->from : "the sender";
	const bool is_signed = explain_has_aligned_signature(c);

	if (!explain_is_sent_on(c))
		return false;
	/* A list's fields are not the receiver's. */
	c->answer->is_trusted = false;
	c->answer->outcome = EXPLAIN_FAILED;
	c->answer->ground = EXPLAIN_BY_FORWARDING;
	c->answer->headline = arena_printf(&c->answer->text,
	    "It seems that %s%s sent the message on%s: SPF then speaks of "
	    "another host, and %s %s%s. Whether that is so cannot be checked "
	    "here: who forges the sender can write the same.",
	    h->list_id != NULL ? "the mailing list " : "a forwarder",
	    h->list_id != NULL ? h->list_id : "",
	    is_signed ? " and changed it" : "",
	    is_signed ? "the DKIM signature of"
	              : "there is no DKIM signature of",
	    from, is_signed ? " no longer fits" : "");
	return true;
}

static bool
has_several_senders(const struct explain_case *c)
{
	return c->header->from_fields > 1 || c->header->from.n > 1;
}

static bool
judge_results(struct explain_case *c)
{
	struct explain_answer *a = c->answer;
	const struct explain_result *dmarc = c->results.dmarc;
	const char *result = dmarc != NULL ? dmarc->result : NULL;

	if (dmarc == NULL && a->cause == NULL)
		return false;
	if (result != NULL &&
	    (strcmp(result, "temperror") == 0 ||
	        strcmp(result, "permerror") == 0))
		conclude(c, EXPLAIN_UNKNOWN, EXPLAIN_BY_RESULTS,
		    strcmp(result, "temperror") == 0
		        ? "DMARC could not be judged: DNS did not answer then."
		        : has_several_senders(c)
		        ? "DMARC could not be judged: there are several "
		          "addresses in From:, and it needs exactly one."
		        : "DMARC could not be judged: the record is faulty.");
	else if (is_failed(dmarc) ||
	    ((result == NULL || strcmp(result, "pass") != 0) &&
	        a->cause != NULL && !explain_is_authentic(a)))
		conclude(c, EXPLAIN_FAILED, EXPLAIN_BY_RESULTS,
		    arena_printf(&a->text,
		        "Nothing in it shows that it was refused or set "
		        "aside, but %s found that %s%s.",
		        receiver_of(c),
		        is_failed(dmarc) ? "DMARC failed"
		                         : "it is not authenticated",
		        explain_because(c)));
	else if (a->cause == NULL &&
	    (result == NULL || strcmp(result, "pass") != 0))
		return false;
	else
		conclude(c, EXPLAIN_PASSED, EXPLAIN_BY_RESULTS,
		    arena_printf(&a->text,
		        "Authentication is fine: %s found that %s. Nothing in "
		        "the header that can be believed says that the "
		        "message was refused or set aside.",
		        receiver_of(c),
		        a->cause != NULL && explain_is_authentic(a)
		            ? cause_what(a->cause)
		            : "DMARC passed"));
	return true;
}

static void
judge_nothing(struct explain_case *c)
{
	const struct explain_hop *border = explain_border_of(c->facts);
	struct explain_answer *a = c->answer;

	a->outcome = EXPLAIN_UNKNOWN;
	a->ground = EXPLAIN_BY_NOTHING;
	if (c->facts->is_bounce)
		a->headline =
		    "It is a bounce, but it does not say what became of whom.";
	else if (c->results.first != NULL)
		a->headline = arena_printf(&a->text,
		    "What %s found is too little to tell whether the message "
		    "is authenticated.",
		    receiver_of(c));
	else if (c->results.ignored > 0)
		a->headline =
		    "No verdict in it can be believed: all of them can have "
		    "been written before the message came to its receiver.";
	else if (border != NULL && border->by != NULL)
		a->headline = arena_printf(&a->text,
		    "No receiver's verdict on SPF, DKIM or DMARC is in it, "
		    "though it came to %s. \"ruactl explain --dns\" checks "
		    "all three by the records of today.",
		    border->by);
	else
		a->headline =
		    "No receiver's verdict on SPF, DKIM or DMARC is in it. "
		    "Take the copy that was received, not the one in the "
		    "folder for sent messages.";
}

/* --- all of it ------------------------------------------------------------ */

static void
add_filter_notes(struct explain_case *c)
{
	const struct explain_filter *f = &c->filter;
	struct prose *notes = &c->answer->notes;
	struct explain_filter_said said;
	size_t at = 0;

	if (f->bad.word != NULL && c->answer->ground != EXPLAIN_BY_FILTER)
		prose_add(notes, "%s%s",
		    f->is_trusted ? "" : "The header says as well: ",
		    say_filter(c, &f->bad));
	if (f->disputed != NULL && f->bad.word != NULL)
		prose_add(notes,
		    "There are several fields %s that contradict each other: "
		    "none of them was believed.",
		    f->disputed->field);
	if (f->foreign.word != NULL)
		prose_add(notes,
		    "It has also a field %s, which anybody before the receiver "
		    "can have written. If the receiver's own filter is %s, it "
		    "means: %s",
		    f->foreign.vendor->field,
		    explain_filter_name(f->foreign.vendor),
		    f->foreign.word->meaning);
	while (explain_filter_next(c->header, &at, &said))
		prose_add(notes, "%s So says %s (%s: %s).", said.word->meaning,
		    explain_filter_name(said.vendor), said.key, said.value);
}

static void
add_word(struct explain_case *c, const char *key, const char *value)
{
	const struct status_word *word = microsoft_word_find(key, value);

	if (word != NULL)
		prose_add(&c->answer->notes, "%s So says Microsoft (%s: %s).",
		    word->meaning, key, value);
}

static bool
has_field_of(const struct explain_header *h, const char *vendor)
{
	const struct explain_vendor *v = h->vendors.at;
	size_t i;

	for (i = 0; i < h->vendors.n; i++)
		if (strcmp(v[i].vendor, vendor) == 0)
			return true;
	return false;
}

/* What Microsoft's field of results says beside SPF, DKIM and DMARC. */
static void
add_microsoft_notes(struct explain_case *c)
{
	const struct explain_result *compauth = c->results.compauth;
	const char *action = explain_result_value(
	    c->results.dmarc, NULL, "action");

	if (action != NULL && strncasecmp(action, "pct.", 4) == 0)
		add_word(c, "action", action);
	/* Nobody else has this word. */
	if (c->results.dmarc != NULL &&
	    strcmp(c->results.dmarc->result, "bestguesspass") == 0)
		add_word(c, "dmarc", "bestguesspass");
	if (compauth == NULL)
		return;
	/* Why it is not what DMARC says. */
	if (is_failed(c->results.dmarc) && !is_failed(compauth) &&
	    compauth->reason != NULL)
		add_word(c, "reason", compauth->reason);
	else if (!is_failed(compauth) && strcmp(compauth->result, "pass") != 0)
		add_word(c, "compauth", compauth->result);
	if (c->answer->ground == EXPLAIN_BY_RESULTS &&
	    !has_field_of(c->header, "microsoft"))
		prose_add(&c->answer->notes,
		    "What Microsoft's filter thought of the message is in the "
		    "field X-Forefront-Antispam-Report, which is missing here: "
		    "look at the whole header.");
}

/* Anybody can write a bounce. */
static void
add_forged_bounce(struct explain_case *c)
{
	struct explain_results of_bounce = { 0 };

	explain_results_find(&of_bounce, &c->facts->outer);
	if (is_failed(of_bounce.dmarc))
		prose_add(&c->answer->notes,
		    "The bounce itself failed DMARC where it was received: it "
		    "may be forged, and what it says untrue.");
	explain_results_done(&of_bounce);
}

/* Signed is the lowest of them, and people may be shown another. */
static void
add_repeated(struct explain_case *c)
{
	const char *const *name = c->header->repeated.at;
	struct prose *notes = &c->answer->notes;
	size_t i;

	for (i = 0; i < c->header->repeated.n; i++)
		if (strcmp(name[i], "from") != 0)
			prose_add(notes,
			    "The field %s is there more than once, and only "
			    "once is allowed (RFC 5322, 3.6): a good DKIM "
			    "signature may speak of another one than people "
			    "are shown.",
			    name[i]);
}

/* Of results whose field anybody can have written in this name. */
static void
add_writer(struct explain_case *c)
{
	const struct explain_authres *first = c->results.first;
	struct status_question who = { 0 };

	if (first == NULL || first->id == NULL ||
	    strcmp(first->kind, "ar") != 0)
		return;
	who.host = first->id;
	/* Nobody's own server. */
	if (status_receiver_find(&who) != STATUS_ANY) {
		prose_add(&c->answer->notes,
		    "Who wrote the field of results is not sure, though it "
		    "bears the name %s: the Received fields of the whole "
		    "header can show it.",
		    first->id);
		return;
	}
	prose_add(&c->answer->notes,
	    "Who wrote the field of results is not sure, though it bears the "
	    "name %s. If that is your own server, and takes fields of its name "
	    "out of what strangers send (RFC 8601, 5), say --our-id=%s.",
	    first->id, subject_is_plain(first->id) ? first->id : "NAME");
}

static void
add_notes(struct explain_case *c)
{
	struct prose *notes = &c->answer->notes;

	add_filter_notes(c);
	add_microsoft_notes(c);
	add_forged_bounce(c);
	if (has_several_senders(c))
		prose_add(notes,
		    "There are several addresses in From:, and DMARC needs "
		    "exactly one.");
	add_repeated(c);
	if (c->facts->is_failure)
		prose_add(notes,
		    "It is a failure report about another message: \"ruactl "
		    "import\" stores it, and \"ruactl failures\" with its id "
		    "explains that message.");
	if (c->facts->has_attached)
		prose_add(notes,
		    "Another message is attached to it. If that is the one to "
		    "explain, save the attachment as a file and explain that.");
	if (c->header->from_fields == 0 && !c->facts->is_bounce &&
	    c->failure == NULL && strcmp(c->facts->form, "message") == 0)
		prose_add(notes,
		    "There is no From: in it, which every message must have: "
		    "many receivers refuse that.");
	if (c->facts->is_bounce && !c->facts->bounce.has_original)
		prose_add(notes,
		    "The bounce has no header of the message that it is about: "
		    "only the answer in it is explained.");
	if (c->failure == NULL && !c->results.is_trusted)
		add_writer(c);
	if (c->results.ignored > 0)
		prose_add(notes,
		    "%zu %s of results %s not believed: anybody before the "
		    "receiver can have written %s.",
		    c->results.ignored,
		    c->results.ignored == 1 ? "field" : "fields",
		    c->results.ignored == 1 ? "was" : "were",
		    c->results.ignored == 1 ? "it" : "them");
	if (c->facts->messages > 1)
		prose_add(notes,
		    "There are several messages in it: the first is "
		    "explained.");
	if (c->header->is_cut)
		prose_add(
		    notes, "The header is very long: not all of it was read.");
}

/* failure: what the facts are of; NULL: of a message */
static void
make(struct explain_answer *a, const struct explain_facts *facts,
    const struct explain_failure *failure, const struct dns_source *known)
{
	struct explain_case c = { .facts = facts,
		.header = &facts->header,
		.failure = failure,
		.known = known,
		.answer = a };
	const struct explain_address *from = facts->header.from.at;

	memset(a, 0, sizeof(*a));
	a->failure = failure;
	if (facts->header.from.n == 1 && facts->header.from_fields <= 1)
		c.from = from[0].domain;
	explain_results_find(&c.results, c.header);
	if (facts->header.from.n == 0)
		c.from = explain_dmarc_domain(c.results.dmarc);
	if (facts->header.from.n == 0 && c.from != NULL && !dns_is_name(c.from))
		c.from = NULL;
	explain_filter_find(&c.filter, c.header);
	a->is_trusted = c.results.is_trusted;
	a->receiver = find_receiver(&c);
	explain_rows_make(&c);
	if (!explain_judge_delivery(&c) && !explain_judge_status(&c) &&
	    !judge_dmarc(&c) && !explain_judge_failure(&c) &&
	    !judge_compauth(&c) && !judge_filter(&c) && !judge_forwarding(&c) &&
	    !judge_results(&c))
		judge_nothing(&c);
	explain_changes_make(&c);
	explain_failure_add_notes(&c);
	add_notes(&c);
	explain_results_done(&c.results);
}

void
explain_answer_make(struct explain_answer *a, const struct explain_facts *facts)
{
	make(a, facts, NULL, NULL);
}

void
explain_answer_make_known(struct explain_answer *a,
    const struct explain_facts *facts, const struct dns_source *known)
{
	make(a, facts, NULL, known);
}

void
explain_failure_make(struct explain_answer *a,
    const struct explain_facts *facts, const struct explain_failure *failure,
    const struct dns_source *known)
{
	make(a, facts, failure, known);
}

void
explain_answer_done(struct explain_answer *a)
{
	array_done(&a->rows);
	array_done(&a->record.auth_dkim);
	array_done(&a->record.auth_spf);
	prose_done(&a->changes);
	prose_done(&a->notes);
	arena_done(&a->text);
	memset(a, 0, sizeof(*a));
}
