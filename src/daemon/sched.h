/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a mailbox is polled next.  Pure: time and chance are given in.  The
 * exit status of a fetcher (sysexits) says how it went.
 */
#ifndef RUAD_DAEMON_SCHED_H
#define RUAD_DAEMON_SCHED_H

#include <stdint.h>

struct sched {
	int64_t due_ms; /* by io_clock_boot_ms() */
	int fails;      /* polls in a row that did not end well */
};

/*
 * Set when to poll after a fetcher ended with this status of wait(2).  interval
 * is in seconds, and so is at_least, which the server has asked for (0: it has
 * not); chance is any number, for the jitter of a tenth.
 *   0        next after the interval
 *   75, 69   soon: 30 s, doubling, never later than interval or 1 h
 *   77       a person must act: 5 min, doubling, at most 4 h
 *   78       after a reload; 1 h, in case it is fixed on the server
 *   signal   a crash: 5 s, doubling, at most 30 s, so that a message that
 *            causes it is found within a minute; after ten as a bug
 *   other    a bug: 1 min, doubling, at most 1 h
 */
void sched_set_next(struct sched *, int status, int64_t interval,
    int64_t at_least, int64_t now_ms, uint32_t chance);

/* Return the seconds from now, rounded up; for the log. */
int64_t sched_seconds_left(const struct sched *, int64_t now_ms);

#endif
