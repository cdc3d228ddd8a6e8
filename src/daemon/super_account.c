/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Servers limit how many connections an account may have.  Mailboxes of one
 * account share max_connections; where there are more of them than that, one
 * connection is kept free of waiting for mail, and serves the others in turn.
 */
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "base/text.h"
#include "daemon/super_priv.h"

/* What a turn may be late before one that waits for mail makes room. */
#define TURN_MS 10000

struct account_counts {
	size_t mailboxes;
	size_t connections; /* that are open, or may be */
	size_t waiting;     /* of these: wait for mail, or poll in between */
	size_t leaving;
};

/* A fetcher may outlive the settings of its mailbox: numbers are for ever. */
static size_t
account_number(struct super *s, const struct conf_mailbox *mb)
{
	char **names = s->accounts.at, *name, *host = xstrdup(mb->host);
	size_t i;

	xasprintf(&name, "%u %s %s", mb->port, text_lower(host), mb->user);
	free(host);
	for (i = 0; i < s->accounts.n; i++)
		if (strcmp(names[i], name) == 0) {
			free(name);
			return i;
		}
	*(char **)array_add(&s->accounts, sizeof(name)) = name;
	return i;
}

void
super_set_accounts(struct super *s)
{
	struct mailbox *b = s->mailboxes.at;
	size_t i;

	for (i = 0; i < s->mailboxes.n; i++)
		b[i].account = account_number(s, conf_find(s->conf, b[i].name));
}

void
super_free_accounts(struct super *s)
{
	char **names = s->accounts.at;
	size_t i;

	for (i = 0; i < s->accounts.n; i++)
		free(names[i]);
	array_done(&s->accounts);
}

static struct account_counts
account_count(const struct super *s, size_t account)
{
	struct account_counts c = { 0 };
	const struct fetcher *f;
	struct mailbox *b;
	size_t i;

	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++) {
		c.mailboxes += b != NULL && b->account == account;
		if (f->pid == 0 || f->account != account)
			continue;
		c.connections++;
		c.waiting += f->linger_ms != 0 && !f->leaving;
		c.leaving += f->leaving;
	}
	return c;
}

/* Of those that wait for mail, the one whose next poll is last leaves. */
static void
account_make_room(struct super *s, size_t account)
{
	struct mailbox *b = s->mailboxes.at, *last = NULL;
	size_t i;

	for (i = 0; i < s->mailboxes.n; i++)
		if (b[i].fetcher.account == account &&
		    fetcher_is_resting(&b[i].fetcher) &&
		    (last == NULL || b[i].sched.due_ms > last->sched.due_ms))
			last = &b[i];
	if (last != NULL)
		fetcher_leave(&last->fetcher);
}

int64_t
super_await_turn(struct super *s, const struct mailbox *b)
{
	struct account_counts c = account_count(s, b->account);
	int64_t late = io_clock_boot_ms() - b->sched.due_ms;

	if (c.connections < s->conf->max_connections)
		return 0;
	if (late < TURN_MS)
		return TURN_MS - late;
	if (c.leaving == 0)
		account_make_room(s, b->account);
	return TURN_MS;
}

bool
super_may_linger(const struct super *s, const struct mailbox *b)
{
	struct account_counts c = account_count(s, b->account);

	return c.mailboxes <= s->conf->max_connections ||
	    c.waiting < s->conf->max_connections;
}
