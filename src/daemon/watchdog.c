/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/watchdog.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "base/limits.h"
#include "base/text.h"
#include "daemon/notify.h"

#define TICK_MAX_MS 15000

void
watchdog_init(struct watchdog *w)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	int64_t n;

	w->limit_ms = (int64_t)LIMIT_SILENCE * 1000;
	w->is_fed = usec != NULL && text_read_int(usec, 1, INT64_MAX, &n);
	if (w->is_fed && n / 1000 < w->limit_ms)
		w->limit_ms = n / 1000;
	/* sd_watchdog_enabled(3): it may be meant for another process. */
	if (pid != NULL &&
	    (!text_read_int(pid, 1, INT64_MAX, &n) || n != getpid()))
		w->is_fed = false;
	w->tick_ms = w->limit_ms / 8 < TICK_MAX_MS ? w->limit_ms / 8
	                                           : TICK_MAX_MS;
	w->look_ms = io_clock_ms();
}

/* Do not blame fetchers for what stopped ruad, too: a frozen machine. */
static void
watchdog_forgive(struct watchdog *w, struct fetcher *f, int64_t now)
{
	if (now - w->look_ms > w->limit_ms / 2)
		f->progress_ms = now;
}

void
watchdog_begin(struct watchdog *w)
{
	w->well = true;
}

bool
watchdog_fetcher(struct watchdog *w, struct fetcher *f)
{
	int64_t now = io_clock_ms(), silent;

	if (f->pid == 0)
		return false;
	watchdog_forgive(w, f, now);
	silent = now - f->progress_ms;
	/* Killed long ago and still there: only systemd can help. */
	if (silent > w->limit_ms + w->limit_ms / 2)
		w->well = false;
	if (silent <= w->limit_ms)
		return false;
	/* If it can, let it die by its own leash, and tell over which mail. */
	kill(f->pid, f->hung ? SIGKILL : SIGALRM);
	if (f->hung)
		return false;
	f->hung = true;
	return true;
}

void
watchdog_end(struct watchdog *w)
{
	int64_t now = io_clock_ms();

	if (w->is_fed && w->well)
		notify_send("WATCHDOG=1");
	w->look_ms = now;
}
