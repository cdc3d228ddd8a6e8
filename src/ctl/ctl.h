/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of ruactl, one file each.  They run with the rights of whoever
 * asks, read the database through query.h, and print with output.h.
 */
#ifndef RUAD_CTL_CTL_H
#define RUAD_CTL_CTL_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "base/err.h"
#include "base/limits.h"
#include "show/output.h"

enum ctl_sources {
	CTL_ALL_SOURCES,
	CTL_UNKNOWN_SOURCES,
	CTL_FAILING_SOURCES,
	CTL_NEW_SOURCES,
};

/* The command line. */
struct ctl {
	const char *db;
	const char *out; /* file to write to; NULL: not given */
	enum output_format format;
	int64_t limit;      /* rows; 0: the command's own default */
	int64_t poll_limit; /* seconds; 0: the default */
	int64_t older_than; /* seconds; 0: not given */
	int64_t after;      /* rows with higher ids */
	bool follow;
	const char *columns; /* whose names; NULL: the database's */
	struct period_choice period;
	struct limits limits; /* of what is imported */
	enum ctl_sources sources;
	bool dry_run;
	bool quiet;
	bool verbose;
	int nargs;
	char **args; /* ends with NULL */
};

/* Open for reading; the sentence says how a database comes to be. */
int ctl_open(const struct ctl *, struct query_db **, struct err *);

/* Output to stdout in the form asked for. */
struct output *ctl_output(const struct ctl *);

/* The first argument as domains stand in the database; NULL: there is none. */
char *ctl_domain(const struct ctl *);

/* Rows to show: 50 for people, all for programs (-1), or those asked for. */
int64_t ctl_limit(const struct ctl *);

/*
 * Why there are no reports (about a domain, if not NULL; in the period that
 * was chosen, if one was), and what to do.
 */
int ctl_say_empty(const struct ctl *, struct output *, struct query_db *,
    const char *domain, struct err *);

/* Each returns the exit status, or -1 with err. */
int summary_run(const struct ctl *, struct err *);
int status_run(const struct ctl *, struct err *);
int check_run(const struct ctl *, struct err *);
int reports_run(const struct ctl *, struct err *);
int reporters_run(const struct ctl *, struct err *);
int sources_run(const struct ctl *, struct err *);
int failures_run(const struct ctl *, struct err *);
int tls_run(const struct ctl *, struct err *);
int why_run(const struct ctl *, struct err *);
int ready_run(const struct ctl *, struct err *);
int show_run(const struct ctl *, struct err *);
int metrics_run(const struct ctl *, struct err *);
int export_run(const struct ctl *, struct err *);
int import_run(const struct ctl *, struct err *);
int digest_run(const struct ctl *, struct err *);
int queries_run(const struct ctl *, struct err *);
int sender_run(const struct ctl *, struct err *);
int backup_run(const struct ctl *, struct err *);
int prune_run(const struct ctl *, struct err *);
int report_run(const struct ctl *, struct err *);

#endif
