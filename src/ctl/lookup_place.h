/* SPDX-License-Identifier: BSD-2-Clause */
/* Where sources are, by the files that an admin has got. */
#ifndef RUAD_CTL_LOOKUP_PLACE_H
#define RUAD_CTL_LOOKUP_PLACE_H

#include "ctl/lookup_run.h"

/* To be written. */
struct lookup_place {
	int64_t id;
	struct geo_found found;
};

/*
 * For lookup_plan_load(): what the files say of a source is written if it is
 * not in the database, many at a time.  The argument is a struct lookup_run.
 */
int lookup_place_each(void *, const struct lookup_row *, struct err *);

/* Write what is left. */
int lookup_place_write(struct lookup_run *, struct err *);

/* In a transaction: keep what is known of one. */
int lookup_place_set(struct store *, const struct lookup_place *, struct err *);

#endif
