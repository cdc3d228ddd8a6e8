/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/map.h"
#include "dns/dns_client.h"
#include "dns/dns_client_wire.h"
#include "dns/dns_reply.h"
#include "dns/dns_servers.h"

/* Bytes of replies that are kept, whose answers take a few times as much. */
#define MAX_BYTES ((size_t)8 << 20)
#define BURST 5       /* questions that a rate may catch up with */
#define MOST_ROUNDS 8 /* times what was asked for */

struct waiter {
	struct waiter *next;
	dns_client_fn *fn;
	void *arg;
};

/* It is in one list at most: to be asked, ended, to be told; or under way. */
struct question {
	struct dns_client *client;
	struct question *next;
	enum dns_type type;
	const char *name;
	/* Its tries: each asks one server, and all of them are a round. */
	int tries;
	int silences;
	bool was_silent; /* one of them, in this round */
	size_t server;   /* of the last try */
	bool edns;
	bool is_too_new;            /* the server does not know EDNS */
	int64_t sent_ms, silent_ms; /* the last try; in vain, of all */
	enum dns_wire_end end;
	const struct dns_answer *refusal; /* a server's words, but no answer */
	const struct dns_answer *answer;  /* NULL: there is none yet */
	bool is_done;                     /* in that list */
	struct waiter *waiters, **last_waiter;
};

struct list {
	struct question *first, **last;
};

struct dns_client {
	struct dns_options options;
	struct dns_servers servers;
	char *server_names;
	struct dns_wire *wire;
	struct map known; /* of struct question *, by type and name */
	struct arena arena;
	struct list queue, ended, done;
	size_t under_way;
	struct dns_counts counts;
	size_t bytes;
	int64_t first_ms; /* the first question; 0: there was none */
	int64_t due_us;   /* the next one, by the rate */
	size_t server;    /* the one that answered last */
	bool edns;
	char gave_up[256]; /* why, if so */
};

static void
list_add(struct list *l, struct question *q)
{
	if (l->first == NULL)
		l->last = &l->first;
	q->next = NULL;
	*l->last = q;
	l->last = &q->next;
}

static struct question *
list_take(struct list *l)
{
	struct question *q = l->first;

	if (q != NULL)
		l->first = q->next;
	return q;
}

struct dns_client *
dns_client_new(const struct dns_options *options, struct err *err)
{
	struct dns_client *c = xcalloc(1, sizeof(*c));
	struct buf names = { 0 };
	int rc;

	c->options = *options;
	if (c->options.tries < 1)
		c->options.tries = 1;
	if (c->options.in_flight < 1)
		c->options.in_flight = 1;
	c->known.size = sizeof(struct question *);
	c->edns = true;
	if (options->servers != NULL)
		rc = dns_servers_read(&c->servers, options->servers, err);
	else
		rc = dns_servers_load(&c->servers,
		    options->resolv_conf != NULL ? options->resolv_conf
		                                 : "/etc/resolv.conf",
		    err);
	if (rc == 0) {
		dns_servers_write(&names, &c->servers);
		c->server_names = xstrdup(buf_str(&names));
		buf_done(&names);
		c->wire = dns_wire_open(&c->servers, options->timeout_ms, err);
	}
	if (c->wire == NULL) {
		dns_client_free(c);
		return NULL;
	}
	return c;
}

void
dns_client_free(struct dns_client *c)
{
	if (c == NULL)
		return;
	dns_wire_close(c->wire);
	map_done(&c->known);
	arena_done(&c->arena);
	free(c->server_names);
	free(c);
}

const char *
dns_client_servers(const struct dns_client *c)
{
	return c->server_names;
}

const struct dns_counts *
dns_client_counts(const struct dns_client *c)
{
	return &c->counts;
}

int
dns_client_patience_ms(const struct dns_client *c)
{
	return c->options.timeout_ms * c->options.tries * (int)c->servers.n;
}

void
dns_client_forget(struct dns_client *c)
{
	map_done(&c->known);
	c->known = (struct map) { .size = sizeof(struct question *) };
	arena_reset(&c->arena);
	c->bytes = 0;
}

/* --- the end of a question ----------------------------------------------- */

static const struct dns_answer *__attribute__((format(printf, 2, 3)))
failure(struct question *q, const char *fmt, ...)
{
	struct arena *arena = &q->client->arena;
	struct dns_answer *answer = arena_alloc(arena, sizeof(*answer));
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	*answer = (struct dns_answer) {
		.status = DNS_FAILED,
		.failure = arena_strndup(arena, text, strlen(text)),
		.asked_ts = q->tries > 0 ? io_time() : 0,
	};
	return answer;
}

/* How long the silent servers of a question were to be waited for. */
static int
promised_ms(const struct question *q)
{
	const struct dns_client *c = q->client;
	int n = (int)c->servers.n, rounds = (q->tries + n - 1) / n;

	return c->options.timeout_ms * c->options.tries * q->silences / rounds;
}

