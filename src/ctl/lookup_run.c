/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/lookup_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer/dns_keep.h"
#include "base/text.h"
#include "ctl/lookup_cymru.h"
#include "ctl/lookup_place.h"
#include "dns/confirm.h"
#include "report/align.h"

#define CLAIM 256 /* bytes of a name that is not confirmed, made safe */

/* Some sources, looked up together and written together. */
struct batch {
	const struct lookup_source *sources;
	size_t n;
	struct confirm confirm[LOOKUP_BATCH];
	struct lookup_cymru_item places[LOOKUP_BATCH];
	bool is_dead; /* so many failed that no more are asked */
};

/* --- writing -------------------------------------------------------------- */

static int
keep_answers(struct store *store, const struct confirm *c, struct err *err)
{
	char name[DNS_NAME];
	size_t i;

	if (c->ptr == NULL || !dns_reverse_name(c->ip, name))
		return 0;
	if (dns_keep_answer(store, DNS_PTR, name, c->ptr, err) == -1)
		return -1;
	for (i = 0; i < c->n; i++)
		if (c->names[i].answer != NULL &&
		    dns_keep_answer(store, confirm_type(c), c->names[i].name,
		        c->names[i].answer, err) == -1)
			return -1;
	return 0;
}

static int
write_name(struct lookup_run *run, const struct lookup_source *source,
    const struct confirm *c, struct err *err)
{
	static const enum lookup_status statuses[] = {
		[CONFIRM_OK] = LOOKUP_OK,
		[CONFIRM_NONE] = LOOKUP_NONE,
		[CONFIRM_UNCONFIRMED] = LOOKUP_UNCONFIRMED,
		[CONFIRM_FAILED] = LOOKUP_FAILED,
	};
	const int64_t now = run->question.now;
	const char *name;
	enum confirm_status confirmed = confirm_judge(c, &name);
	struct store_lookup l = { .source_id = source->id, .ts = now };
	char domain[ALIGN_DOMAIN], claim[CLAIM];
	enum lookup_status status;

	if (confirmed == CONFIRM_NOT_ASKED)
		return 0;
	status = statuses[confirmed];
	run->asked++;
	run->found[status]++;
	l.status = lookup_status_words[status];
	if (status == LOOKUP_FAILED)
		l.tries = source->tries + 1;
	else if (status == LOOKUP_OK) {
		l.ptr = name;
		l.ptr_domain = align_organization(name, domain) ? domain : name;
	} else if (status == LOOKUP_UNCONFIRMED)
		l.ptr_claim = name[0] != '\0'
		    ? text_safe(claim, sizeof(claim), name)
		    : NULL;
	l.next_ts = lookup_next(status, l.tries, now);
	if (store_set_lookup(run->store, &l, err) == -1)
		return -1;
	return keep_answers(run->store, c, err);
}

static int
write_place(
    struct lookup_run *run, const struct batch *b, size_t i, struct err *err)
{
	struct lookup_place p = { .id = b->sources[i].id,
		.found = b->places[i].found };

	if (p.found.asn == 0)
		return 0;
	run->with_as++;
	run->changed_as++;
	return lookup_place_set(run->store, &p, err);
}

static int
write_batch(struct lookup_run *run, const struct batch *b, struct err *err)
{
	size_t i;

	if (store_begin(run->store, err) == -1)
		return -1;
	for (i = 0; i < b->n; i++)
		if (write_name(run, &b->sources[i], &b->confirm[i], err) ==
		        -1 ||
		    write_place(run, b, i, err) == -1) {
			store_rollback(run->store);
			return -1;
		}
	return store_commit(run->store, err);
}

/* --- asking --------------------------------------------------------------- */

/*
 * Whether a name server answers at all, when many addresses in a row had no
 * answer: the fault may be that of their zones.  Every resolver knows the name
 * of loopback itself (RFC 6303, 4.2).
 */
static bool
is_alive(const struct lookup_run *run)
{
	const struct dns_answer *answer;
	struct dns_client *client;
	struct dns_source source;
	struct err ignored = ERR_INIT;
	bool ok;

	if (dns_client_counts(run->client)->answered > 0)
		return true;
	if ((client = dns_client_new(&run->dns, &ignored)) == NULL)
		return false;
	source = dns_client_source(client);
	answer = dns_ask(&source, DNS_PTR, "1.0.0.127.in-addr.arpa");
	ok = answer->status != DNS_FAILED;
	dns_client_free(client);
	return ok;
}

static int
ask_names(struct lookup_run *run, struct batch *b, struct err *err)
{
	struct err why = ERR_INIT;
	size_t i;

	for (i = 0; i < b->n; i++)
		confirm_start(&b->confirm[i], run->client, b->sources[i].ip);
	if (dns_client_run(run->client, &why) == 0)
		return 0;
	if (is_alive(run)) {
		run->stopped = why;
		b->is_dead = true;
		return 0;
	}
	return err_set(err, ERR_NET,
	    "no name server%s answers (%s): no name "
	    "was changed",
	    run->dns.servers == NULL ? " in /etc/resolv.conf" : "", why.text);
}

