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

/* How long a server may take to open a folder before others pass it. */
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

	/* So that an error is logged once, not at every try. */
	char error[ERR_KEY]; /* err_key() of what was logged last, or "" */
	int64_t error_ms;    /* when */
	bool repeated;       /* the last poll failed with the same */
	int recovered;       /* polls that failed before one that went well */
	uint32_t wait;       /* seconds that the server wanted, or 0 */
};

/*
 * Return whether it polls a server that seems to be dead: the folder is not
 * open, though seconds have passed or last time it was not opened either.
 */
bool mailbox_is_slow(const struct mailbox *);

/*
 * Return the rank in which those that are due begin, as long as none is late:
 * servers that answered last time, those never asked, those that failed, those
 * that were silent.
 */
int mailbox_rank(const struct mailbox *);

/* Return the error that the next fetcher need not log again, or "". */
const char *mailbox_known_error(const struct mailbox *);

/* Handle a word from its fetcher. */
void mailbox_handle(struct mailbox *, const struct channel_message *,
    int64_t interval, uint32_t chance);

/*
 * Its fetcher ended with this status of wait(2): decide when the next one is
 * due.
 */
void mailbox_ended(
    struct mailbox *, int status, int64_t interval, uint32_t chance);

#endif
