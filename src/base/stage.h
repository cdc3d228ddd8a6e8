/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the time of a process goes that does one thing after the other. */
#ifndef RUAD_BASE_STAGE_H
#define RUAD_BASE_STAGE_H

#include <stdint.h>

enum stage {
	STAGE_OTHER,
	STAGE_FETCH, /* with the server, for mails */
	STAGE_FILE,  /* with the server, moving them */
	STAGE_STORE, /* reading answers of ruad-parse into the database */
	STAGE_WAIT,  /* for ruad-parse, with nothing else to do */
	STAGES,
};

/* Zero it to start. */
struct stages {
	int64_t us[STAGES];
	enum stage now;
	int64_t since;
};

/* A stage begins; returns the one that ends with it.  NULL: nobody counts. */
enum stage stage_enter(struct stages *, enum stage);

/* CPU time of all children that have ended. */
int64_t stage_children_ms(void);

#endif
