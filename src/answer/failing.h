/* SPDX-License-Identifier: BSD-2-Clause */
/* What failed of a domain: by whom it was sent, and who reports it. */
#ifndef RUAD_ANSWER_FAILING_H
#define RUAD_ANSWER_FAILING_H

#include <stdint.h>

#include "answer/sender_list.h"
#include "base/err.h"
#include "base/map.h"
#include "store/query.h"

struct failing {
	struct map rows;    /* of struct failing_row, see failing.c */
	struct map sources; /* of rows: which addresses each has; no items */
	struct map orgs;    /* names of reporters; no items */
	struct map senders; /* those of which something failed; no items */
	int64_t messages, fail;
};

/*
 * Load what reports of one reporter (NULL: of all) tell of the domain and the
 * period of a list, which was loaded for one domain.  failing_done() comes in
 * any case.
 */
int failing_load(struct failing *, struct query_db *,
    const struct sender_list *, const char *reporter, struct err *);
void failing_done(struct failing *);

/*
 * Prepare the rows: who, ip (null: several or none), addresses, org_name,
 * cause, disposition, messages, last_date; the most messages first.  limit -1:
 * all.  The map of rows is of no use afterwards.
 */
int failing_query(struct query **, struct query_db *, struct failing *,
    const struct sender_list *, int64_t limit, struct err *);

#endif
