/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fetcher's signs of life.  While they come, its own alarm(2) does not end
 * it and the supervisor does not kill it.
 */
#ifndef RUAD_DAEMON_PROGRESS_H
#define RUAD_DAEMON_PROGRESS_H

#include <stdint.h>

struct progress {
	int channel;      /* to the supervisor; -1: there is none */
	int64_t every_ms; /* no more than one word in this time */
	int64_t last_ms;
};

/* We got on: bytes came, a mail is stored.  As often as you like. */
void progress_tell(struct progress *);

#endif
