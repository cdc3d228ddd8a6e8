/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/command.h"

#include <stdio.h>
#include <string.h>

#include "answer/subject.h"
#include "base/text.h"
#include "ctl/check_dns.h"
#include "ctl/commands.h"

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
static const struct option failures_options[] = {
	{ "dns", no_argument, NULL, OPT_DNS },
	{ "server", required_argument, NULL, OPT_SERVER },
	{ "reporter", required_argument, NULL, OPT_REPORTER },
	{ "limit", required_argument, NULL, 'n' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option listed_options[] = {
	{ "reporter", required_argument, NULL, OPT_REPORTER },
	{ "id", required_argument, NULL, OPT_ID },
	{ "result", required_argument, NULL, OPT_RESULT },
	{ "limit", required_argument, NULL, 'n' },
	PERIOD_OPTIONS,
	GLOBAL_LONG_OPTIONS,
};
static const struct option show_options[] = {
	{ "result", required_argument, NULL, OPT_RESULT },
	GLOBAL_LONG_OPTIONS,
};
static const struct option sources_options[] = {
	{ "unknown", no_argument, NULL, OPT_UNKNOWN },
	{ "failing", no_argument, NULL, OPT_FAILING },
	{ "new", no_argument, NULL, OPT_NEW },
	{ "class", required_argument, NULL, OPT_CLASS },
	{ "find", required_argument, NULL, OPT_FIND },
	{ "by", required_argument, NULL, OPT_BY },
	{ "sort", required_argument, NULL, OPT_SORT },
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
static const struct option alerts_options[] = {
	{ "state", required_argument, NULL, OPT_STATE },
	{ "exec", required_argument, NULL, OPT_EXEC },
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
static const struct option feed_options[] = {
	{ "after", required_argument, NULL, OPT_AFTER },
	{ "collector", required_argument, NULL, OPT_COLLECTOR },
	{ "cursor", required_argument, NULL, OPT_CURSOR },
	{ "flat", no_argument, NULL, OPT_FLAT },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "limit", required_argument, NULL, 'n' },
	GLOBAL_LONG_OPTIONS,
};
static const struct option explain_options[] = {
	{ "dns", no_argument, NULL, OPT_DNS },
	{ "our-id", required_argument, NULL, OPT_OUR_ID },
	{ "server", required_argument, NULL, OPT_SERVER },
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
	    "n:", listed_options, 0, 1, cmd_reports },
	{ "sources", "[OPTION] DOMAIN [WHO]", "who sends as a domain",
	    "n:", sources_options, 1, 2, cmd_sources },
	{ "failures", "[-n N] DOMAIN | ID", "what fails, where and why",
	    "n:", failures_options, 1, 1, cmd_failures },
	{ "why", "[-n N] DOMAIN [WHO]", "why mail fails, and what to change",
	    "n:", reports_options, 1, 2, cmd_why },
	{ "explain", "[--dns] [FILE]", "what became of one message", "",
	    explain_options, 0, 1, cmd_explain },
	{ "reporters", "[DOMAIN]", "who reports, and who stopped", "",
	    period_options, 0, 1, cmd_reporters },
	{ "ready", "[DOMAIN]", "whether p=reject is safe, what to fix", "",
	    period_options, 0, 1, cmd_ready },
	{ "dns", "[OPTION] [DOMAIN [IP]]", "what is wrong with your DNS", "",
	    dns_options, 0, 2, cmd_dns },
	{ "tls", "[DOMAIN]", "how mail to you was encrypted", "",
	    period_options, 0, 1, cmd_tls },
	{ "report", "-o FILE [DOMAIN]", "everything as a web page",
	    "o:", report_options, 0, 1, cmd_report },
	{ "show", "ID", "one report with all its records", "", show_options, 1,
	    1, cmd_show },
	{ "digest", "", "a summary to be mailed: problems first", "",
	    period_options, 0, 0, cmd_digest },
	{ "alerts", "--state=FILE [OPTION]", "what began and ended since last",
	    "", alerts_options, 0, 0, cmd_alerts },
	{ "query", "[NAME [ARG]]", "run a built-in query, or list them", "",
	    period_options, 0, -1, cmd_query },
	{ "sender", "[add|remove ...]", "name sources: own, service ...", "n",
	    sender_options, 0, -1, cmd_sender },
	{ "lookup", "[-n] [DOMAIN | IP...]", "ask DNS who sources are", "c:n",
	    lookup_options, 0, -1, cmd_lookup },
	{ "export", "[OPTION] WHAT", "all records, reports, failures or tls",
	    "", export_options, 1, 1, cmd_export },
	{ "feed", "[OPTION] [KIND...]", "every change, for other databases",
	    "n:", feed_options, 0, 4, cmd_feed },
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

static const char options_text[] =
    "\n"
    "  -d, --database=FILE    instead of $RUAD_DB or " RUAD_DATABASE "\n"
    "      --format=FORMAT    table for people; csv, json, jsonl for programs\n"
    "      --since=DAYS       the last days (30d), or from a date "
    "(2026-11-01)\n"
    "      --until=DATE       the last day (UTC)\n"
    "      --day=DATE         only this day, or yesterday\n"
    "  -n, --limit=N          show at most N rows\n"
    "  -h, --help             print this text\n"
    "  -V, --version          print the version\n"
    "\n"
    "sources:\n"
    "      --unknown          only what fails and nobody has judged yet\n"
    "      --failing          only what fails\n"
    "      --new              only what was not seen before\n"
    "      --class=WORD       only known, forwarded, hostile, unknown or\n"
    "                         compliant ones\n"
    "      --find=TEXT        only those with it in a name, address or AS\n"
    "      --by=WORD          sender, network or address\n"
    "      --sort=WORD        by name, messages, failing or last day\n"
    "failures and reports:\n"
    "      --reporter=NAME    only what this reporter tells\n"
    "reports and show:\n"
    "      --result=WORD      only what fails, or what passes: fail, pass\n"
    "reports:\n"
    "      --id=ID            only what its reporter calls so\n"
    "check:\n"
    "      --poll=TIME        how old the last good poll may be\n"
    "      --dns [DOMAIN...]  also look whether DNS is right\n"
    "alerts:\n"
    "      --state=FILE       remember here what has been told\n"
    "      --exec=DIR         tell the programs in this directory\n"
    "dns, lookup, check, explain and failures ID:\n"
    "      --server=ADDR[:PORT]  ask this name server\n"
    "dns:\n"
    "      --selector=NAME    also look at this DKIM key\n"
    "      --https            also fetch the policy file of MTA-STS\n"
    "      --offline          judge what was seen before; ask nobody\n"
    "explain and failures ID:\n"
    "      --dns              also look at the keys and records of today\n"
    "explain:\n"
    "      --our-id=ID        believe the results of this server of ours\n"
    "report:\n"
    "  -o, --output=FILE      write to FILE; - is standard output\n"
    "lookup and import:\n"
    "  -c, --config=FILE      read this ruad.conf, and the database it names\n"
    "lookup:\n"
    "  -n, --dry-run          only count, ask nobody\n"
    "      --all              also those that were looked up lately\n"
    "      --limit=N          at most N sources (500)\n"
    "      --mmdb=FILE        AS and country from this file; several: each\n"
    "      --cymru            AS and country from Team Cymru, by DNS\n"
    "      --rate=N           at most N questions a second (20)\n"
    "export:\n"
    "      --columns=NAMES    records with the column names of parsedmarc\n"
    "feed:\n"
    "      --after=CURSOR     only changes after this one\n"
    "      --cursor=FILE      the same, from FILE, which is kept up to date\n"
    "      --collector=NAME   say this name, not that of the host\n"
    "      --flat             each record on a line of its own\n"
    "      --follow           keep printing changes\n"
    "  -n, --limit=N          print at most N changes\n"
    "import, prune and sender:\n"
    "  -n, --dry-run          change nothing\n"
    "      --mailbox=NAME     import: from this mailbox of ruad.conf, not "
    "files\n"
    "      --folder=FOLDER    import: this folder of it, not its archive\n"
    "      --limits=LIMITS    import: such as unpacked=256M,records=5000000\n"
    "  -q, --quiet            import: show no progress\n"
    "  -v, --verbose          import: also list what was already known\n"
    "      --older-than=DAYS  prune: delete what is older\n"
    "\n"
    "See ruactl(1).\n";

/* An address as the command. */
const struct command command_address = { "192.0.2.1", "[--since=DAYS]",
	"who an address is, in all domains", "", period_options, 1, 1,
	cmd_address };

void
command_print_help(void)
{
	size_t i;

	puts("usage: ruactl [-d DATABASE] [--format=FORMAT] [COMMAND] "
	     "[ARGS]\n");
	for (i = 0; i < NCOMMANDS; i++)
		printf("  ruactl %-9s %-21s %s%s\n", commands[i].name,
		    commands[i].args, commands[i].what,
		    i == 0 ? " (default)" : "");
	printf("  ruactl %-9s %-21s %s\n", command_address.name, "",
	    command_address.what);
	fputs(options_text, stdout);
}

const struct command *
command_find(const char *name)
{
	size_t i;

	if (name == NULL)
		return &commands[0];
	if (subject_is_like_address(name))
		return &command_address;
	for (i = 0; i < NCOMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return &commands[i];
	return NULL;
}

int
command_refuse(const char *name, struct err *err)
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
