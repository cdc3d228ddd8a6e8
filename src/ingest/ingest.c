/* SPDX-License-Identifier: BSD-2-Clause */
#include "ingest/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "ingest/parser.h"
#include "report/wire.h"

#define STORE_ITEMS 1000               /* answers before they are stored */
#define STORE_BYTES ((size_t)4 << 20)  /* ... and bytes of them */
#define STREAM_BYTES ((size_t)8 << 20) /* of one answer: no longer buffered */

static const char verdict_start[] = "{\"type\":\"verdict\"";

/* One input, from ingest_add() until its rows are durable. */
struct item {
	struct item *next;
	void *key;
	struct store_message message; /* strings are ours */
	char *failed; /* given up, or never parsed: the reason */
	size_t start; /* its lines in the spool */
	size_t len;
	int tries;     /* times it killed ruad-parse */
	bool answered; /* its answer is complete, or it has failed */
	struct ingest_result result; /* strings are in the arena */
};

struct list {
	struct item *first;
	struct item **last;
};

/*
 * Answers are spooled in memory first and stored many at a time, so that no
 * transaction (which keeps other mailboxes waiting) is ever open while we
 * wait for a server.  Only an answer too large for that is stored while it
 * comes.
 */
struct ingest {
	struct ingest_options options;
	struct store *store;
	struct parser *parser;
	struct wire_reader reader;
	struct buf spool;       /* complete lines with their newlines */
	struct item *answering; /* the item whose lines come now */
	struct list ready;      /* answered, not stored */
	size_t nready;
	struct list stored;         /* in the transaction that is open */
	bool open;                  /* there is one */
	struct item *streaming;     /* begun in the store, lines go there */
	enum store_outcome outcome; /* of the report added last */
	struct arena arena;         /* strings of results */
};

static void
list_init(struct list *l)
{
	l->first = NULL;
	l->last = &l->first;
}

static void
list_add(struct list *l, struct item *item)
{
	item->next = NULL;
	*l->last = item;
	l->last = &item->next;
}

static void
item_free(struct item *item)
{
	free((char *)item->message.folder);
	free((char *)item->message.path);
	free((char *)item->message.sha256);
	free(item->failed);
	free(item);
}

static void
list_free(struct list *l)
{
	struct item *item, *next;

	for (item = l->first; item != NULL; item = next) {
		next = item->next;
		item_free(item);
	}
	list_init(l);
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
	item->result.key = key;
	memset(&item->message.facts, 0, sizeof(item->message.facts));
	return item;
}

static const char *
ingest_keep(struct ingest *in, const char *s)
{
	return s != NULL ? arena_strndup(&in->arena, s, strlen(s)) : NULL;
}

/* --- storing ---------------------------------------------------------- */

static int
ingest_open(struct ingest *in, struct err *err)
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
ingest_commit(struct ingest *in, struct err *err)
{
	struct item *item;

	if (in->open && store_commit(in->store, err) == -1)
		return -1;
	in->open = false;
	for (item = in->stored.first; item != NULL; item = item->next)
		in->options.result(in->options.arg, &item->result);
	list_free(&in->stored);
	arena_reset(&in->arena);
	return 0;
}

static int
item_begin(struct ingest *in, struct item *item, struct err *err)
{
	struct ingest_result *r = &item->result;

	memset(r, 0, sizeof(*r));
	r->key = item->key;
	wire_reset(&in->reader);
	if (in->options.dry_run)
		return 0;
	return store_begin_message(in->store, &item->message, err);
}

static int
item_end(struct ingest *in, struct item *item, const char *status,
    const char *reason, struct err *err)
{
	if (strcmp(status, "report") == 0)
		status = item->result.reports > 0 ? "stored" : "duplicate";
	item->result.status = ingest_keep(in, status);
	item->result.reason = ingest_keep(in, reason);
	if (!in->options.dry_run &&
	    store_end_message(in->store, item->result.status, reason,
	        item->tries + (item->failed == NULL), err) == -1)
		return -1;
	list_add(&in->stored, item);
	return 0;
}