static const struct dns_answer *
silence(struct question *q)
{
	int ms = q->client->options.timeout_ms * q->silences;

	if (ms > promised_ms(q))
		ms = promised_ms(q);
	if (ms % 1000 == 0)
		return failure(q, "did not answer within %d s", ms / 1000);
	return failure(
	    q, "did not answer within %d.%d s", ms / 1000, ms % 1000 / 100);
}

/* What all servers together did. */
static const struct dns_answer *
failure_of(struct question *q)
{
	const char *names = q->client->server_names;

	if (q->refusal != NULL)
		return q->refusal;
	if (q->was_silent)
		return silence(q);
	switch (q->end) {
	case DNS_WIRE_CLOSED:
		return failure(q, "nobody listens at %s", names);
	case DNS_WIRE_NO_TCP:
		return failure(q, "takes no TCP connection for a long answer");
	case DNS_WIRE_NO_ROUTE:
		return failure(q, "there is no network to %s", names);
	default:
		return failure(q, "%s", dns_reply_failure(DNS_RCODE_NONE));
	}
}

/* Called within the wire: takes note only, see settle(). */
static void
on_end(void *arg, const struct dns_wire_result *r)
{
	struct question *q = arg;
	struct dns_client *c = q->client;
	const struct dns_answer *answer;

	c->under_way--;
	q->end = r->end;
	list_add(&c->ended, q);
	if (r->end == DNS_WIRE_SILENT) {
		q->silences++;
		q->silent_ms += io_clock_ms() - q->sent_ms;
		q->was_silent = true;
	}
	if (r->end != DNS_WIRE_REPLY)
		return;
	c->bytes += r->len;
	if (q->edns && dns_reply_rcode(r->bytes, r->len) == DNS_RCODE_FORMERR) {
		c->edns = false; /* RFC 6891, 7 */
		q->is_too_new = true;
		return;
	}
	answer = dns_reply_read(
	    &c->arena, q->type, q->name, r->bytes, r->len, io_time());
	if (answer->status == DNS_FAILED) {
		q->refusal = answer;
		return;
	}
	q->answer = answer;
	c->server = q->server;
}

static void
send_to(struct dns_client *c, struct question *q, size_t server)
{
	q->server = server;
	q->edns = c->edns;
	q->sent_ms = io_clock_ms();
	c->counts.sent++;
	c->under_way++;
	dns_wire_send(c->wire, server, q->type, q->name, q->edns, on_end, q);
}

static void
done(struct question *q)
{
	if (!q->is_done)
		list_add(&q->client->done, q);
	q->is_done = true;
}

static bool
is_late(const struct dns_client *c)
{
	return c->options.deadline_ms > 0 && c->first_ms > 0 &&
	    io_clock_ms() - c->first_ms >= c->options.deadline_ms;
}

/*
 * Whether one more round is due.  Newer versions of c-ares wait for less than
 * they were told where answers came fast: then there are more rounds.
 */
static bool
is_round_due(const struct question *q)
{
	const struct dns_client *c = q->client;
	int rounds = q->tries / (int)c->servers.n;

	if (!q->was_silent || q->refusal != NULL)
		return false;
	return rounds < c->options.tries ||
	    (q->silent_ms + c->options.timeout_ms / 2 < promised_ms(q) &&
	        rounds < MOST_ROUNDS * c->options.tries);
}

/* Ask once more what has no answer yet, if that is due. */
static bool
try_again(struct dns_client *c, struct question *q)
{
	if (q->is_too_new) {
		q->is_too_new = false;
		send_to(c, q, q->server);
		return true;
	}
	if (c->gave_up[0] != '\0' || is_late(c))
		return false;
	if (q->tries % (int)c->servers.n == 0) {
		if (!is_round_due(q))
			return false;
		q->was_silent = false;
	}
	q->tries++;
	send_to(c, q, (q->server + 1) % c->servers.n);
	return true;
}

static void
count(struct dns_client *c, const struct dns_answer *answer)
{
	if (answer->status != DNS_FAILED) {
		c->counts.answered++;
		c->counts.in_a_row = 0;
		return;
	}
	c->counts.failed++;
	c->counts.in_a_row++;
	if (c->options.give_up_after > 0 && c->gave_up[0] == '\0' &&
	    c->counts.in_a_row >= (size_t)c->options.give_up_after)
		snprintf(c->gave_up, sizeof(c->gave_up),
		    "%d questions in a row failed at %s; the last one: %s",
		    c->options.give_up_after, c->server_names, answer->failure);
}

/* What became of the tries that have ended. */
static void
settle(struct dns_client *c)
{
	struct question *q;

	while ((q = list_take(&c->ended)) != NULL) {
		if (q->answer == NULL && try_again(c, q))
			continue;
		if (q->answer == NULL)
			q->answer = failure_of(q);
		count(c, q->answer);
		done(q);
	}
}

static void
tell(struct dns_client *c)
{
	struct question *q;
	struct waiter *w;

	while ((q = list_take(&c->done)) != NULL) {
		q->is_done = false;
		while ((w = q->waiters) != NULL) {
			if ((q->waiters = w->next) == NULL)
				q->last_waiter = &q->waiters;
			w->fn(w->arg, q->answer);
		}
	}
}

