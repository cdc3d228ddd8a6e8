/* SPDX-License-Identifier: BSD-2-Clause */
/* What failed of the mail of own servers and of services in use. */
#ifndef RUAD_ANSWER_PROBLEM_KNOWN_H
#define RUAD_ANSWER_PROBLEM_KNOWN_H

#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "store/query.h"

struct problem_known { /* one sender as one policy domain */
	const char *domain, *label;
	int64_t fail, messages;
};

struct problem_known_list {
	struct array rows;                    /* of struct problem_known */
	struct map sources, senders, domains; /* what the rows borrow */
};

/*
 * Load those of which something failed on these days, the most messages first.
 * problem_known_done() comes in any case.
 */
int problem_known_load(struct problem_known_list *, struct query_db *,
    int64_t first, int64_t last, struct err *);
void problem_known_done(struct problem_known_list *);

#endif