static int
line_aggregate(struct ingest *in, struct item *item, struct err *err)
{
	const struct report *rep = &in->reader.report;
	struct ingest_result *r = &item->result;

	in->outcome = STORE_NEW;
	if (!in->options.dry_run &&
	    store_add_report(in->store, rep, &in->outcome, err) == -1)
		return -1;
	if (r->org_name == NULL) {
		r->org_name = ingest_keep(in, rep->org_name);
		r->domain = ingest_keep(in, rep->domain);
		r->day = report_day(rep->begin_ts, rep->end_ts);
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
line_record(struct ingest *in, struct item *item, struct err *err)
{
	if (in->outcome == STORE_DUPLICATE)
		return 0;
	item->result.records++;
	item->result.messages += in->reader.record.messages;
	if (in->options.dry_run)
		return 0;
	return store_add_record(in->store, &in->reader.record, err);
}

/*
 * One line of an answer into the store.  *last: it was the last.  ERR_BUG
 * means that the answer cannot be believed.
 */
static int
item_line(struct ingest *in, struct item *item, char *line, size_t len,
    bool *last, struct err *err)
{
	struct wire_reader *r = &in->reader;

	if (wire_read(r, line, len, err) == -1)
		return -1;
	switch (r->type) {
	case WIRE_MAIL:
		if (in->options.dry_run)
			return 0;
		return store_set_facts(in->store, &r->mail, err);
	case WIRE_AGGREGATE:
		return line_aggregate(in, item, err);
	case WIRE_RECORD:
		return line_record(in, item, err);
	case WIRE_PROBLEM:
		return 0; /* the verdict's reason names it */
	case WIRE_VERDICT:
		*last = true;
		return item_end(
		    in, item, r->verdict.status, r->verdict.reason, err);
	}
	return 0;
}

/* The item cannot be stored as its answer says; it has failed. */
static int
item_fail(struct ingest *in, struct item *item, bool begun, const char *reason,
    struct err *err)
{
	if (begun && !in->options.dry_run &&
	    store_cancel_message(in->store, err) == -1)
		return -1;
	if (item->failed == NULL)
		item->failed = xstrdup(reason);
	if (item_begin(in, item, err) == -1)
		return -1;
	return item_end(in, item, "failed", item->failed, err);
}

/* Whether the ledger has this mail, not yet filed, under an old UIDVALIDITY. */
static int
item_adopt(struct ingest *in, struct item *item, bool *adopted, struct err *err)
{
	const struct store_message *m = &item->message;

	*adopted = false;
	if (m->mailbox_id == 0 || m->sha256[0] == '\0' || in->options.dry_run)
		return 0;
	return store_adopt(in->store, m->mailbox_id, m->folder, m->uidvalidity,
	    m->uid, m->sha256, adopted, err);
}

static int
item_store(struct ingest *in, struct item *item, struct err *err)
{
	char *p, *end, *nl;
	bool last = false, adopted;

	if (item_adopt(in, item, &adopted, err) == -1)
		return -1;
	if (adopted) {
		item->result.status = "known";
		list_add(&in->stored, item);
		return 0;
	}
	if (item->failed != NULL)
		return item_fail(in, item, false, item->failed, err);
	if (item_begin(in, item, err) == -1)
		return -1;
	p = in->spool.at + item->start;
	end = p + item->len;
	while (!last) {
		/* The last line of every spooled answer is its verdict. */
		nl = memchr(p, '\n', (size_t)(end - p));
		if (item_line(in, item, p, (size_t)(nl - p), &last, err) ==
		    -1) {
			if (err->class != ERR_BUG)
				return -1;
			return item_fail(in, item, true, err->text, err);
		}
		p = nl + 1;
	}
	return 0;
}

/* Store everything that is answered, except what is still coming. */
static int
ingest_store_ready(struct ingest *in, struct err *err)
{
	struct item *item, *next;
	size_t used = in->spool.len;

	if (in->ready.first == NULL)
		return 0;
	if (ingest_open(in, err) == -1)
		return -1;
	for (item = in->ready.first; item != NULL; item = next) {
		next = item->next;
		in->ready.first = next;
		if (next == NULL)
			in->ready.last = &in->ready.first;
		in->nready--;
		if (item_store(in, item, err) == -1) {
			item_free(item);
			return -1;
		}
	}
	if (in->answering != NULL) {
		used = in->answering->start;
		in->answering->start = 0;
	}
	buf_consume(&in->spool, used);
	return 0;
}

/*
 * Store and commit: everything that is answered if all, else only if enough
 * has come together.
 */
static int
ingest_settle(struct ingest *in, bool all, struct err *err)
{
	if (!all && in->nready < STORE_ITEMS && in->spool.len < STORE_BYTES)
		return 0;
	if (ingest_store_ready(in, err) == -1)
		return -1;
	return ingest_commit(in, err);
}

/* --- what the parser says ---------------------------------------------- */

static int
item_ready(struct ingest *in, struct item *item, struct err *err)
{
	item->answered = true;
	in->answering = NULL;
	list_add(&in->ready, item);
	in->nready++;
	return ingest_settle(in, false, err);
}

static int
stream_line(struct ingest *in, struct item *item, char *line, size_t len,
    bool *last, struct err *err)
{
	if (item_line(in, item, line, len, last, err) == -1)
		return -1;
	if (!*last)
		return 0;
	item->answered = true;
	in->streaming = NULL;
	return ingest_commit(in, err);
}

/*
 * An answer has grown too large for the spool: store what is before it, and
 * from now on its lines as they come.
 */
static int
ingest_start_streaming(struct ingest *in, struct item *item, struct err *err)
{
	char *p, *end, *nl;
	bool last = false;

	if (ingest_store_ready(in, err) == -1 || ingest_open(in, err) == -1 ||
	    item_begin(in, item, err) == -1)
		return -1;
	in->answering = NULL;
	in->streaming = item;
	p = in->spool.at;
	end = p + in->spool.len;
	for (; p < end; p = nl + 1) {
		nl = memchr(p, '\n', (size_t)(end - p));
		if (stream_line(in, item, p, (size_t)(nl - p), &last, err) ==
		    -1)
			return -1;
	}
	in->spool.len = 0;
	return 0;
}

static int
on_line(
    void *arg, void *key, char *line, size_t len, bool *last, struct err *err)
{
	struct ingest *in = arg;
	struct item *item = key;

	if (in->streaming == item)
		return stream_line(in, item, line, len, last, err);
	if (in->answering != item) {
		in->answering = item;
		item->start = in->spool.len;
	}
	buf_add(&in->spool, line, len);
	buf_add_char(&in->spool, '\n');
	item->len = in->spool.len - item->start;
	if (len >= sizeof(verdict_start) - 1 &&
	    memcmp(line, verdict_start, sizeof(verdict_start) - 1) == 0) {
		*last = true;
		return item_ready(in, item, err);
	}
	if (item->len > STREAM_BYTES)
		return ingest_start_streaming(in, item, err);
	return 0;
}

static int
on_retry(void *arg, void *key, struct err *err)
{
	struct ingest *in = arg;
	struct item *item = key;

	item->tries++;
	if (in->streaming == item) {
		in->streaming = NULL;
		if (!in->options.dry_run &&
		    store_cancel_message(in->store, err) == -1)
			return -1;
		return ingest_commit(in, err);
	}
	if (in->answering == item) {
		in->answering = NULL;
		in->spool.len = item->start;
	}
	return 0;
}

static int
on_failed(void *arg, void *key, const struct err *why, struct err *err)
{
	struct item *item = key;

	if (on_retry(arg, key, err) == -1)
		return -1;
	item->failed = xstrdup(why->text);
	return item_ready(arg, item, err);
}

static void
on_done(void *arg, void *key, char *data)
{
	struct ingest *in = arg;
	struct item *item = key;

	in->options.release(in->options.arg, item->key, data);
	if (!item->answered)
		item_free(item); /* parser_free() with inputs under way */
}

/* --- the outside --------------------------------------------------------- */

struct ingest *
ingest_new(struct store *store, const struct ingest_options *options)
{
	struct ingest *in = xcalloc(1, sizeof(*in));
	const struct parser_handler handler = { on_line, on_retry, on_failed,
		on_done, in };

	in->options = *options;
	in->store = store;
	in->parser = parser_new(
	    options->program, &options->limits, LIMIT_PARSE_WALL, &handler);
	list_init(&in->ready);
	list_init(&in->stored);
	return in;
}

int
ingest_add(struct ingest *in, void *key, const struct store_message *message,
    const char *name, char *data, size_t len, struct err *err)
{
	struct item *item = item_new(key, message);

	if (parser_send(in->parser, item, name, data, len, err) == -1)
		return -1;
	/* Its transaction is open: do not leave before it is done. */
	return in->streaming != NULL ? parser_drain(in->parser, err) : 0;
}

int
ingest_add_failed(struct ingest *in, void *key,
    const struct store_message *message, const char *reason, struct err *err)
{
	struct item *item = item_new(key, message);

	item->failed = xstrdup(reason);
	item->answered = true;
	list_add(&in->ready, item);
	in->nready++;
	return ingest_settle(in, false, err);
}

int
ingest_flush(struct ingest *in, struct err *err)
{
	if (parser_drain(in->parser, err) == -1)
		return -1;
	return ingest_settle(in, true, err);
}

void
ingest_free(struct ingest *in)
{
	if (in == NULL)
		return;
	parser_free(in->parser);
	if (in->open)
		store_rollback(in->store);
	list_free(&in->ready);
	list_free(&in->stored);
	wire_done(&in->reader);
	buf_done(&in->spool);
	arena_done(&in->arena);
	free(in);
}
