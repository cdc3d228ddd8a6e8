/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/pulse.h"

#include <unistd.h>

#include "base/io.h"
#include "daemon/line.h"

#define LEASH 600 /* seconds without any progress */

void
pulse_beat(struct pulse *p)
{
	int64_t now = io_clock_ms();

	if (p->last_ms != 0 && now - p->last_ms < p->every_ms)
		return;
	p->last_ms = now;
	alarm(LEASH);
	if (p->line != -1)
		line_say(p->line, LINE_BEAT);
}