/* --- the way of a question ------------------------------------------------ */

/* The answer to a question that is not asked, if there is a reason. */
static const struct dns_answer *
limit(struct question *q)
{
	const struct dns_client *c = q->client;

	if (c->gave_up[0] != '\0')
		return failure(q, "not asked: %d others in a row failed",
		    c->options.give_up_after);
	if (c->options.most > 0 && c->counts.asked >= (size_t)c->options.most)
		return failure(q, "not asked: %d questions are the limit",
		    c->options.most);
	if (is_late(c))
		return failure(q, "not asked: %d s are the limit",
		    c->options.deadline_ms / 1000);
	if (c->bytes > MAX_BYTES)
		return failure(q, "not asked: %zu MB of answers are the limit",
		    MAX_BYTES >> 20);
	return NULL;
}

/* Milliseconds until the rate allows one more; 0: now. */
static int
wait_of_rate(struct dns_client *c)
{
	int64_t wait = c->due_us - io_clock_ms() * 1000;

	if (c->options.per_second <= 0 || wait <= 0)
		return 0;
	return (int)((wait + 999) / 1000);
}

static void
use_rate(struct dns_client *c)
{
	int64_t each, now = io_clock_ms() * 1000;

	if (c->options.per_second <= 0)
		return;
	each = 1000000 / c->options.per_second;
	if (c->due_us < now - BURST * each)
		c->due_us = now - BURST * each;
	c->due_us += each;
}

static void
send_some(struct dns_client *c)
{
	const struct dns_answer *answer;
	struct question *q;

	while ((q = c->queue.first) != NULL) {
		answer = limit(q);
		if (answer == NULL &&
		    (c->under_way >= (size_t)c->options.in_flight ||
		        wait_of_rate(c) > 0))
			return;
		list_take(&c->queue);
		if (answer != NULL) {
			c->counts.not_asked++;
			q->answer = answer;
			done(q);
			continue;
		}
		if (c->first_ms == 0)
			c->first_ms = io_clock_ms();
		c->counts.asked++;
		use_rate(c);
		q->tries = 1;
		send_to(c, q, c->server);
	}
}

/* How long nothing is to be done but for what comes from the wire. */
static int
patience(struct dns_client *c)
{
	int64_t left;
	int ms = -1;

	if (c->queue.first == NULL)
		return -1;
	if (c->under_way < (size_t)c->options.in_flight)
		ms = wait_of_rate(c);
	if (c->options.deadline_ms > 0 && c->first_ms > 0) {
		left = c->first_ms + c->options.deadline_ms - io_clock_ms();
		if (left < 0)
			left = 0;
		if (ms < 0 || left < ms)
			ms = (int)left;
	}
	return ms;
}

static void
run(struct dns_client *c)
{
	for (;;) {
		settle(c);
		tell(c);
		send_some(c);
		if (c->ended.first != NULL || c->done.first != NULL)
			continue;
		if (c->under_way == 0 && c->queue.first == NULL)
			return;
		dns_wire_wait(c->wire, patience(c));
	}
}

int
dns_client_run(struct dns_client *c, struct err *err)
{
	run(c);
	if (c->gave_up[0] == '\0')
		return 0;
	return err_set(err, ERR_NET, "%s", c->gave_up);
}

/* The question of this type and name, which is queued if it is new. */
static struct question *
find(struct dns_client *c, enum dns_type type, const char *name)
{
	char plain[DNS_NAME];
	struct buf key = { 0 };
	struct question **known, *q;
	bool ok = dns_write_name(name, plain);

	if (ok)
		name = plain;
	buf_printf(&key, "%d %s", (int)type, name);
	known = map_item(&c->known, key.at, key.len);
	buf_done(&key);
	if (*known != NULL)
		return *known;
	*known = q = arena_alloc(&c->arena, sizeof(*q));
	*q = (struct question) {
		.client = c,
		.type = type,
		.name = arena_strndup(&c->arena, name, strlen(name)),
	};
	q->last_waiter = &q->waiters;
	if (ok) {
		list_add(&c->queue, q);
		return q;
	}
	q->answer = dns_answer_none(&c->arena, DNS_NO_NAME, NULL);
	return q;
}

void
dns_client_start(struct dns_client *c, enum dns_type type, const char *name,
    dns_client_fn *fn, void *arg)
{
	struct question *q = find(c, type, name);
	struct waiter *w;

	if (fn == NULL)
		return;
	w = arena_alloc(&c->arena, sizeof(*w));
	*w = (struct waiter) { .fn = fn, .arg = arg };
	*q->last_waiter = w;
	q->last_waiter = &w->next;
	if (q->answer != NULL)
		done(q);
}

static const struct dns_answer *
ask(void *arg, enum dns_type type, const char *name)
{
	struct dns_client *c = arg;
	struct question *q = find(c, type, name);

	if (q->answer == NULL)
		run(c);
	return q->answer;
}

struct dns_source
dns_client_source(struct dns_client *c)
{
	return (struct dns_source) { .ask = ask, .arg = c };
}
