/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fetcher as the supervisor sees it: a process that polls one mailbox, and
 * the channel to it.  Runs in the supervisor; what the process itself does is
 * in fetch.h.
 */
#ifndef RUAD_DAEMON_FETCHER_H
#define RUAD_DAEMON_FETCHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct fetcher {
	pid_t pid;           /* 0: there is none */
	int channel;         /* the supervisor's end */
	size_t account;      /* whose connection it has */
	int64_t progress_ms; /* when it last got on, io_clock_ms() */
	int64_t rest_ms;     /* since when it waits for mail, by
	                        io_clock_boot_ms(); 0: it polls */
	int64_t linger_ms;   /* when it first did */
	int64_t poll_ms;     /* when this poll began, io_clock_ms() */
	bool open;           /* in this poll the server has answered */
	bool leaving;        /* it was told to */
	bool lost;           /* waiting, it lost its session */
	bool deaf;           /* its end of the channel has gone */
	bool hung;           /* it was killed for its silence */
};

/* Enter a process that was started, with the supervisor's end of its channel.
 */
void fetcher_set_started(struct fetcher *, pid_t, int channel);

/* Forget a process that was waited for, and close its channel. */
void fetcher_set_ended(struct fetcher *);

bool fetcher_is_polling(const struct fetcher *);

/* Return whether it waits for mail and may be told to poll. */
bool fetcher_is_resting(const struct fetcher *);

/* Tell it to poll now, or to leave when it has polled. */
void fetcher_poll(struct fetcher *);
void fetcher_leave(struct fetcher *);

#endif
