/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/sched.h"

#include <sys/wait.h>
#include <sysexits.h>

#define CRASHES 10 /* in a row, until this looks like a bug */
/* No server may stop the polls for ever with one number. */
#define MOST_ASKED (4 * 3600)

/* first, doubled for every failure after the first, at most max. */
static int64_t
doubled(int64_t first, int fails, int64_t max)
{
	int64_t n = first;

	while (--fails > 0 && n < max)
		n *= 2;
	return n < max ? n : max;
}

void
sched_set_next(struct sched *s, int status, int64_t interval, int64_t at_least,
    int64_t now_ms, uint32_t chance)
{
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	int64_t wait;

	if (code == EX_OK) {
		s->fails = 0;
		wait = interval;
	} else {
		if (s->fails < 1000)
			s->fails++;
		if (code == EX_CONFIG)
			wait = 3600;
		else if (code == EX_TEMPFAIL || code == EX_UNAVAILABLE)
			wait = doubled(30, s->fails,
			    interval < 30         ? 30
			        : interval < 3600 ? interval
			                          : 3600);
		else if (code == EX_NOPERM)
			wait = doubled(300, s->fails, 4 * 3600);
		else if (code == -1 && s->fails <= CRASHES)
			wait = doubled(5, s->fails, 30);
		else
			wait = doubled(60, s->fails, 3600);
	}
	if (wait < at_least)
		wait = at_least < MOST_ASKED ? at_least : MOST_ASKED;
	/* Up to a tenth more, so that mailboxes do not march in step. */
	s->due_ms = now_ms + wait * 1000 + (int64_t)(chance % 1000) * wait / 10;
}

int64_t
sched_seconds_left(const struct sched *s, int64_t now_ms)
{
	return s->due_ms <= now_ms ? 0 : (s->due_ms - now_ms + 999) / 1000;
}
