/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ingest/parser.h"
#include "ingest/verify.h"

#define COMMIT_ITEMS 2000 /* in one transaction */

/* One input, from ingest_add() until its rows are durable. */
struct item {
	struct item *next;
	void *key;
	struct store_message message; /* strings are ours */
	int tries;                    /* times it killed ruad-parse */
	bool adopted;  /* in the ledger already: read, but do not store */
	bool answered; /* its answer is complete, or it has failed */
	bool released; /* ruad-parse and its caller are done with it */
	bool durable;  /* the store is */
	struct ingest_result result; /* strings are in the arena */
};

/*
 * Answers go into the store line by line as they come, so that ruad-parse
 * reads the next messages meanwhile; an answer that turns out bad is taken back
 * alone.  The transaction (which keeps other writers waiting) is open only
 * while there is work: who waits for a server calls ingest_commit().
 */
struct ingest {
	struct ingest_options options;
	struct store *store;
	struct parser *parser;
	struct wire_reader reader;
	struct item *current;       /* whose lines are coming */
	bool begun;                 /* in the store, too */
	bool reporting;             /* lines of a report are coming */
	bool partial;               /* so is a report of the current message */
	enum store_outcome outcome; /* of the report added last */
	int64_t records_before;     /* of the item, when that began */
	int64_t messages_before;
	int64_t policies_before;
	struct verify from;
	const char *sender;  /* of the current message, or NULL */
	bool open;           /* a transaction */
	struct item *stored; /* in it, in order */
	struct item **stored_last;
	size_t nstored;
	struct arena arena; /* strings of results */
};

static void
item_free(struct item *item)
{
	free((char *)item->message.folder);
	free((char *)item->message.path);
	free((char *)item->message.sha256);
	free(item);
}

static struct item *
item_new(void *key, const struct store_message *message)
{
	struct item *item = xcalloc(1, sizeof(*item));

	item->key = key;
	item->message = *message;
	item->message.folder = xstrdup_null(message->folder);
	item->message.path = xstrdup_null(message->path);
	item->message.sha256 = xstrdup(message->sha256);
	item->tries = message->attempts;
	memset(&item->message.facts, 0, sizeof(item->message.facts));
	return item;
}

static void
stored_free(struct ingest *in)
{
	struct item *item, *next;

	for (item = in->stored; item != NULL; item = next) {
		next = item->next;
		item->durable = true;
		if (item->released)
			item_free(item);
	}
	in->stored = NULL;
	in->stored_last = &in->stored;
	in->nstored = 0;
}

static const char *
ingest_keep(struct ingest *in, const char *s)
{
	return s != NULL ? arena_strndup(&in->arena, s, strlen(s)) : NULL;
}

static bool
item_is_stored(const struct ingest *in, const struct item *item)
{
	return !in->options.dry_run && !item->adopted;
}

/* --- one item into the store ------------------------------------------- */

static int
open_transaction(struct ingest *in, struct err *err)
{
	if (in->open || in->options.dry_run)
		return 0;
	if (store_begin(in->store, err) == -1)
		return -1;
	in->open = true;
	return 0;
}

/* Make durable what was stored, and tell. */
static int
commit_items(struct ingest *in, struct err *err)
{
	enum stopwatch_part before;
	struct item *item;
	int rc = 0;

	before = stopwatch_switch(in->options.stopwatch, STOPWATCH_STORE);
	if (in->open)
		rc = store_commit(in->store, err);
	stopwatch_switch(in->options.stopwatch, before);
	if (rc == -1)
		return -1;
	in->open = false;
	for (item = in->stored; item != NULL; item = item->next)
		in->options.result(in->options.arg, &item->result);
	stored_free(in);
	arena_reset(&in->arena);
	return 0;
}

/* Find this message, not yet filed, under an old UIDVALIDITY in the ledger. */
static int
item_adopt(struct ingest *in, struct item *item, struct err *err)
{
	const struct store_message *m = &item->message;

	if (m->mailbox_id == 0 || m->sha256[0] == '\0' || in->options.dry_run)
		return 0;
	return store_adopt(in->store, m->mailbox_id, m->folder, m->uidvalidity,
	    m->uid, m->sha256, &item->adopted, err);
}