/* Of what no file knows; that it fails is no reason to stop. */
static void
ask_cymru(struct lookup_run *run, struct batch *b)
{
	struct lookup_cymru_item *unknown[LOOKUP_BATCH];
	struct lookup_cymru_item items[LOOKUP_BATCH];
	struct err why = ERR_INIT;
	size_t i, n = 0;

	for (i = 0; i < b->n; i++) {
		b->places[i].ip = b->sources[i].ip;
		geo_find(run->geo, b->sources[i].ip, &b->places[i].found);
		if (b->places[i].found.asn == 0) {
			items[n] = b->places[i];
			unknown[n++] = &b->places[i];
		} else /* written already */
			memset(
			    &b->places[i].found, 0, sizeof(b->places[i].found));
	}
	if (n > 0 && lookup_cymru_find(run->cymru, items, n, &why) == -1) {
		prose_add(&run->warnings,
		    "Team Cymru was not asked for the rest: %s", why.text);
		lookup_cymru_free(run->cymru);
		run->cymru = NULL;
	}
	for (i = 0; i < n; i++)
		*unknown[i] = items[i];
}

static int
run_batch(struct lookup_run *run, size_t first, size_t n, bool *is_over,
    struct err *err)
{
	struct batch *b = xcalloc(1, sizeof(*b));
	int rc;

	b->sources = (const struct lookup_source *)run->plan.due.at + first;
	b->n = n;
	rc = ask_names(run, b, err);
	if (rc == 0 && !b->is_dead && run->cymru != NULL)
		ask_cymru(run, b);
	if (rc == 0)
		rc = write_batch(run, b, err);
	*is_over = b->is_dead || dns_client_counts(run->client)->not_asked > 0;
	dns_client_forget(run->client);
	free(b);
	return rc;
}

/* --- all of it ------------------------------------------------------------ */

static int
open_clients(struct lookup_run *run, struct err *err)
{
	struct dns_options once = run->dns;

	if ((run->client = dns_client_new(&run->dns, err)) == NULL)
		return -1;
	run->servers = xstrdup(dns_client_servers(run->client));
	if (!run->asks_cymru)
		return 0;
	run->cymru = lookup_cymru_new(&once, err);
	return run->cymru != NULL ? 0 : -1;
}

/* For who waits at a terminal; n == all: it is over. */
static void
show_progress(size_t n, size_t all)
{
	if (isatty(STDERR_FILENO) != 1)
		return;
	if (n < all)
		fprintf(stderr, "\r%zu of %zu\033[K", n, all);
	else
		fputs("\r\033[K", stderr);
}

static int
run_batches(struct lookup_run *run, struct err *err)
{
	const size_t all = run->plan.due.n;
	bool is_over = false;
	size_t i, n;
	int rc = 0;

	for (i = 0; i < all && !is_over; i += n) {
		n = all - i < LOOKUP_BATCH ? all - i : LOOKUP_BATCH;
		if (all > LOOKUP_BATCH)
			show_progress(i, all);
		if ((rc = run_batch(run, i, n, &is_over, err)) == -1)
			break;
	}
	if (all > LOOKUP_BATCH)
		show_progress(all, all);
	return rc;
}

/*
 * Give sources the senders that the rules say, also if nothing is new: an
 * earlier run may not have come so far.
 */
static int
apply_rules(struct lookup_run *run, struct err *err)
{
	bool has;

	if (lookup_has_rules(run->db, &has, err) == -1)
		return -1;
	if (!has)
		return 0;
	if (store_begin(run->store, err) == -1)
		return -1;
	if (store_apply_senders(run->store, err) == -1) {
		store_rollback(run->store);
		return -1;
	}
	return store_commit(run->store, err);
}

int
lookup_run(struct lookup_run *run, struct err *err)
{
	struct err ignored = ERR_INIT;
	int rc;

	rc = lookup_plan_load(&run->plan, run->db, &run->question,
	    run->store != NULL && run->geo != NULL ? lookup_place_each : NULL,
	    run, err);
	if (rc == -1 || run->store == NULL)
		return rc;
	if (lookup_place_write(run, err) == -1)
		return -1;
	if (run->plan.due.n > 0 && (rc = open_clients(run, err)) == 0)
		rc = run_batches(run, err);
	/* Of few sources: not enough to give up. */
	run->is_silent = rc == 0 && run->stopped.class == ERR_NONE &&
	    run->asked > 0 && run->found[LOOKUP_FAILED] == run->asked &&
	    !is_alive(run);
	/* What was learned before an error counts. */
	if (apply_rules(run, rc == 0 ? err : &ignored) == -1)
		rc = -1;
	return rc;
}

void
lookup_run_done(struct lookup_run *run)
{
	lookup_plan_done(&run->plan);
	dns_client_free(run->client);
	lookup_cymru_free(run->cymru);
	geo_close(run->geo);
	store_close(run->store);
	prose_done(&run->warnings);
	array_done(&run->places);
	free(run->servers);
}
