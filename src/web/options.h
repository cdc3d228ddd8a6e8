/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of ruad-web. */
#ifndef RUAD_WEB_OPTIONS_H
#define RUAD_WEB_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define OPTIONS_HOSTS 20
#define OPTIONS_WORKERS 16
#define OPTIONS_IDLE 86400 /* seconds */

struct options {
	const char *db;
	const char *listen;    /* NULL: not given */
	const char *auth_file; /* NULL: nobody is asked who he is */
	const char *hosts[OPTIONS_HOSTS + 1]; /* NULL ends them */
	int nhosts;
	int workers;
	int64_t idle; /* seconds until it ends; 0: it does not */
	bool no_auth; /* although others than this machine can ask */
	bool show_failures;
	bool verbose;
};

/*
 * Read it; getopt_long() itself complains of an unknown option.  Returns 0, 1
 * if it was -h or -V, so that nothing is left to do, or -1.
 */
int options_read(struct options *, int argc, char **argv, struct err *);

#endif