/* The first line is coming. */
static void
item_start(struct ingest *in, struct item *item)
{
	memset(&item->result, 0, sizeof(item->result));
	item->result.key = item->key;
	in->sender = NULL;
	verify_begin(&in->from, in->options.require_verified);
	wire_reset(&in->reader);
	in->current = item;
	in->begun = in->reporting = in->partial = false;
}

/* facts: borrowed for the call; NULL: there are none. */
static int
item_begin(struct ingest *in, struct item *item, const struct mail_facts *facts,
    struct err *err)
{
	struct store_message message = item->message;

	in->begun = true;
	if (open_transaction(in, err) == -1 || item_adopt(in, item, err) == -1)
		return -1;
	if (!item_is_stored(in, item))
		return 0;
	if (facts != NULL)
		message.facts = *facts;
	return store_begin_message(in->store, &message, err);
}

/* Whether the missing rest of a message could have changed its outcome. */
static bool
item_says_little(const struct ingest *in, const char *status)
{
	return in->partial || strcmp(status, "other") == 0 ||
	    strcmp(status, "failed") == 0;
}

/* status: of the verdict. */
static int
item_end(struct ingest *in, const char *status, const char *reason,
    int attempts, struct err *err)
{
	struct item *item = in->current;
	struct ingest_result *r = &item->result;

	if (item->adopted)
		status = "known";
	else if (strcmp(status, "report") == 0)
		status = r->reports > 0 ? "stored" : "duplicate";
	if (item->message.doubtful && item_says_little(in, status)) {
		status = "doubtful";
		if (item_is_stored(in, item) &&
		    store_cancel_message(in->store, err) == -1)
			return -1;
	} else if (item_is_stored(in, item) &&
	    store_end_message(in->store, status, reason, attempts, err) == -1)
		return -1;
	r->status = ingest_keep(in, status);
	r->reason = ingest_keep(in, reason);
	item->answered = true;
	in->current = NULL;
	item->next = NULL;
	*in->stored_last = item;
	in->stored_last = &item->next;
	if (++in->nstored >= COMMIT_ITEMS)
		return commit_items(in, err);
	return 0;
}

/* Take back what has come for the current item. */
static int
item_cancel(struct ingest *in, struct err *err)
{
	struct item *item = in->current;

	in->current = NULL;
	if (in->begun && item_is_stored(in, item))
		return store_cancel_message(in->store, err);
	return 0;
}

/* The whole of an item that has failed. */
static int
item_fail(
    struct ingest *in, struct item *item, const char *reason, struct err *err)
{
	item_start(in, item);
	if (item_begin(in, item, NULL, err) == -1)
		return -1;
	return item_end(in, "failed", reason, item->tries, err);
}

/* A report of the current item begins; whether it is its first. */
static bool
report_begin(struct ingest *in, struct ingest_result *r)
{
	bool first = r->reports == 0 && r->duplicates == 0;

	in->reporting = true;
	in->records_before = r->records;
	in->messages_before = r->messages;
	in->policies_before = r->policies;
	if (first)
		r->kind = in->reader.type;
	return first;
}

/* The report whose lines came last, if there is one, is complete. */
static int
report_end(struct ingest *in, struct item *item, struct err *err)
{
	struct ingest_result *r = &item->result;

	if (!in->reporting)
		return 0;
	in->reporting = false;
	if (in->outcome == STORE_CONFLICT &&
	    store_end_report(in->store, &in->outcome, err) == -1)
		return -1;
	if (in->outcome == STORE_DUPLICATE) {
		r->records = in->records_before;
		r->messages = in->messages_before;
		r->policies = in->policies_before;
	}
	if (in->outcome == STORE_DUPLICATE)
		r->duplicates++;
	else
		r->reports++;
	if (in->outcome == STORE_CONFLICT)
		r->conflicts++;
	return 0;
}

static int
line_aggregate(struct ingest *in, struct item *item, struct err *err)
{
	const struct report *rep = &in->reader.report;
	struct ingest_result *r = &item->result;

	in->outcome = STORE_NEW;
	in->partial |= rep->partial;
	if (item_is_stored(in, item) &&
	    store_add_report(in->store, rep, &in->outcome, err) == -1)
		return -1;
	if (report_begin(in, r)) {
		r->org_name = ingest_keep(in, rep->org_name);
		r->domain = ingest_keep(in, rep->domain);
		r->day = report_day(rep->begin_ts, rep->end_ts);
	}
	return 0;
}

