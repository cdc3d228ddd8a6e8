/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/mailbox.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <sysexits.h>

#include "base/io.h"

#define SAY_AGAIN_MS (6 * 3600 * INT64_C(1000)) /* the same error */
#define LONG_LINGER_MS (5 * 60 * INT64_C(1000))

bool
mailbox_is_slow(const struct mailbox *b)
{
	const struct fetcher *f = &b->fetcher;

	return fetcher_is_polling(f) && !f->open &&
	    (b->silent || io_clock_ms() - f->poll_ms >= MAILBOX_PATIENCE_MS);
}

int
mailbox_rank(const struct mailbox *b)
{
	return b->answers ? 0 : b->silent ? 3 : b->sched.fails > 0 ? 2 : 1;
}

const char *
mailbox_known_error(const struct mailbox *b)
{
	return io_clock_boot_ms() - b->error_ms < SAY_AGAIN_MS ? b->error : "";
}

static void
mailbox_failed(struct mailbox *b, const struct channel_message *m)
{
	b->wait = m->wait;
	b->repeated = strcmp(mailbox_known_error(b), m->text) == 0;
	if (b->repeated)
		return;
	snprintf(b->error, sizeof(b->error), "%s", m->text);
	b->error_ms = io_clock_boot_ms();
}

/* The poll went well. */
static void
mailbox_well(struct mailbox *b, int64_t interval, uint32_t chance)
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
mailbox_handle(struct mailbox *b, const struct channel_message *m,
    int64_t interval, uint32_t chance)
{
	int64_t now = io_clock_boot_ms();

	b->fetcher.progress_ms = io_clock_ms();
	switch (m->word) {
	case CHANNEL_WAITING:
		if (!fetcher_is_polling(&b->fetcher))
			break;
		b->fetcher.rest_ms = now;
		if (b->fetcher.linger_ms == 0)
			b->fetcher.linger_ms = now;
		mailbox_well(b, interval, chance);
		break;
	case CHANNEL_OPEN:
		b->fetcher.open = true;
		b->silent = false;
		break;
	case CHANNEL_NEWS:
		if (fetcher_is_resting(&b->fetcher))
			b->sched.due_ms = now;
		break;
	case CHANNEL_FAILED:
		mailbox_failed(b, m);
		break;
	case CHANNEL_LOST:
		b->fetcher.lost = true;
		b->wait = m->wait;
		break;
	default: /* CHANNEL_PROGRESS */
		break;
	}
}

/*
 * A server that ends the session as soon as we wait for mail must not be
 * visited more often than one without IDLE: back off, as after a failure.
 */
static void
mailbox_dropped(
    struct mailbox *b, int status, int64_t interval, uint32_t chance)
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
mailbox_ended(struct mailbox *b, int status, int64_t interval, uint32_t chance)
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
		mailbox_dropped(b, status, interval, chance);
	else if (b->fetcher.linger_ms == 0)
		mailbox_well(b, interval, chance);
	/* Else it waited and ended well: the next poll is due as it was. */
	b->wait = 0;
	/* It was told to poll when it was about to leave: the words crossed. */
	if ((status == 0 || b->fetcher.lost) && b->fetcher.linger_ms != 0 &&
	    b->fetcher.rest_ms == 0)
		b->again = true;
	if (b->again)
		b->sched.due_ms = io_clock_boot_ms();
	b->again = false;
	fetcher_set_ended(&b->fetcher);
}
