/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A command that lists rows of the database, from the command line to the end
 * of its output.
 *
 * Most are one query: fill a struct listing and call listing_run().  A command
 * with more than one table, or with something to find out before the first,
 * calls the parts itself:
 *
 *	struct listing_run r;
 *	int rc = -1;
 *
 *	if (listing_begin(&r, options, DAYS, PERIOD_OF_REPORTS, err) == 0)
 *		rc = show(&r, err);	with listing_show() for each table
 *	return listing_end(&r, rc, err);
 */
#ifndef RUAD_CTL_LISTING_H
#define RUAD_CTL_LISTING_H

#include <stdint.h>

#include "answer/period.h"
#include "answer/sender_list.h"
#include "base/err.h"
#include "ctl/options.h"
#include "show/output.h"
#include "show/table.h"
#include "store/query.h"

/* A command under way. */
struct listing_run {
	const struct options *options;
	struct output *out;
	struct query_db *db;
	char *domain;   /* the first argument; NULL: all domains */
	char *reporter; /* by --reporter, as its reports have it; NULL: all */
	struct period period;
	int64_t limit; /* of rows; -1: all */
};

struct listing {
	/* "DMARC" begins with the line "DMARC, 30 days to ..."; NULL: none. */
	const char *title;
	const struct table *table;
	int days; /* unless an option for time is given */
	enum period_of of;
	bool says_age; /* say before it if the newest report is old */
	/* Print more after the table, also if it has no rows; NULL: nothing. */
	int (*print_more)(const struct listing_run *, struct err *);
	/* Say why there are no rows; NULL: listing_explain_empty(). */
	int (*print_empty)(const struct listing_run *, struct err *);
};

/* Run a command of one table.  Returns the exit status, or -1. */
int listing_run(const struct listing *, const struct options *, struct err *);

/*
 * Open the database and the output, and find the domain and the days.
 * listing_end() must follow, also after an error.
 */
int listing_begin(struct listing_run *, const struct options *, int days,
    enum period_of, struct err *);

/*
 * Tell people if the newest report (about a domain, if it is not NULL) is old,
 * unless they asked for days that are over.
 */
int listing_say_age(const struct listing_run *, struct err *);
int listing_say_age_of(struct output *, struct query_db *, const char *domain,
    const struct period_choice *, struct err *);

/* Prepare a question, whose SQL is as in struct table. */
int listing_query(
    struct query **, const struct listing_run *, const char *sql, struct err *);

/* Print a table; the rest is as for output_rows(). */
int listing_show(const struct listing_run *, const char *key, const char *title,
    const struct table *, int64_t *rows, struct err *);

/* End the output if rc is 0, and free what listing_begin() got.  Returns rc. */
int listing_end(struct listing_run *, int rc, struct err *);

/*
 * Say why there are no reports (about a domain, if it is not NULL; in the
 * period that was chosen, if one was), and what to do.
 */
int listing_explain_empty(const struct options *, struct output *,
    struct query_db *, const char *domain, struct err *);

/* Refuse the name of a sender that a list of one domain does not have: -1. */
int listing_refuse_sender(const struct listing_run *,
    const struct sender_list *, const char *who, struct err *);

#endif
