/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fetcher's signs of life.  While they come, its own alarm(2) does not end
 * it and the supervisor does not kill it.
 */
#ifndef RUAD_DAEMON_PULSE_H
#define RUAD_DAEMON_PULSE_H

#include <stdint.h>

struct pulse {
	int line;         /* to the supervisor; -1: there is none */
	int64_t every_ms; /* no more than one beat in this time */
	int64_t last_ms;
};

/* We got on: bytes came, a mail is stored.  As often as you like. */
void pulse_beat(struct pulse *);

#endif
