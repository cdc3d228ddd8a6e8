/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds fetchers that hang: each tells the supervisor when it makes progress,
 * and one that was silent for too long is killed; the next one continues.
 * systemd (WatchdogSec=) is told that all is well only while every fetcher
 * makes progress or has ended.  Runs in the supervisor.
 */
#ifndef RUAD_DAEMON_WATCHDOG_H
#define RUAD_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/fetcher.h"

struct watchdog {
	int64_t limit_ms; /* of silence */
	int64_t tick_ms;  /* how often to look, and fetchers to tell */
	bool is_fed;      /* systemd has a watchdog on ruad */
	int64_t look_ms;  /* of the last look, io_clock_ms() */
	bool well;        /* what this look found so far */
};

/* WATCHDOG_USEC in the environment makes the limit smaller, not larger. */
void watchdog_init(struct watchdog *);

/*
 * Look at all fetchers: begin, each, end.  watchdog_fetcher() ends one that
 * hangs, at the next look by force, and returns true at the first.  If the
 * supervisor itself has stood still, nobody is blamed for silence.
 */
void watchdog_begin(struct watchdog *);
bool watchdog_fetcher(struct watchdog *, struct fetcher *);
void watchdog_end(struct watchdog *);

#endif
