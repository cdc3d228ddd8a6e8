/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the supervisor share.  Calls point down: super.c (the
 * loop), super_child.c, super_account.c, super_fetchers.c.
 */
#ifndef RUAD_DAEMON_SUPER_PRIV_H
#define RUAD_DAEMON_SUPER_PRIV_H

#include <signal.h>

#include "base/limits.h"
#include "base/mem.h"
#include "daemon/mailbox.h"
#include "daemon/super.h"
#include "daemon/watchdog.h"

struct super {
	const struct super_options *options;
	struct conf *conf;
	struct array mailboxes; /* of struct mailbox */
	/* Fetchers of mailboxes that a reload took away. */
	struct array orphans;  /* of struct fetcher */
	struct array accounts; /* of char *: the names of their numbers */
	struct watchdog watch;
	bool stopping;
	int64_t kill_ms; /* stopping: when patience ends, io_clock_ms() */
	sigset_t signals;
	sigset_t old_signals;
	int signal_fd;
};

/* --- super_fetchers.c: all fetchers ------------------------------------- */

/*
 * The n-th fetcher, of a mailbox or an orphan, or NULL after the last one; *b
 * gets its mailbox or NULL.
 */
struct fetcher *super_fetcher(
    const struct super *, size_t n, struct mailbox **b);

struct super_counts {
	size_t polling;
	size_t slow;      /* of these: mailbox_is_slow() */
	size_t lingering; /* wait for mail, or poll in between */
};
void super_count(const struct super *, struct super_counts *);

/*
 * Count the fetchers that wait for mail and go on doing so.  One that was told
 * to leave may take its time; nobody else must leave for it.
 */
size_t super_count_staying(const struct super *);

/* Write "1 mailbox", "2 mailboxes". */
#define SUPER_MAILBOXES 32
const char *super_describe(const struct super *, char[static SUPER_MAILBOXES]);

/* Send all of them a signal. */
void super_kill(struct super *, int sig);

/* --- super_account.c: max_connections is for each account --------------- */

/* Find out which account each mailbox belongs to. */
void super_set_accounts(struct super *);
void super_free_accounts(struct super *);

/*
 * Whether a mailbox that is due may connect: 0, or after how many ms to ask
 * again unless a fetcher ends before.  Who asks for long makes another one
 * leave.
 */
int64_t super_await_turn(struct super *, const struct mailbox *);

/* Return whether its fetcher, which has polled, may keep its connection. */
bool super_may_linger(const struct super *, const struct mailbox *);

/* --- super_child.c: processes ------------------------------------------- */

/*
 * Do what must work before the first poll, in a child so that the supervisor
 * stays without a database handle.  Returns an exit status, or SUPER_STOPPED:
 * ruad was told to stop meanwhile.
 */
#define SUPER_STOPPED (-1)
int super_prepare(struct super *);

/* Fork a fetcher. */
void super_start(struct super *, struct mailbox *);

/* Read what fetchers say; wait for those that ended; kill those that hang. */
void super_receive_all(struct super *);
void super_reap(struct super *);
void super_watch(struct super *);

#endif
