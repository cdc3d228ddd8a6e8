/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the time of a process goes that does one thing after the other. */
#ifndef RUAD_BASE_STOPWATCH_H
#define RUAD_BASE_STOPWATCH_H

#include <stdint.h>

enum stopwatch_part {
	STOPWATCH_OTHER,
	STOPWATCH_FETCH, /* with the server, for messages */
	STOPWATCH_FILE,  /* with the server, moving them */
	STOPWATCH_STORE, /* reading answers of ruad-parse into the database */
	STOPWATCH_WAIT,  /* for ruad-parse, with nothing else to do */
	STOPWATCH_PARTS,
};

/* Zero it to start. */
struct stopwatch {
	int64_t us[STOPWATCH_PARTS];
	enum stopwatch_part now;
	int64_t since;
};

/* A stage begins; returns the one that ends with it.  NULL: nobody counts. */
enum stopwatch_part stopwatch_switch(struct stopwatch *, enum stopwatch_part);

/* CPU time of all children that have ended. */
int64_t stopwatch_children_ms(void);

#endif