static int
line_record(struct ingest *in, struct item *item, struct err *err)
{
	if (in->outcome == STORE_DUPLICATE)
		return 0;
	item->result.records++;
	item->result.messages += in->reader.record.messages;
	if (!item_is_stored(in, item))
		return 0;
	return store_add_record(in->store, &in->reader.record, err);
}

static int
line_tls(struct ingest *in, struct item *item, struct err *err)
{
	const struct tls_report *rep = &in->reader.tls;
	struct ingest_result *r = &item->result;

	in->outcome = STORE_NEW;
	if (item_is_stored(in, item) &&
	    store_add_tls(in->store, rep, &in->outcome, err) == -1)
		return -1;
	if (report_begin(in, r)) {
		r->org_name = ingest_keep(in, rep->org_name);
		r->day = report_day(rep->begin_ts, rep->end_ts);
	}
	return 0;
}

static int
line_tls_policy(struct ingest *in, struct item *item, struct err *err)
{
	const struct tls_policy *p = &in->reader.tls_policy;
	struct ingest_result *r = &item->result;

	if (r->kind == WIRE_TLS && r->domain == NULL)
		r->domain = ingest_keep(in, p->domain);
	if (in->outcome == STORE_DUPLICATE)
		return 0;
	r->policies++;
	if (!item_is_stored(in, item))
		return 0;
	return store_add_tls_policy(in->store, p, err);
}

static int
line_failure(struct ingest *in, struct item *item, struct err *err)
{
	const struct failure_report *f = &in->reader.failure;
	struct ingest_result *r = &item->result;

	in->outcome = STORE_NEW;
	if (item_is_stored(in, item) &&
	    store_add_failure(in->store, f, &in->outcome, err) == -1)
		return -1;
	if (report_begin(in, r)) {
		r->org_name = f->user_agent != NULL
		    ? ingest_keep(in, f->user_agent)
		    : in->sender;
		r->domain = ingest_keep(in, f->reported_domain);
		r->day = report_day(f->arrival_ts, f->arrival_ts);
		r->source_ip = ingest_keep(in, f->source_ip);
	}
	return 0;
}

/* --- what the parser says ---------------------------------------------- */

/*
 * A report of an organization comes.  A sender who is authentic may still send
 * what is said to be another's.
 */
static int
judge_report(struct ingest *in, struct item *item, const char *organization,
    const char *email, struct err *err)
{
	if (verify_report(&in->from, organization, email) ||
	    !item_is_stored(in, item))
		return 0;
	return store_disown_message(in->store, err);
}

static int
line_verdict(struct ingest *in, struct item *item, struct err *err)
{
	const struct wire_verdict *v = &in->reader.verdict;

	if (in->from.refused != NULL && item->result.reports == 0 &&
	    strcmp(v->status, "report") == 0)
		return item_end(
		    in, "failed", in->from.refused, item->tries + 1, err);
	return item_end(in, v->status, v->reason, item->tries + 1, err);
}

static int
on_line(
    void *arg, void *key, char *line, size_t len, bool *last, struct err *err)
{
	struct ingest *in = arg;
	struct item *item = key;
	struct wire_reader *r = &in->reader;

	if (in->current == NULL)
		item_start(in, item);
	if (wire_read(r, line, len, err) == -1)
		return -1;
	if (!in->begun &&
	    item_begin(in, item, r->type == WIRE_MAIL ? &r->mail : NULL, err) ==
	        -1)
		return -1;
	if (in->from.refused != NULL && r->type != WIRE_MAIL &&
	    r->type != WIRE_VERDICT)
		return 0;
	if (r->type != WIRE_RECORD && r->type != WIRE_TLS_POLICY &&
	    report_end(in, item, err) == -1)
		return -1;
	switch (r->type) {
	case WIRE_MAIL:
		in->sender = ingest_keep(in, r->mail.sender);
		verify_message(&in->from, r->mail.verified,
		    ingest_keep(in, r->mail.from_domain));
		return 0;
	case WIRE_AGGREGATE:
		if (judge_report(in, item, r->report.org_name,
		        r->report.org_email, err) == -1)
			return -1;
		if (in->from.refused != NULL)
			return 0;
		return line_aggregate(in, item, err);
	case WIRE_RECORD:
		return line_record(in, item, err);
	case WIRE_TLS:
		if (judge_report(
		        in, item, r->tls.org_name, r->tls.contact, err) == -1)
			return -1;
		if (in->from.refused != NULL)
			return 0;
		return line_tls(in, item, err);
	case WIRE_TLS_POLICY:
		return line_tls_policy(in, item, err);
	case WIRE_FAILURE:
		return line_failure(in, item, err);
	case WIRE_PROBLEM:
		return 0; /* the verdict's reason names it */
	case WIRE_VERDICT:
		*last = true;
		return line_verdict(in, item, err);
	}
	return 0;
}

