/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/progress.h"

#include <unistd.h>

#include "base/io.h"
#include "daemon/channel.h"

#define LEASH 600 /* seconds without any progress */

void
progress_tell(struct progress *p)
{
	int64_t now = io_clock_ms();

	if (p->last_ms != 0 && now - p->last_ms < p->every_ms)
		return;
	p->last_ms = now;
	alarm(LEASH);
	if (p->channel != -1)
		channel_send(p->channel, CHANNEL_PROGRESS);
}
