/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/text.h"
#include "conf/conf.h"
#include "daemon/database_check.h"
#include "daemon/probe.h"
#include "daemon/journal.h"
#include "daemon/serve_folder.h"
#include "daemon/super.h"
#include "base/program.h"

static const char usage_text[] =
    "usage: ruad [-c FILE] [-t | -T | -1] [-m MAILBOX] [-n] [-v]\n"
    "\n"
    "Collect DMARC reports from IMAP mailboxes into a SQLite database.\n"
    "Runs in the foreground until it is told to stop.\n"
    "\n"
    "  -c, --config=FILE      read this configuration (default\n"
    "                         " CONF_PATH ")\n"
    "  -t, --test             check the configuration; with -m also test\n"
    "                         the connection to that mailbox\n"
    "  -T, --print            print the effective configuration, without\n"
    "                         passwords\n"
    "  -1, --once             poll every mailbox once and exit\n"
    "  -m, --mailbox=MAILBOX  use only this mailbox\n"
    "  -n, --dry-run          poll once, but store and move nothing\n"
    "      --serve-folder=FOLDER  with -m: for ruactl import, which starts\n"
    "                         this to read a folder\n"
    "  -v, --verbose          log more\n"
    "  -V, --version          print the version\n"
    "  -h, --help             print this\n";

struct options {
	struct super_options super;
	bool test;
	bool print;
	const char *serve_folder;
};

#define OPT_SERVE_FOLDER 256

/* Returns -1 to go on, or the status to exit with. */
static int
main_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "test", no_argument, NULL, 't' },
		{ "print", no_argument, NULL, 'T' },
		{ "once", no_argument, NULL, '1' },
		{ "mailbox", required_argument, NULL, 'm' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "serve-folder", required_argument, NULL, OPT_SERVE_FOLDER },
		{ "verbose", no_argument, NULL, 'v' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while (
	    (c = getopt_long(argc, argv, "c:tT1m:nvVh", names, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->super.conf_path = optarg;
			break;
		case 't':
			o->test = true;
			break;
		case 'T':
			o->print = true;
			break;
		case '1':
			o->super.once = true;
			break;
		case 'm':
			o->super.mailbox = optarg;
			break;
		case 'n':
			o->super.dry_run = true;
			break;
		case OPT_SERVE_FOLDER:
			o->serve_folder = optarg;
			break;
		case 'v':
			log_set_level(LOG_LEVEL_DEBUG);
			break;
		case 'V':
			puts("ruad " RUAD_VERSION);
			return 0;
		case 'h':
			fputs(usage_text, stdout);
			return 0;
		default:
			fputs(usage_text, stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
		    "ruad: unexpected argument \"%s\": ruad takes only "
		    "options\n%s",
		    argv[optind], usage_text);
		return EX_USAGE;
	}
	if (o->test + o->print + o->super.once + (o->serve_folder != NULL) >
	    1) {
		fputs("ruad: use only one of -t, -T, -1 and --serve-folder\n",
		    stderr);
		return EX_USAGE;
	}
	if (o->serve_folder != NULL &&
	    (o->super.mailbox == NULL || isatty(STDOUT_FILENO))) {
		fputs("ruad: --serve-folder needs -m, and writes to a program: "
		      "use \"ruactl import --mailbox\"\n",
		    stderr);
		return EX_USAGE;
	}
	return -1;
}

/* No core file may hold a password; a closed pipe is an error, not death. */
static void
main_protect(void)
{
	struct sigaction sa;

	umask(027);
	io_forbid_core();
	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &sa, NULL);
}

static int
main_test(const struct conf *conf, const struct options *o)
{
	const struct conf_mailbox *mb = conf->mailboxes.at;
	char place[1024], safe[LIMIT_SHOWN];
	size_t i;
	bool good;
	int rc, status = 0;

	good = database_check(conf->database, place, sizeof(place));
	text_safe(safe, sizeof(safe), place);
	if (!good)
		fprintf(
		    stderr, "%s: warning: database: %s\n", conf->path, safe);
	printf("%s: OK, %zu %s\n", conf->path, conf->mailboxes.n,
	    conf->mailboxes.n == 1 ? "mailbox" : "mailboxes");
	if (good && o->super.mailbox != NULL)
		printf("%s: %s\n", conf->database, safe);
	for (i = 0; i < conf->mailboxes.n && o->super.mailbox != NULL; i++) {
		if (strcmp(mb[i].name, o->super.mailbox) != 0)
			continue;
		if ((rc = probe_run(&mb[i])) != 0)
			status = rc;
	}
	return status;
}

static int
main_print(const struct conf *conf)
{
	struct buf text = { 0 };

	conf_write(conf, &text);
	fputs(buf_str(&text), stdout);
	buf_done(&text);
	return 0;
}

static int
main_load(const struct options *o, struct conf **conf)
{
	struct buf report = { 0 };
	int rc = conf_load(o->super.conf_path, conf, &report), fault = errno;

	if (o->test || o->print)
		fputs(buf_str(&report), stderr);
	else
		journal_conf(&report);
	buf_done(&report);
	if (rc == -1)
		return fault != 0 ? EX_TEMPFAIL : EX_CONFIG;
	if (o->super.mailbox != NULL &&
	    conf_find(*conf, o->super.mailbox) == NULL) {
		fprintf(stderr, "ruad: %s has no mailbox \"%s\"\n",
		    (*conf)->path, o->super.mailbox);
		return EX_USAGE;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct options o = { .super.conf_path = CONF_PATH };
	struct conf *conf = NULL;
	char *program, *path;
	int status;

	if ((status = main_options(argc, argv, &o)) != -1)
		return status;
	log_open(LOG_JOURNAL);
	main_protect();
	if ((status = main_load(&o, &conf)) != 0 || o.test || o.print) {
		if (status == 0)
			status = o.print ? main_print(conf)
			                 : main_test(conf, &o);
		conf_free(conf);
		if (fflush(stdout) == EOF)
			status = EX_IOERR;
		return status;
	}
	if (o.serve_folder != NULL) {
		status = serve_folder_run(
		    conf, conf_find(conf, o.super.mailbox), o.serve_folder);
		conf_free(conf);
		return status;
	}
	program = program_find_parser();
	path = xstrdup(conf->path);
	o.super.conf_path = path;
	o.super.parser_program = program;
	o.super.once |= o.super.dry_run;
	status = super_run(conf, &o.super);
	free(program);
	free(path);
	return status;
}
