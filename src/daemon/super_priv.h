/* SPDX-License-Identifier: BSD-2-Clause */
/* What super.c (the loop) and super_child.c (its children) share. */
#ifndef RUAD_DAEMON_SUPER_PRIV_H
#define RUAD_DAEMON_SUPER_PRIV_H

#include <signal.h>

#include "base/limits.h"
#include "base/mem.h"
#include "daemon/box.h"
#include "daemon/super.h"
#include "daemon/watch.h"

struct super {
	const struct super_options *options;
	struct conf *conf;
	struct array boxes; /* of struct box */
	/* Fetchers of mailboxes that a reload took away. */
	struct array orphans;  /* of struct fetcher */
	struct array accounts; /* of char *: the names of their numbers */
	struct watch watch;
	bool stopping;
	int64_t kill_ms; /* stopping: when patience ends, io_clock_ms() */
	sigset_t signals;
	sigset_t old_signals;
	int signal_fd;
};

/*
 * What must work before the first poll, in a child so that the supervisor
 * stays without a database handle.  Returns an exit status.
 */
int super_prepare(struct super *);

/* Fork a fetcher. */
void super_start(struct super *, struct box *);

/*
 * The n-th fetcher, of a box or an orphan, or NULL behind the last one; *b gets
 * its box or NULL.
 */
struct fetcher *super_fetcher(const struct super *, size_t n, struct box **b);

struct super_counts {
	size_t polling;
	size_t slow;      /* of these: box_is_slow() */
	size_t lingering; /* wait for mail, or poll in between */
};
void super_count(const struct super *, struct super_counts *);

/*
 * Which account each box belongs to: max_connections is for each (see
 * super_account.c).
 */
void super_set_accounts(struct super *);
void super_free_accounts(struct super *);

/*
 * Whether a box that is due may connect: 0, or after how many ms to ask again
 * unless a fetcher ends before.  Who asks for long makes another one leave.
 */
int64_t super_await_turn(struct super *, const struct box *);

/* Whether its fetcher, which has polled, may keep its connection. */
bool super_may_linger(const struct super *, const struct box *);

/* Hear what fetchers have to say; learn which have ended; kill those that hang.
 */
void super_hear(struct super *);
void super_reap(struct super *);
void super_watch(struct super *);

/* Send all of them a signal. */
void super_kill(struct super *, int sig);

#endif
