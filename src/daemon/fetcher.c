/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/fetcher.h"

#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "daemon/channel.h"

void
fetcher_set_started(struct fetcher *f, pid_t pid, int channel)
{
	memset(f, 0, sizeof(*f));
	f->pid = pid;
	f->channel = channel;
	f->progress_ms = f->poll_ms = io_clock_ms();
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
	channel_send(f->channel, CHANNEL_POLL);
	f->rest_ms = 0;
	f->open = false;
	f->progress_ms = f->poll_ms = io_clock_ms();
}

void
fetcher_leave(struct fetcher *f)
{
	if (f->pid == 0)
		return;
	channel_send(f->channel, CHANNEL_LEAVE);
	f->leaving = true;
}

void
fetcher_set_ended(struct fetcher *f)
{
	close(f->channel);
	memset(f, 0, sizeof(*f));
}
