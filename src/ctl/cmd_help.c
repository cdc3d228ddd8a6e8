/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <sysexits.h>

#include "ctl/commands.h"

static const struct {
	const char *asked;
	const char *typed;
} questions[] = {
	{ "Does my mail pass?", "summary" },
	{ "Who sends in my name?", "sources example.org" },
	{ "Which of them may be mine?", "sender suggest example.org" },
	{ "Why does some of it fail?", "why example.org" },
	{ "What became of this message?", "explain message.eml" },
	{ "Can I publish p=reject?", "ready example.org" },
	{ "Are my DNS records right?", "dns example.org" },
	{ "What is new, what is wrong?", "digest" },
	{ "Are reports being collected?", "status" },
	{ "Who reports, and who stopped?", "reporters" },
};

int
cmd_help(const struct options *options, struct err *err)
{
	size_t i;

	(void)options;
	(void)err;
	puts("Put your domain in place of example.org:\n");
	for (i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		printf("  %-31s ruactl %s\n", questions[i].asked,
		    questions[i].typed);
	puts("\nThe whole picture as a web page:  ruactl report -o page.html\n"
	     "All commands and options:         ruactl --help\n"
	     "More questions, and the answers:  man ruad-questions\n"
	     "What SPF, DKIM and DMARC are:     man ruad-dmarc");
	return EX_OK;
}
