/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "answer/source_class.h"
#include "base/text.h"
#include "ctl/command.h"

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
read_sources(struct options *options, enum sender_which which, struct err *err)
{
	const enum sender_which other = options->sources.which;

	if (other != SENDER_ALL && other != which)
		return err_set(err, ERR_USAGE,
		    "sources takes only one of --unknown, --failing and --new");
	options->sources.which = which;
	return 0;
}

/* Return the number of a word in a list that ends with NULL; -1: not there. */
static int
find_word(const char *const words[], const char *word)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (word[0] != '\0' && strcmp(words[i], word) == 0)
			return i;
	return -1;
}

static int
read_class(struct options *options, const char *word, struct err *err)
{
	const int i = find_word(source_class_words, word);

	if (i == -1)
		return err_set(err, ERR_USAGE,
		    "--class takes known, forwarded, hostile, unknown or "
		    "compliant, not \"%s\"",
		    word);
	options->sources.class = i + 1;
	return 0;
}

static int
read_sort(struct options *options, const char *word, struct err *err)
{
	const int i = find_word(sender_sort_words, word);

	if (i == -1)
		return err_set(err, ERR_USAGE,
		    "--sort takes name, messages, failing or last, not \"%s\"",
		    word);
	options->sources.sort = (enum sender_sort)i;
	return 0;
}

static int
read_result(struct options *options, const char *word, struct err *err)
{
	static const bool yes = true, no = false;

	if (strcmp(word, "fail") != 0 && strcmp(word, "pass") != 0)
		return err_set(err, ERR_USAGE,
		    "--result takes fail or pass, not \"%s\"", word);
	options->has_failing = word[0] == 'f' ? &yes : &no;
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

/* An option and its place in struct options. */
struct option_place {
	int option;
	size_t at;
};

/* Given or not. */
static const struct option_place flags[] = {
	{ OPT_FOLLOW, offsetof(struct options, follow) },
	{ OPT_FLAT, offsetof(struct options, flat) },
	{ OPT_DNS, offsetof(struct options, dns) },
	{ OPT_HTTPS, offsetof(struct options, https) },
	{ OPT_OFFLINE, offsetof(struct options, offline) },
	{ OPT_ALL, offsetof(struct options, all) },
	{ OPT_CYMRU, offsetof(struct options, cymru) },
	{ 'q', offsetof(struct options, quiet) },
	{ 'v', offsetof(struct options, verbose) },
};

/* Their values are taken as they are. */
static const struct option_place texts[] = {
	{ 'o', offsetof(struct options, out) },
	{ OPT_COLUMNS, offsetof(struct options, columns) },
	{ OPT_AFTER, offsetof(struct options, after) },
	{ OPT_CURSOR, offsetof(struct options, cursor) },
	{ OPT_COLLECTOR, offsetof(struct options, collector) },
	{ OPT_REPORTER, offsetof(struct options, reporter) },
	{ OPT_ID, offsetof(struct options, id) },
	{ OPT_FIND, offsetof(struct options, sources.find) },
	{ OPT_SERVER, offsetof(struct options, server) },
	{ 'c', offsetof(struct options, config) },
	{ OPT_STATE, offsetof(struct options, state) },
	{ OPT_EXEC, offsetof(struct options, exec) },
	{ OPT_MAILBOX, offsetof(struct options, mailbox) },
	{ OPT_FOLDER, offsetof(struct options, folder) },
};

/* Whether it is one of these, which is stored then. */
static bool
take_option(struct options *options, int option)
{
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].option == option) {
			*(bool *)((char *)options + flags[i].at) = true;
			return true;
		}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].option == option) {
			*(const char **)((char *)options +
			    texts[i].at) = optarg;
			return true;
		}
	return false;
}

/*
 * One option.  0: go on; 1: it was -h or -V and is done; -1: error.
 */
static int
read_option(struct options *options, const struct command *command, int option,
    struct err *err)
{
	if (take_option(options, option))
		return 0;
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
		return read_sources(options, SENDER_UNKNOWN, err);
	case OPT_FAILING:
		return read_sources(options, SENDER_FAILING, err);
	case OPT_NEW:
		return read_sources(options, SENDER_NEW, err);
	case OPT_CLASS:
		return read_class(options, optarg, err);
	case OPT_SORT:
		return read_sort(options, optarg, err);
	case OPT_RESULT:
		return read_result(options, optarg, err);
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
		command_print_help();
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
	case OPT_POLL:
		return read_duration("--poll", &options->poll_limit, err);
	case OPT_OLDER_THAN:
		return read_duration("--older-than", &options->older_than, err);
	case OPT_SELECTOR:
		return options_add_selector(options, optarg, err);
	case OPT_MMDB:
		return options_add_file(options, optarg, err);
	case OPT_RATE:
		if (text_read_int(optarg, 1, OPTIONS_RATE, &options->rate))
			return 0;
		return err_set(err, ERR_USAGE,
		    "--rate needs a number from 1 to %d, not \"%s\"",
		    OPTIONS_RATE, optarg);
	case OPT_OUR_ID:
		return options_set_our_id(options, optarg, err);
	case OPT_LIMITS:
		options->limits_given = true;
		return limits_read(&options->limits, optarg, err);
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
	const struct option *known = command != NULL
	    ? command->options
	    : command_find(NULL)->options;
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

int
command_line_read(struct options *options, const struct command **command,
    int argc, char **argv, struct err *err)
{
	static char program[] = "ruactl";
	char letters[32], *word;
	int rc;

	argv[0] = program; /* what getopt_long() begins its messages with */
	rc = read_options(options, NULL, argc, argv, "+" COMMAND_LETTERS, err);
	if (rc != 0)
		return rc;
	*command = command_find(NULL);
	argc -= optind;
	argv += optind;
	if (argc > 0) {
		word = argv[0];
		if ((*command = command_find(word)) == NULL)
			return command_refuse(word, err);
		snprintf(letters, sizeof(letters), "%s%s", COMMAND_LETTERS,
		    (*command)->letters);
		argv[0] = program;
		optind = 0; /* glibc: begin again, with permutation */
		rc = read_options(options, *command, argc, argv, letters, err);
		if (rc != 0)
			return rc;
		argc -= optind;
		argv += optind;
		if (*command == &command_address) { /* it is its own argument */
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
