/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file in which ruactl alerts remembers what is on, and what hooks have not
 * been told yet.  Text, a line for each, and a checksum at the end:
 *
 *	ruad-alerts 1
 *	mark	EVENT	DOMAIN	...	fields with \\, \t, \n and \N for none
 *	todo	HOOK	JSON
 *	end	SHA-256 of all lines before
 *
 * FILE.lock keeps two runs from using it at once, FILE.tmp is the next one.  Of
 * a symlink FILE is what it leads to.
 */
#ifndef RUAD_CTL_ALERT_STATE_H
#define RUAD_CTL_ALERT_STATE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/mem.h"

/* What a hook has not been told: a line of JSON, without its end. */
struct alert_todo {
	const char *hook;
	const char *line;
};

#define ALERT_TODO_MOST 10000 /* lines of a hook; the oldest are dropped */

struct alert_state {
	const char *file;
	int lock;
	bool is_first;      /* there was no file */
	struct array marks; /* of struct alert_mark */
	struct array todo;  /* of struct alert_todo, the oldest first */
	struct arena strings;
};

/*
 * Lock and read it.  ERR_AGAIN: another run has it; ERR_DATA: it is damaged, or
 * not such a file; ERR_CREATE: it could not be written later.
 * alert_state_close() comes in any case.
 */
int alert_state_open(struct alert_state *, const char *file, struct err *);
void alert_state_close(struct alert_state *);

/*
 * Write what is to be the file, marks and todo, beside it, so that it lasts;
 * and put it in its place.
 */
int alert_state_prepare(const struct alert_state *, const struct array *marks,
    const struct array *todo, struct err *);
int alert_state_commit(const struct alert_state *, struct err *);

#endif
