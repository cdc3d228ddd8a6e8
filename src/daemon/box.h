/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A mailbox as the supervisor sees it, and the fetcher that works for it: a
 * process with a line to it.  Runs in the supervisor.
 */
#ifndef RUAD_DAEMON_BOX_H
#define RUAD_DAEMON_BOX_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "daemon/line.h"
#include "daemon/sched.h"

/* What a server gets to open a folder before others do not wait for it. */
#define BOX_PATIENCE_MS 3000

struct fetcher {
	pid_t pid;         /* 0: there is none */
	int line;          /* our end */
	size_t account;    /* whose connection it has */
	int64_t beat_ms;   /* when it last got on, io_clock_ms() */
	int64_t rest_ms;   /* since when it waits for mail, by
	                      io_clock_boot_ms(); 0: it polls */
	int64_t linger_ms; /* when it first did */
	int64_t poll_ms;   /* when this poll began, io_clock_ms() */
	bool open;         /* in this poll the server has answered */
	bool leaving;      /* it was told to */
	bool lost;         /* waiting, it lost its session */
	bool deaf;         /* its end of the line has gone */
	bool hung;         /* it was killed for its silence */
};

struct box {
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

/* A fetcher was started, with its line. */
void fetcher_started(struct fetcher *, pid_t, int line);

bool fetcher_is_polling(const struct fetcher *);

/*
 * Whether it polls a server that seems to be dead: it has not opened the
 * folder, though seconds have passed or last time it did not either.
 */
bool box_is_slow(const struct box *);

/*
 * The order in which those that are due begin: servers that answered last
 * time, those never asked, those that failed, those that were silent.
 */
int box_rank(const struct box *);

/* Whether it waits for mail and may be told to poll. */
bool fetcher_is_resting(const struct fetcher *);

/* Tell it to poll now, or to leave when it has polled. */
void fetcher_poll(struct fetcher *);
void fetcher_leave(struct fetcher *);

/* The process has been waited for. */
void fetcher_ended(struct fetcher *);

/* The error that the next fetcher need not say again, or "". */
const char *box_known_error(const struct box *);

/* What a fetcher says: handles one word of it. */
void box_heard(struct box *, const struct line_message *, int64_t interval,
    uint32_t chance);

/*
 * Its fetcher ended with this status of wait(2): decide when the next one is
 * due.
 */
void box_ended(struct box *, int status, int64_t interval, uint32_t chance);

#endif
