/* SPDX-License-Identifier: BSD-2-Clause */
/* All fetchers of the supervisor: those of mailboxes, then the orphans. */
#include <signal.h>
#include <stdio.h>

#include "daemon/super_priv.h"

struct fetcher *
super_fetcher(const struct super *s, size_t n, struct mailbox **b)
{
	struct mailbox *mailboxes = s->mailboxes.at;
	struct fetcher *orphans = s->orphans.at;

	*b = n < s->mailboxes.n ? &mailboxes[n] : NULL;
	if (*b != NULL)
		return &(*b)->fetcher;
	n -= s->mailboxes.n;
	return n < s->orphans.n ? &orphans[n] : NULL;
}

void
super_count(const struct super *s, struct super_counts *c)
{
	const struct fetcher *f;
	struct mailbox *b;
	size_t i;

	*c = (struct super_counts) { 0 };
	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++) {
		c->polling += fetcher_is_polling(f);
		c->slow += b != NULL && mailbox_is_slow(b);
		c->lingering += f->linger_ms != 0;
	}
}

size_t
super_count_staying(const struct super *s)
{
	const struct fetcher *f;
	struct mailbox *b;
	size_t i, n = 0;

	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		n += f->linger_ms != 0 && !f->leaving;
	return n;
}

const char *
super_describe(const struct super *s, char text[static SUPER_MAILBOXES])
{
	snprintf(text, SUPER_MAILBOXES, "%zu %s", s->mailboxes.n,
	    s->mailboxes.n == 1 ? "mailbox" : "mailboxes");
	return text;
}

void
super_kill(struct super *s, int sig)
{
	struct fetcher *f;
	struct mailbox *b;
	size_t i;

	for (i = 0; (f = super_fetcher(s, i, &b)) != NULL; i++)
		if (f->pid != 0)
			kill(f->pid, sig);
}
