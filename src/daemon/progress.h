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

/* Tell that there is progress: bytes came, a message is stored.  Cheap. */
void progress_tell(struct progress *);

#endif
