/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the command line of ruactl said, for every command, and what follows
 * from it.  Filled by command_line.c; the commands only read it.
 */
#ifndef RUAD_CTL_OPTIONS_H
#define RUAD_CTL_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "answer/period.h"
#include "answer/sender_choice.h"
#include "answer/sender_list.h"
#include "base/err.h"
#include "base/limits.h"
#include "conf/conf.h"
#include "show/output.h"
#include "store/query.h"

#define OPTIONS_SELECTORS 20
#define OPTIONS_FILES 8
#define OPTIONS_RATE 10000

struct options {
	const char *db;
	bool is_usual_db; /* neither -d nor $RUAD_DB names it */
	const char *out;  /* file to write to; NULL: not given */
	enum output_format format;
	int64_t limit;      /* rows; 0: the command's own default */
	int64_t poll_limit; /* seconds; 0: the default */
	int64_t older_than; /* seconds; 0: not given */
	const char *after;  /* cursor of a feed; NULL: not given */
	const char *cursor; /* file with it; NULL: not given */
	const char *collector;
	bool follow;
	bool flat;
	const char *columns; /* whose names; NULL: the database's */
	struct period_choice period;
	struct limits limits; /* of what is imported */
	bool limits_given;
	const char *mailbox; /* to import from; NULL: files */
	const char *folder;  /* of it; NULL: where reports are filed */
	struct sender_filter sources;
	enum sender_by by;
	const char *reporter; /* only of this one; NULL: of all */
	const char *id;       /* only the report that it calls so; NULL: all */
	/* Only reports with failing messages, or those without; NULL: all. */
	const bool *has_failing;
	/* --selector, NULL ends them */
	const char *selectors[OPTIONS_SELECTORS + 1];
	int nselectors;
	const char *server; /* to ask instead of those of resolv.conf */
	const char *our_id; /* whose results to believe; NULL: not given */
	const char *state;  /* what alerts remembers; NULL: not given */
	const char *exec;   /* the directory of its hooks; NULL: none */
	const char *config; /* ruad.conf; NULL: the usual one */
	const char *mmdb[OPTIONS_FILES + 1]; /* NULL ends them */
	int nmmdb;
	int64_t rate; /* questions a second; 0: the default */
	bool all;
	bool cymru;
	bool https;
	bool offline;
	bool dns; /* check it, too */
	bool dry_run;
	bool quiet;
	bool verbose;
	int nargs;
	char **args; /* ends with NULL */
};

/* --mmdb, once more. */
int options_add_file(struct options *, const char *path, struct err *);

/* Load ruad.conf, which must exist and be right. */
int options_load_conf(const char *path, struct conf **, struct err *);

/* --selector, once more. */
int options_add_selector(struct options *, const char *selector, struct err *);

/* --our-id. */
int options_set_our_id(struct options *, const char *id, struct err *);

/* Open the database for reading; the error says how one is made. */
int options_open_database(
    const struct options *, struct query_db **, struct err *);

/* The same, but it may be of an older version, too: only to copy it. */
int options_open_old_database(
    const struct options *, struct query_db **, struct err *);

/* Output to stdout in the format asked for. */
struct output *options_new_output(const struct options *);

/* The first argument as the database has domains; NULL: there is none. */
char *options_copy_domain(const struct options *);

/* Rows to show: those asked for, else 50 for people and all (-1) for programs.
 */
int64_t options_row_limit(const struct options *);

#endif
