/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The work of ruactl lookup: names from DNS, AS and country from files or from
 * Team Cymru, into the database.  What is learned is committed each
 * LOOKUP_BATCH sources: whoever else writes need not wait, and what ends the
 * program leaves what was committed.
 */
#ifndef RUAD_CTL_LOOKUP_RUN_H
#define RUAD_CTL_LOOKUP_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/lookup.h"
#include "answer/prose.h"
#include "base/err.h"
#include "dns/dns_client.h"
#include "dns/geo.h"
#include "store/query.h"
#include "store/store.h"

#define LOOKUP_BATCH 50
#define LOOKUP_LIMIT 500 /* sources, unless another number is asked for */

struct lookup_cymru;

/* Zero it, set the first part, and end with lookup_run_done(). */
struct lookup_run {
	struct query_db *db;
	struct store *store; /* NULL: nothing is looked up, only counted */
	struct geo *geo;     /* NULL: no files */
	struct dns_options dns;
	bool asks_cymru;
	struct lookup_question question;

	struct lookup_plan plan;
	char *servers;                  /* whom it asked; NULL: nobody */
	int64_t asked;                  /* sources, of plan.due */
	int64_t found[LOOKUP_STATUSES]; /* of them, what came of it */
	int64_t with_as;    /* sources whose AS or country is known now */
	int64_t changed_as; /* those of which it was not known before */
	struct prose warnings;
	struct err stopped; /* ERR_NET: why it ended before its end */
	bool is_silent;     /* nothing answered, as far as it was asked */

	struct dns_client *client;
	struct lookup_cymru *cymru;
	struct array places; /* of struct lookup_place, to be written */
};

/*
 * Do it.  ERR_NET: no name server answers, and no name was changed.  After
 * the other errors what was committed stays.
 */
int lookup_run(struct lookup_run *, struct err *);
void lookup_run_done(struct lookup_run *);

#endif
