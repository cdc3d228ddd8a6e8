/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines, and what is done until an answer comes. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/io.h"
#include "mail/guard_priv.h"

#define FLOW_SECONDS 1800 /* the most that one answer may take */
#define POLL_MS 60000     /* the most that one poll(2) waits */
#define IDLE_LONG_MS 100
#define IDLE_NOTHING INT64_MAX /* the owner has nothing to do */

static int64_t
guard_deadline(const struct guard *g)
{
	int64_t stall = (int64_t)g->seconds * 1000, until, at;

	if (!g->flow)
		return g->deadline;
	until = g->deadline;
	/* One KiB a second after the first stall: a drip does not count. */
	if ((at = g->start + stall + (int64_t)(g->received * 1000 / 1024)) <
	    until)
		until = at;
	if ((at = g->last + stall) < until)
		until = at;
	return until;
}

static int
guard_late(struct guard *g)
{
	if (g->flow && io_clock_ms() - g->last < g->seconds * 1000)
		return guard_scan_set_fault(
		    &g->scan, "the server is sending too slowly");
	return guard_scan_set_fault(
	    &g->scan, "no answer within %d s", g->seconds);
}

int
guard_check_deadline(struct guard *g)
{
	return io_clock_ms() >= guard_deadline(g) ? guard_late(g) : 0;
}

/*
 * Let the owner do something else for a moment.  Return for how many
 * milliseconds it then has nothing to do, IDLE_NOTHING for the rest of the
 * wait, -1 to end the session.  *since: when it was last told that the wait is
 * long.
 */
static int64_t
guard_idle(struct guard *g, int64_t *since, struct pollfd *other)
{
	int64_t now = io_clock_ms();
	bool long_wait = now - *since >= IDLE_LONG_MS;
	int more = g->idle(g->idle_arg, long_wait, other);

	if (more == -1)
		return guard_scan_set_fault(
		    &g->scan, "stopped while waiting for the server");
	if (long_wait)
		*since = now;
	if (more == 1)
		return 0;
	if (long_wait && other->fd == -1)
		return IDLE_NOTHING;
	return *since + IDLE_LONG_MS - now;
}

int
guard_wait(struct guard *g, short events)
{
	struct pollfd p[] = { { g->fd, events, 0 }, { -1, 0, 0 } };
	int64_t since = io_clock_ms(), left, alone;
	bool idle = g->idle != NULL;
	int n;

	if (g->listening)
		return 0;
	n = poll(p, 1, 0);

	while (n == -1 || p[0].revents == 0) {
		if (n == -1 && errno != EINTR)
			return guard_scan_set_fault(
			    &g->scan, "poll: %s", strerror(errno));
		if ((left = guard_deadline(g) - io_clock_ms()) <= 0)
			return guard_late(g);
		alone = IDLE_NOTHING;
		if (idle && (alone = guard_idle(g, &since, &p[1])) == -1)
			return -1;
		/* It has been told to be quiet, and is. */
		if (alone == IDLE_NOTHING)
			idle = false;
		if (left > alone)
			left = alone;
		n = poll(p, 2, left < POLL_MS ? (int)left : POLL_MS);
	}
	return 0;
}

void
guard_set_idle(struct guard *g, guard_idle_fn idle, void *arg)
{
	g->idle = idle;
	g->idle_arg = arg;
}

static void
guard_expect_any(
    struct guard *g, int seconds, uint64_t bytes, uint64_t max_literal)
{
	g->start = g->last = io_clock_ms();
	g->received = 0;
	g->seconds = seconds;
	g->scan.budget = bytes;
	g->scan.max_literal = max_literal;
	memset(&g->scan.reply, 0, sizeof(g->scan.reply));
}

void
guard_expect(struct guard *g, int seconds, uint64_t bytes, uint64_t max_literal)
{
	guard_expect_any(g, seconds, bytes, max_literal);
	g->flow = g->scan.fetching = false;
	g->deadline = g->start + (int64_t)seconds * 1000;
}

void
guard_expect_flow(
    struct guard *g, int stall, uint64_t bytes, uint64_t max_literal)
{
	guard_expect_any(g, stall, bytes, max_literal);
	g->flow = g->scan.fetching = true;
	g->deadline = g->start + (int64_t)FLOW_SECONDS * 1000;
}

void
guard_kill(struct guard *g, const char *why)
{
	guard_scan_set_fault(&g->scan, "%s", why);
	g->scan.out.len = g->scan.out_at = 0;
}
