/* SPDX-License-Identifier: BSD-2-Clause */
/* The connection of a question, for the two files of store/query.h. */
#ifndef RUAD_STORE_QUERY_PRIV_H
#define RUAD_STORE_QUERY_PRIV_H

#include <sys/stat.h>

#include "store/query.h"
#include "store/store_priv.h"

#define QUERY_IDLE 8 /* statements that are kept, to be asked again */

struct query_db {
	sqlite3 *db;
	char *path;
	struct stat file; /* before it was opened as immutable */
	bool is_immutable;
	sqlite3_stmt *idle[QUERY_IDLE]; /* in a ring; NULL: none */
	size_t next;
	int64_t deadline; /* in milliseconds of CPU time */
	void *slot;       /* of query_slot() */
	void (*slot_done)(void *);
};

#endif
