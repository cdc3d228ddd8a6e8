/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mailbox as the supervisor sees it: when it is due, the fetcher that works
 * for it, and what that made known of its server.  Runs in the supervisor.
 */
#ifndef RUAD_DAEMON_MAILBOX_H
#define RUAD_DAEMON_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/channel.h"
#include "daemon/fetcher.h"
#include "daemon/sched.h"

/* What a server gets to open a folder before others do not wait for it. */
#define MAILBOX_PATIENCE_MS 3000

struct mailbox {
	char *name;
	struct sched sched;
	struct fetcher fetcher;
	size_t account; /* a number: same host, port and user */
	int status;     /* of the last fetcher, as an exit status */
	bool finished;  /* once: has been polled */
	bool answers;   /* the last poll went well */
	bool silent;    /* in the last poll the server did not answer */
	bool again;     /* poll at once when the fetcher is done */
	int drops;      /* sessions in a row that were lost soon after a poll */

	/* So that an error is said once, not at every try. */
	char error[ERR_KEY]; /* err_key() of what was said last, or "" */
	int64_t error_ms;    /* when */
	bool repeated;       /* the last poll failed with the same */
	int recovered;       /* polls that failed before one that went well */
	uint32_t wait;       /* seconds that the server wanted, or 0 */
};

/*
 * Whether it polls a server that seems to be dead: it has not opened the
 * folder, though seconds have passed or last time it did not either.
 */
bool mailbox_is_slow(const struct mailbox *);

/*
 * The order in which those that are due begin: servers that answered last
 * time, those never asked, those that failed, those that were silent.
 */
int mailbox_rank(const struct mailbox *);

/* The error that the next fetcher need not say again, or "". */
const char *mailbox_known_error(const struct mailbox *);

/* What a fetcher says: handles one word of it. */
void mailbox_handle(struct mailbox *, const struct channel_message *,
    int64_t interval, uint32_t chance);

/*
 * Its fetcher ended with this status of wait(2): decide when the next one is
 * due.
 */
void mailbox_ended(
    struct mailbox *, int status, int64_t interval, uint32_t chance);

#endif
