/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of ruactl with their options, and what was typed of them. */
#ifndef RUAD_CTL_COMMAND_H
#define RUAD_CTL_COMMAND_H

#include <getopt.h>
#include <stdbool.h>

#include "base/err.h"
#include "ctl/options.h"

/* What getopt_long() gives for an option that has no letter. */
enum command_option {
	OPT_FORMAT = 256,
	OPT_POLL,
	OPT_DNS,
	OPT_AFTER,
	OPT_FOLLOW,
	OPT_COLUMNS,
	OPT_OLDER_THAN,
	OPT_SINCE,
	OPT_UNTIL,
	OPT_DAY,
	OPT_UNKNOWN,
	OPT_FAILING,
	OPT_NEW,
	OPT_BY,
	OPT_CLASS,
	OPT_FIND,
	OPT_SORT,
	OPT_ID,
	OPT_RESULT,
	OPT_LIMITS,
	OPT_REPORTER,
	OPT_SERVER,
	OPT_SELECTOR,
	OPT_HTTPS,
	OPT_OFFLINE,
	OPT_MMDB,
	OPT_RATE,
	OPT_ALL,
	OPT_CYMRU,
	OPT_OUR_ID,
	OPT_MAILBOX,
	OPT_FOLDER,
	OPT_CURSOR,
	OPT_COLLECTOR,
	OPT_FLAT,
	OPT_STATE,
	OPT_EXEC,
};

/* The letters of options that every command takes. */
#define COMMAND_LETTERS "d:hV"

struct command {
	const char *name;
	const char *args; /* what follows the name */
	const char *what; /* it does, for --help */
	const char *letters;
	const struct option *options;
	int min_args;
	int max_args; /* -1: any number */
	int (*run)(const struct options *, struct err *);
};

/* An address in place of a command. */
extern const struct command command_address;

/*
 * Return the command of this name, or for this address; NULL: there is none.
 * Without a name it is the default, whose options may also come before it.
 */
const struct command *command_find(const char *name);

/* Say what was meant, perhaps: -1. */
int command_refuse(const char *name, struct err *);

/* Print --help. */
void command_print_help(void);

/*
 * Read a command line; getopt_long() itself complains of an unknown option.
 * Returns 0, 1 if it was -h or -V, so that nothing is left to do, or -1.
 */
int command_line_read(struct options *, const struct command **, int argc,
    char **argv, struct err *);

#endif
