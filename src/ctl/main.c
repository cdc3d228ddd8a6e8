/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "answer/subject.h"
#include "base/log.h"
#include "base/text.h"
#include "ctl/check_dns.h"
#include "ctl/commands.h"
#include "ctl/usage.h"
#include "dns/dns.h"

enum long_option {
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
	OPT_MAILBOX,
	OPT_FOLDER,
};

#define GLOBAL_OPTIONS "d:hV"
#define GLOBAL_LONG_OPTIONS \
	{ "database", required_argument, NULL, 'd' }, \
	    { "format", required_argument, NULL, OPT_FORMAT }, \
	    { "help", no_argument, NULL, 'h' }, \
	    { "version", no_argument, NULL, 'V' }, \
	{ \
		NULL, 0, NULL, 0 \
	}

#define PERIOD_OPTIONS \
	{ "since", required_argument, NULL, OPT_SINCE }, \
	    { "until", required_argument, NULL, OPT_UNTIL }, \
	{ \
		"day", required_argument, NULL, OPT_DAY \
	}

static const struct option global_options[] = { GLOBAL_LONG_OPTIONS };
static const struct option period_options[] = {
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option reports_options[] = {
	{ "limit", required_argument, NULL, 'n' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option reporter_options[] = {
	{ "reporter", required_argument, NULL, OPT_REPORTER },
	{ "limit", required_argument, NULL, 'n' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option sources_options[] = {
	{ "unknown", no_argument, NULL, OPT_UNKNOWN },
	{ "failing", no_argument, NULL, OPT_FAILING },
	{ "new", no_argument, NULL, OPT_NEW },
	{ "by", required_argument, NULL, OPT_BY },
	{ "limit", required_argument, NULL, 'n' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option check_options[] = {
	{ "poll", required_argument, NULL, OPT_POLL },
	{ "dns", no_argument, NULL, OPT_DNS },
	{ "server", required_argument, NULL, OPT_SERVER },
	GLOBAL_LONG_OPTIONS,
};
static const struct option dns_options[] = {
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "selector", required_argument, NULL, OPT_SELECTOR },
	{ "https", no_argument, NULL, OPT_HTTPS },
	{ "offline", no_argument, NULL, OPT_OFFLINE },
	GLOBAL_LONG_OPTIONS,
};
static const struct option export_options[] = {
	{ "after", required_argument, NULL, OPT_AFTER },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "columns", required_argument, NULL, OPT_COLUMNS },
	GLOBAL_LONG_OPTIONS,
};
static const struct option sender_options[] = {
	{ "dry-run", no_argument, NULL, 'n' },
	GLOBAL_LONG_OPTIONS,
};
static const struct option prune_options[] = {
	{ "older-than", required_argument, NULL, OPT_OLDER_THAN },
	{ "dry-run", no_argument, NULL, 'n' },
	GLOBAL_LONG_OPTIONS,
};
static const struct option report_options[] = {
	{ "output", required_argument, NULL, 'o' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option import_options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "mailbox", required_argument, NULL, OPT_MAILBOX },
	{ "folder", required_argument, NULL, OPT_FOLDER },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "limits", required_argument, NULL, OPT_LIMITS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	GLOBAL_LONG_OPTIONS,
};

static const struct option lookup_options[] = {
	{ "all", no_argument, NULL, OPT_ALL },
	{ "config", required_argument, NULL, 'c' },
	{ "cymru", no_argument, NULL, OPT_CYMRU },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "limit", required_argument, NULL, 'n' },
	{ "mmdb", required_argument, NULL, OPT_MMDB },
	{ "rate", required_argument, NULL, OPT_RATE },
	{ "server", required_argument, NULL, OPT_SERVER },
	GLOBAL_LONG_OPTIONS,
};

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

static const struct command commands[] = {
	{ "summary", "[DOMAIN]", "the results of each domain", "",
	    period_options, 0, 1, cmd_summary },
	{ "status", "", "mailboxes, polls, unreadable messages", "",
	    global_options, 0, 0, cmd_status },
	{ "check", "[--poll=2h] [--dns]", "the same for Nagios: exit 0 to 3",
	    "", check_options, 0, CHECK_DNS_DOMAINS, cmd_check },
	{ "metrics", "", "numbers for Prometheus", "", global_options, 0, 0,
	    cmd_metrics },
	{ "reports", "[-n N] [DOMAIN]", "the newest reports",
	    "n:", reporter_options, 0, 1, cmd_reports },
	{ "sources", "[OPTION] DOMAIN [WHO]", "who sends as a domain",
	    "n:", sources_options, 1, 2, cmd_sources },
	{ "failures", "[-n N] DOMAIN", "what fails, where and why",
	    "n:", reporter_options, 1, 1, cmd_failures },
	{ "why", "[-n N] DOMAIN [WHO]", "why mail fails, and what to change",
	    "n:", reports_options, 1, 2, cmd_why },
	{ "reporters", "", "who reports, and who stopped", "", period_options,
	    0, 0, cmd_reporters },
	{ "ready", "[DOMAIN]", "whether p=reject is safe, what to fix", "",
	    period_options, 0, 1, cmd_ready },
	{ "dns", "[OPTION] [DOMAIN [IP]]", "what is wrong with your DNS", "",
	    dns_options, 0, 2, cmd_dns },
	{ "tls", "[DOMAIN]", "how mail to you was encrypted", "",
	    period_options, 0, 1, cmd_tls },
	{ "report", "-o FILE [DOMAIN]", "everything as a web page",
	    "o:", report_options, 0, 1, cmd_report },
	{ "show", "ID", "one report with all its records", "", global_options,
	    1, 1, cmd_show },
	{ "digest", "", "a summary to be mailed: problems first", "",
	    period_options, 0, 0, cmd_digest },
	{ "query", "[NAME [ARG]]", "run a built-in query, or list them", "",
	    period_options, 0, -1, cmd_query },
	{ "sender", "[add|remove ...]", "name sources: own, service ...", "n",
	    sender_options, 0, -1, cmd_sender },
	{ "lookup", "[-n] [DOMAIN | IP...]", "ask DNS who sources are", "c:n",
	    lookup_options, 0, -1, cmd_lookup },
	{ "export", "[OPTION] WHAT", "all records, reports, failures or tls",
	    "", export_options, 1, 1, cmd_export },
	{ "import", "[-nqv] PATH...", "store reports from files, or - (stdin)",
	    "c:nqv", import_options, 0, -1, cmd_import },
	{ "backup", "FILE", "copy the database, even while ruad runs", "",
	    global_options, 1, 1, cmd_backup },
	{ "prune", "--older-than=400d", "delete old data; -n: only count it",
	    "n", prune_options, 0, 0, cmd_prune },
	{ "help", "", "ten questions, and what to type", "", global_options, 0,
	    0, cmd_help },
};
#define NCOMMANDS (sizeof(commands) / sizeof(commands[0]))

/* An address as the command. */
static const struct command address = { "192.0.2.1", "[--since=DAYS]",
	"who an address is, in all domains", "", period_options, 1, 1,
	cmd_address };

static void
print_usage(void)
{
	size_t i;

	puts("usage: ruactl [-d DATABASE] [--format=FORMAT] [COMMAND] "
	     "[ARGS]\n");
	for (i = 0; i < NCOMMANDS; i++)
		printf("  ruactl %-9s %-21s %s%s\n", commands[i].name,
		    commands[i].args, commands[i].what,
		    i == 0 ? " (default)" : "");
	printf("  ruactl %-9s %-21s %s\n", address.name, "", address.what);
	fputs(usage_options, stdout);
}

static const struct command *
find_command(const char *name)
{
	size_t i;

	if (subject_is_like_address(name))
		return &address;
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

static int
unknown_command(const char *name, struct err *err)
{
	size_t i, distance, best = 3;
	const char *near = NULL;

	if (subject_is_like_network(name))
		return err_set(err, ERR_USAGE,
		    "\"%s\" is a network: ask about one address, or about "
		    "the network as one domain: ruactl why DOMAIN %s",
		    name, name);
	if (strlen(name) < 32)
		for (i = 0; i < NCOMMANDS; i++) {
			distance = text_distance(name, commands[i].name);
			if (distance < best) {
				best = distance;
				near = commands[i].name;
			}
		}
	if (near != NULL)
		return err_set(err, ERR_USAGE,
		    "unknown command \"%s\": did you mean \"%s\"?", name, near);
	if (strchr(name, '/') != NULL)
		return err_set(err, ERR_USAGE,
		    "unknown command \"%s\": did you mean \"import %s\"?", name,
		    name);
	if (strchr(name, '.') != NULL)
		return err_set(err, ERR_USAGE,
		    "unknown command \"%s\": did you mean \"summary %s\"?",
		    name, name);
	return err_set(err, ERR_USAGE,
	    "unknown command \"%s\": ruactl -h lists the commands", name);
}

static int
read_duration(const char *option, int64_t *out, struct err *err)
{
	if (text_read_duration(optarg, out) && *out > 0)
		return 0;
	return err_set(err, ERR_USAGE,
	    "%s needs a duration such as 30m, 2h or 7d, not \"%s\"", option,
	    optarg);
}

static int
read_sources(
    struct options *options, enum options_sources which, struct err *err)
{
	if (options->sources != OPTIONS_ALL_SOURCES &&
	    options->sources != which)
		return err_set(err, ERR_USAGE,
		    "sources takes only one of --unknown, --failing and --new");
	options->sources = which;
	return 0;
}

static int
read_by(struct options *options, const char *word, struct err *err)
{
	static const char *const words[] = {
		[SENDER_GROUPED] = "sender",
		[SENDER_NETWORKS] = "network",
		[SENDER_ADDRESSES] = "address",
	};
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(word, words[i]) == 0) {
			options->by = (enum sender_by)i;
			return 0;
		}
	return err_set(err, ERR_USAGE,
	    "--by takes sender, network or address, not \"%s\"", word);
}

static int
read_selector(struct options *options, const char *selector, struct err *err)
{
	if (!dns_is_name(selector) || strstr(selector, "_domainkey") != NULL)
		return err_set(err, ERR_USAGE,
		    "--selector needs the s= of a DKIM signature, such as "
		    "s2024, not \"%s\"",
		    selector);
	if (options->nselectors == OPTIONS_SELECTORS)
		return err_set(err, ERR_USAGE,
		    "--selector can be given %d times at most",
		    OPTIONS_SELECTORS);
	options->selectors[options->nselectors++] = selector;
	return 0;
}

/*
 * One option.  0: go on; 1: it was -h or -V and is done; -1: error.
 */
static int
read_option(struct options *options, const struct command *command, int option,
    struct err *err)
{
	switch (option) {
	case 'd':
		options->db = optarg;
		options->is_usual_db = false;
		return 0;
	case OPT_FORMAT:
		if (!output_read_format(optarg, &options->format))
			return err_set(err, ERR_USAGE,
			    "unknown format \"%s\": use table, csv, json or "
			    "jsonl",
			    optarg);
		return 0;
	case OPT_UNKNOWN:
		return read_sources(options, OPTIONS_UNKNOWN_SOURCES, err);
	case OPT_FAILING:
		return read_sources(options, OPTIONS_FAILING_SOURCES, err);
	case OPT_NEW:
		return read_sources(options, OPTIONS_NEW_SOURCES, err);
	case OPT_BY:
		return read_by(options, optarg, err);
	case OPT_SINCE:
		return period_read(&options->period, PERIOD_SINCE, optarg, err);
	case OPT_UNTIL:
		return period_read(&options->period, PERIOD_UNTIL, optarg, err);
	case OPT_DAY:
		return period_read(
		    &options->period, PERIOD_ONE_DAY, optarg, err);
	case 'h':
		print_usage();
		return 1;
	case 'V':
		puts("ruactl " RUAD_VERSION);
		return 1;
	case 'n':
		if (optarg == NULL)
			options->dry_run = true;
		else if (!text_read_int(optarg, 1, INT32_MAX, &options->limit))
			return err_set(err, ERR_USAGE,
			    "a limit must be a number, at least 1, not \"%s\"",
			    optarg);
		return 0;
	case 'o':
		options->out = optarg;
		return 0;
	case OPT_POLL:
		return read_duration("--poll", &options->poll_limit, err);
	case OPT_OLDER_THAN:
		return read_duration("--older-than", &options->older_than, err);
	case OPT_AFTER:
		if (text_read_int(optarg, 0, INT64_MAX, &options->after))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--after needs the id of the last row you have, not \"%s\"",
		    optarg);
	case OPT_FOLLOW:
		options->follow = true;
		return 0;
	case OPT_COLUMNS:
		options->columns = optarg;
		return 0;
	case OPT_REPORTER:
		options->reporter = optarg;
		return 0;
	case OPT_SERVER:
		options->server = optarg;
		return 0;
	case OPT_SELECTOR:
		return read_selector(options, optarg, err);
	case OPT_DNS:
		options->dns = true;
		return 0;
	case OPT_HTTPS:
		options->https = true;
		return 0;
	case OPT_OFFLINE:
		options->offline = true;
		return 0;
	case 'c':
		options->config = optarg;
		return 0;
	case OPT_MMDB:
		return options_add_file(options, optarg, err);
	case OPT_RATE:
		if (text_read_int(optarg, 1, OPTIONS_RATE, &options->rate))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--rate needs a number from 1 to %d, not \"%s\"",
		    OPTIONS_RATE, optarg);
	case OPT_ALL:
		options->all = true;
		return 0;
	case OPT_CYMRU:
		options->cymru = true;
		return 0;
	case OPT_MAILBOX:
		options->mailbox = optarg;
		return 0;
	case OPT_FOLDER:
		options->folder = optarg;
		return 0;
	case OPT_LIMITS:
		options->limits_given = true;
		return limits_read(&options->limits, optarg, err);
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	}
	/* getopt_long() has said what is wrong. */
	return err_set(err, ERR_USAGE, "usage: ruactl %s%s%s",
	    command != NULL ? command->name : "[-d DATABASE] [COMMAND] [ARGS]",
	    command != NULL ? " " : "", command != NULL ? command->args : "");
}

static int
read_options(struct options *options, const struct command *command, int argc,
    char **argv, const char *letters, struct err *err)
{
	const struct option *known = command != NULL ? command->options
	                                             : period_options;
	int option, rc;

	for (;;) {
		optarg = NULL;
		option = getopt_long(argc, argv, letters, known, NULL);
		if (option == -1)
			return 0;
		if ((rc = read_option(options, command, option, err)) != 0)
			return rc;
	}
}

/* Options for time may come before a command that takes none. */
static bool
takes_period(const struct command *command)
{
	const struct option *option = command->options;

	while (option->name != NULL && option->val != OPT_SINCE)
		option++;
	return option->name != NULL;
}

/* Set *command if it is to be run.  Returns 1 if nothing is left to do. */
static int
read_command_line(struct options *options, const struct command **command,
    int argc, char **argv, struct err *err)
{
	static char program[] = "ruactl";
	char letters[32], *word;
	int rc;

	argv[0] = program; /* what getopt_long() begins its messages with */
	rc = read_options(options, NULL, argc, argv, "+" GLOBAL_OPTIONS, err);
	if (rc != 0)
		return rc;
	*command = &commands[0];
	argc -= optind;
	argv += optind;
	if (argc > 0) {
		word = argv[0];
		if ((*command = find_command(word)) == NULL)
			return unknown_command(word, err);
		snprintf(letters, sizeof(letters), "%s%s", GLOBAL_OPTIONS,
		    (*command)->letters);
		argv[0] = program;
		optind = 0; /* glibc: begin again, with permutation */
		rc = read_options(options, *command, argc, argv, letters, err);
		if (rc != 0)
			return rc;
		argc -= optind;
		argv += optind;
		if (*command == &address) { /* it is its own argument */
			*--argv = word;
			argc++;
		}
	}
	if (argc < (*command)->min_args ||
	    ((*command)->max_args != -1 && argc > (*command)->max_args))
		return err_set(err, ERR_USAGE, "usage: ruactl %s%s%s%s",
		    (*command)->name, (*command)->args[0] != '\0' ? " " : "",
		    (*command)->args,
		    argc > 2 && strstr((*command)->args, "[WHO]") != NULL
		        ? "; a name with blanks needs quotes"
		        : "");
	if (!takes_period(*command) && period_is_chosen(&options->period))
		return err_set(err, ERR_USAGE,
		    "%s does not take --since, --until or --day",
		    (*command)->name);
	if (period_check(&options->period, err) == -1)
		return -1;
	options->nargs = argc;
	options->args = argv;
	return 0;
}

int
main(int argc, char **argv)
{
	const struct command *command;
	struct options options = { .db = getenv("RUAD_DB"),
		.limits = LIMITS_DEFAULT };
	struct err err = ERR_INIT;
	int rc;

	log_set_name("ruactl");
	log_open(NULL);
	options.is_usual_db = options.db == NULL || options.db[0] == '\0';
	if (options.is_usual_db)
		options.db = RUAD_DATABASE;
	rc = read_command_line(&options, &command, argc, argv, &err);
	if (rc == 0)
		rc = command->run(&options, &err);
	else if (rc == 1)
		rc = EX_OK;
	if (rc == -1) {
		log_error("%s", err.text);
		return err_exit_status(err.class);
	}
	return rc;
}
