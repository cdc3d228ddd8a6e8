/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds fetchers that hang: each tells the supervisor when it gets on, and one
 * that has been silent for too long is killed; the next one goes on.  systemd
 * (WatchdogSec=) is told that all is well only while every fetcher gets on or
 * is gone.  Runs in the supervisor.
 */
#ifndef RUAD_DAEMON_WATCHDOG_H
#define RUAD_DAEMON_WATCHDOG_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/fetcher.h"

struct watchdog {
	int64_t limit_ms; /* of silence */
	int64_t tick_ms;  /* how often to look, and fetchers to tell */
	bool is_fed;      /* systemd has a watchdog on us */
	int64_t look_ms;  /* when we looked last, io_clock_ms() */
	bool well;        /* what this look found so far */
};

/* WATCHDOG_USEC in the environment makes the limit smaller, not larger. */
void watchdog_init(struct watchdog *);

/*
 * A look at all fetchers: begin, each, end.  watchdog_fetcher() ends one that
 * hangs, at the next look by force, and returns true at the first.  After the
 * supervisor itself has stood still, nobody is blamed for silence.
 */
void watchdog_begin(struct watchdog *);
bool watchdog_fetcher(struct watchdog *, struct fetcher *);
void watchdog_end(struct watchdog *);

#endif
