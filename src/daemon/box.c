/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/box.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"

#define SAY_AGAIN_MS (6 * 3600 * INT64_C(1000)) /* the same error */
#define LONG_LINGER_MS (5 * 60 * INT64_C(1000))

/* --- the fetcher ---------------------------------------------------------- */

void
fetcher_started(struct fetcher *f, pid_t pid, int line)
{
	memset(f, 0, sizeof(*f));
	f->pid = pid;
	f->line = line;
	f->beat_ms = f->poll_ms = io_clock_ms();
}

bool
fetcher_is_polling(const struct fetcher *f)
{
	return f->pid != 0 && f->rest_ms == 0;
}

bool
fetcher_is_resting(const struct fetcher *f)
{
	return f->pid != 0 && f->rest_ms != 0 && !f->leaving;
}

void
fetcher_poll(struct fetcher *f)
{
	line_say(f->line, LINE_POLL);
	f->rest_ms = 0;
	f->open = false;
	f->beat_ms = f->poll_ms = io_clock_ms();
}

void
fetcher_leave(struct fetcher *f)
{
	if (f->pid == 0)
		return;
	line_say(f->line, LINE_LEAVE);
	f->leaving = true;
}

void
fetcher_ended(struct fetcher *f)
{
	close(f->line);
	memset(f, 0, sizeof(*f));
}

/* --- the mailbox ---------------------------------------------------------- */

bool
box_is_slow(const struct box *b)
{
	const struct fetcher *f = &b->fetcher;

	return fetcher_is_polling(f) && !f->open &&
	    (b->silent || io_clock_ms() - f->poll_ms >= BOX_PATIENCE_MS);
}

int
box_rank(const struct box *b)
{
	return b->answers ? 0 : b->silent ? 3 : b->sched.fails > 0 ? 2 : 1;
}

const char *
box_known_error(const struct box *b)
{
	return io_clock_boot_ms() - b->error_ms < SAY_AGAIN_MS ? b->error : "";
}

static void
box_failed(struct box *b, const struct line_message *m)
{
	b->wait = m->wait;
	b->repeated = strcmp(box_known_error(b), m->text) == 0;
	if (b->repeated)
		return;
	snprintf(b->error, sizeof(b->error), "%s", m->text);
	b->error_ms = io_clock_boot_ms();
}

/* The poll went well. */
static void
box_well(struct box *b, int64_t interval, uint32_t chance)
{
	b->recovered = b->sched.fails;
	sched_set_next(&b->sched, 0, interval, 0, io_clock_boot_ms(), chance);
	b->error[0] = '\0';
	b->repeated = false;
	b->status = 0;
	b->answers = true;
	b->silent = false;
	if (b->again && !b->fetcher.leaving) {
		b->sched.due_ms = io_clock_boot_ms();
		b->again = false;
	}
}

void
box_heard(struct box *b, const struct line_message *m, int64_t interval,
    uint32_t chance)
{
	int64_t now = io_clock_boot_ms();

	b->fetcher.beat_ms = io_clock_ms();
	switch (m->word) {
	case LINE_REST:
		if (!fetcher_is_polling(&b->fetcher))
			break;
		b->fetcher.rest_ms = now;
		if (b->fetcher.linger_ms == 0)
			b->fetcher.linger_ms = now;
		box_well(b, interval, chance);
		break;
	case LINE_OPEN:
		b->fetcher.open = true;
		b->silent = false;
		break;
	case LINE_NEWS:
		if (fetcher_is_resting(&b->fetcher))
			b->sched.due_ms = now;
		break;
	case LINE_FAILED:
		box_failed(b, m);
		break;
	case LINE_LOST:
		b->fetcher.lost = true;
		b->wait = m->wait;
		break;
	default: /* LINE_BEAT */
		break;
	}
}

/*
 * A server that ends the session as soon as we wait for mail must not be
 * visited more often than one without IDLE: back off, as after a failure.
 */
static void
box_dropped(struct box *b, int status, int64_t interval, uint32_t chance)
{
	int64_t now = io_clock_boot_ms();
	struct sched s = { 0, b->drops };

	if (now - b->fetcher.linger_ms > LONG_LINGER_MS)
		s.fails = 0;
	sched_set_next(&s, status, interval, b->wait, now, chance);
	b->drops = s.fails;
	b->sched.due_ms = s.due_ms;
}

void
box_ended(struct box *b, int status, int64_t interval, uint32_t chance)
{
	b->finished = true;
	if (status != 0 && !b->fetcher.lost) {
		b->answers = false;
		b->silent = !b->fetcher.open;
	}
	b->status = WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE;
	if (WIFSIGNALED(status) || (status != 0 && !b->fetcher.lost))
		sched_set_next(&b->sched, status, interval, b->wait,
		    io_clock_boot_ms(), chance);
	else if (b->fetcher.lost)
		box_dropped(b, status, interval, chance);
	else if (b->fetcher.linger_ms == 0)
		box_well(b, interval, chance);
	/* Else it waited and ended well: the next poll is due as it was. */
	b->wait = 0;
	/* It was told to poll when it was about to leave: the words crossed. */
	if ((status == 0 || b->fetcher.lost) && b->fetcher.linger_ms != 0 &&
	    b->fetcher.rest_ms == 0)
		b->again = true;
	if (b->again)
		b->sched.due_ms = io_clock_boot_ms();
	b->again = false;
	fetcher_ended(&b->fetcher);
}
