/* SPDX-License-Identifier: BSD-2-Clause */
#include "web/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "web/lock.h"
#include "web/serve.h"

enum {
	OPT_LISTEN = 256,
	OPT_AUTH_FILE,
	OPT_NO_AUTH,
	OPT_HOST,
	OPT_WORKERS,
	OPT_IDLE,
	OPT_SHOW_FAILURES,
};

static const struct option options[] = {
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "auth-file", required_argument, NULL, OPT_AUTH_FILE },
	{ "no-auth", no_argument, NULL, OPT_NO_AUTH },
	{ "host", required_argument, NULL, OPT_HOST },
	{ "workers", required_argument, NULL, OPT_WORKERS },
	{ "idle", required_argument, NULL, OPT_IDLE },
	{ "show-failures", no_argument, NULL, OPT_SHOW_FAILURES },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void
print_help(void)
{
	fputs(
	    "usage: ruad-web [OPTION]...\n"
	    "\n"
	    "Serves what reports tell as web pages, that can only be read.\n"
	    "\n"
	    "  -d FILE               the database\n"
	    "  --listen=WHERE        a path, or ADDRESS:PORT [127.0.0.1:8461]\n"
	    "  --host=NAME           a name that it is called; may be "
	    "repeated\n"
	    "  --auth-file=FILE      lines USER:HASH of those who may look\n"
	    "  --no-auth             anybody may, from other machines as well\n"
	    "  --show-failures       show reports of single messages, too\n"
	    "  --workers=N           processes that answer [2]\n"
	    "  --idle=SECONDS        end when nobody has asked for so long\n"
	    "  -v, --verbose         log each request\n"
	    "  -V, --version         print the version and how it is locked "
	    "in\n"
	    "  -h, --help            print this\n"
	    "\n"
	    "ruad-web(8) says the rest.\n",
	    stdout);
}

static int
add_host(struct options *o, const char *host, struct err *err)
{
	const char *const only[] = { host, NULL };

	/* What no request could be for, as with a port, would match none. */
	if (host[0] == '\0' || strpbrk(host, " ,/") != NULL ||
	    !serve_is_host(only, host))
		return err_set(err, ERR_USAGE,
		    "--host takes one name without a port, such as "
		    "reports.example.org or [2001:db8::1], not \"%s\"",
		    host);
	if (o->nhosts == OPTIONS_HOSTS)
		return err_set(err, ERR_USAGE,
		    "--host may be given %d times at most", OPTIONS_HOSTS);
	o->hosts[o->nhosts++] = host;
	return 0;
}

static int
read_one(struct options *o, int option, struct err *err)
{
	int64_t n;

	switch (option) {
	case 'd':
		o->db = optarg;
		return 0;
	case 'v':
		o->verbose = true;
		return 0;
	case OPT_LISTEN:
		o->listen = optarg;
		return 0;
	case OPT_AUTH_FILE:
		o->auth_file = optarg;
		return 0;
	case OPT_NO_AUTH:
		o->no_auth = true;
		return 0;
	case OPT_HOST:
		return add_host(o, optarg, err);
	case OPT_SHOW_FAILURES:
		o->show_failures = true;
		return 0;
	case OPT_WORKERS:
		if (!text_read_int(optarg, 1, OPTIONS_WORKERS, &n))
			return err_set(err, ERR_USAGE,
			    "--workers takes a number from 1 to %d, not "
			    "\"%s\"",
			    OPTIONS_WORKERS, optarg);
		o->workers = (int)n;
		return 0;
	case OPT_IDLE:
		if (!text_read_int(optarg, 1, OPTIONS_IDLE, &o->idle))
			return err_set(err, ERR_USAGE,
			    "--idle takes seconds, from 1 to %d, not \"%s\"",
			    OPTIONS_IDLE, optarg);
		return 0;
	default:
		return err_set(
		    err, ERR_USAGE, "\"ruad-web -h\" lists the options");
	}
}

int
options_read(struct options *o, int argc, char **argv, struct err *err)
{
	int option;

	memset(o, 0, sizeof(*o));
	o->db = getenv("RUAD_DB");
	if (o->db == NULL || o->db[0] == '\0')
		o->db = RUAD_DATABASE;
	o->workers = 2;
	while (
	    (option = getopt_long(argc, argv, "d:hvV", options, NULL)) != -1) {
		if (option == 'h') {
			print_help();
			return 1;
		}
		if (option == 'V') {
			printf("ruad-web %s, sandbox: %s\n", RUAD_VERSION,
			    lock_describe());
			return 1;
		}
		if (read_one(o, option, err) == -1)
			return -1;
	}
	if (optind < argc)
		return err_set(err, ERR_USAGE,
		    "\"%s\" is not an option: \"ruad-web -h\" lists them",
		    argv[optind]);
	return 0;
}