static int
item_suspect(
    struct ingest *in, struct item *item, int attempts, struct err *err)
{
	if (in->options.suspect == NULL)
		return 0;
	return in->options.suspect(in->options.arg, item->key, attempts, err);
}

static int
on_slow(void *arg, void *key, struct err *err)
{
	struct item *item = key;

	return item_suspect(arg, item, item->tries + 1, err);
}

static int
on_retry(void *arg, void *key, struct err *err)
{
	struct ingest *in = arg;
	struct item *item = key;

	item->tries++;
	if (in->current == item && item_cancel(in, err) == -1)
		return -1;
	return item_suspect(in, item, item->tries, err);
}

static int
on_failed(void *arg, void *key, const struct err *why, struct err *err)
{
	if (on_retry(arg, key, err) == -1)
		return -1;
	return item_fail(arg, key, why->text, err);
}

static void
on_done(void *arg, void *key, char *data)
{
	struct ingest *in = arg;
	struct item *item = key;

	in->options.release(in->options.arg, item->key, data);
	item->released = true;
	if (item->durable || !item->answered)
		item_free(item);
}

/* --- the outside --------------------------------------------------------- */

struct ingest *
ingest_new(struct store *store, const struct ingest_options *options)
{
	struct ingest *in = xcalloc(1, sizeof(*in));
	const struct parser_handler handler = { on_line, on_slow, on_retry,
		on_failed, on_done, in, options->stopwatch };

	in->options = *options;
	in->store = store;
	in->parser = parser_new(
	    options->program, &options->settings, LIMIT_PARSE_WALL, &handler);
	in->stored_last = &in->stored;
	return in;
}

int
ingest_add(struct ingest *in, void *key, const struct store_message *message,
    const char *name, char *data, size_t len, struct err *err)
{
	return parser_send(in->parser, item_new(key, message), name, data, len,
	    message->attempts, err);
}

/* Between two answers, not within one. */
static int
finish_current(struct ingest *in, struct err *err)
{
	while (in->current != NULL)
		if (parser_handle_one(in->parser, err) == -1)
			return -1;
	return 0;
}

int
ingest_add_failed(struct ingest *in, void *key,
    const struct store_message *message, const char *reason, struct err *err)
{
	struct item *item;

	if (finish_current(in, err) == -1)
		return -1;
	item = item_new(key, message);
	item->released = true;
	return item_fail(in, item, reason, err);
}

int
ingest_handle(struct ingest *in, struct pollfd *next, struct err *err)
{
	return parser_handle(in->parser, next, err);
}

int
ingest_commit(struct ingest *in, struct err *err)
{
	if (finish_current(in, err) == -1)
		return -1;
	return commit_items(in, err);
}

int
ingest_begin(struct ingest *in, struct err *err)
{
	if (finish_current(in, err) == -1)
		return -1;
	return open_transaction(in, err);
}

int
ingest_finish(struct ingest *in, struct err *err)
{
	if (parser_handle_all(in->parser, err) == -1)
		return -1;
	return commit_items(in, err);
}

void
ingest_free(struct ingest *in)
{
	if (in == NULL)
		return;
	parser_free(in->parser);
	if (in->open)
		store_rollback(in->store);
	stored_free(in);
	wire_done(&in->reader);
	arena_done(&in->arena);
	free(in);
}
