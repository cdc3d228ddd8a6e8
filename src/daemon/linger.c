/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/linger.h"

#include "base/io.h"
#include "base/limits.h"
#include "base/port.h"
#include "daemon/channel.h"

#define GAP_MIN_MS 500   /* messages often come several at a time */
#define GAP_MAX_MS 60000 /* for a server that announces mail in vain */
#define END_SECONDS 30   /* for the answer to DONE */
#define STOP_SECONDS 2   /* the same, when ruad stops */
#define SHORT_IDLE_MS 60000

/*
 * Read the channel, and return what to do then.  1: go on waiting; 0: *end says
 * what.
 */
static int
linger_receive(struct linger *l, enum linger_end *end)
{
	struct channel_message m;
	int rc;

	while ((rc = channel_receive(l->progress->channel, &m)) == 1) {
		*end = m.word == CHANNEL_POLL ? LINGER_POLL : LINGER_LEAVE;
		return 0;
	}
	if (rc == 0 && !*l->stop)
		return 1;
	*end = LINGER_LEAVE;
	return 0;
}

/*
 * One IDLE command.  It is ended early enough that neither the server (29
 * minutes) nor what lies between forgets the session, and that a dead one
 * shows: by a clock that goes on while the machine is suspended.  1: the time
 * is over; 0: *end says what; -1: lost.
 */
static int
linger_idle(struct linger *l, int64_t quiet_until, bool *told,
    enum linger_end *end, struct err *err)
{
	int64_t start = io_clock_boot_ms(), now = start, until, wait;
	bool over = false;
	int rc;

	until = start + LIMIT_IDLE * 1000;
	while ((rc = linger_receive(l, end)) == 1 && now < until && !over) {
		progress_tell(l->progress);
		if (!*told && imap_has_news(l->imap) && now >= quiet_until) {
			channel_send(l->progress->channel, CHANNEL_NEWS);
			*told = true;
		}
		wait = until - now;
		if (!*told && quiet_until > now && quiet_until - now < wait)
			wait = quiet_until - now;
		if (wait > l->progress->every_ms)
			wait = l->progress->every_ms;
		if (imap_idle_wait(
		        l->imap, l->progress->channel, wait, &over, err) == -1)
			return -1;
		now = io_clock_boot_ms();
	}
	if (imap_idle_end(l->imap,
	        rc == 0 && *end == LINGER_LEAVE ? STOP_SECONDS : END_SECONDS,
	        err) == -1)
		return -1;
	if (rc == 1 && over && now - start < SHORT_IDLE_MS) {
		*end = LINGER_LEAVE; /* it does not want to */
		return 0;
	}
	return rc;
}

enum linger_end
linger_run(struct linger *l, bool brought, struct err *err)
{
	enum linger_end end = LINGER_LEAVE;
	bool told = false;
	int64_t quiet_until;
	int rc;

	/* A server that announces mail and has none is believed less. */
	if (!l->woken || brought || l->gap_ms == 0)
		l->gap_ms = GAP_MIN_MS;
	else if (l->gap_ms < GAP_MAX_MS)
		l->gap_ms *= 2;
	quiet_until = io_clock_boot_ms() + l->gap_ms;
	port_trim_heap();
	do {
		if ((rc = imap_idle_begin(l->imap, err)) == 1)
			return LINGER_LEAVE;
		if (rc == 0)
			rc = linger_idle(l, quiet_until, &told, &end, err);
	} while (rc == 1);
	l->woken = told;
	return rc == -1 ? LINGER_LOST : end;
}
