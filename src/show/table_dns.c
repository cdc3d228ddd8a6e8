/* SPDX-License-Identifier: BSD-2-Clause */
/* What was found of a domain's DNS: what src/answer asks. */
#include "show/table.h"

const struct output_column table_dns_checks[] = {
	{ "id", NULL, OUTPUT_TEXT, 0 },
	{ "severity", NULL, OUTPUT_TEXT, 0 },
	{ "name", NULL, OUTPUT_TEXT, 0 },
	{ "text", NULL, OUTPUT_TEXT, 0 },
	{ "record", NULL, OUTPUT_TEXT, 0 },
	{ "rfc", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct output_column table_dns_unknown[] = {
	{ "group", NULL, OUTPUT_TEXT, 0 },
	{ "name", NULL, OUTPUT_TEXT, 0 },
	{ "type", NULL, OUTPUT_TEXT, 0 },
	{ "failure", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct output_column table_dns_facts[] = {
	{ "group", NULL, OUTPUT_TEXT, 0 },
	{ "name", NULL, OUTPUT_TEXT, 0 },
	{ "key", NULL, OUTPUT_TEXT, 0 },
	{ "value", NULL, OUTPUT_TEXT, 0 },
	{ 0 },
};

const struct output_column table_dns_head[] = {
	{ "domain", NULL, OUTPUT_TEXT, 0 },
	{ "server", NULL, OUTPUT_TEXT, 0 },
	{ "questions", NULL, OUTPUT_NUMBER, 0 },
	{ "errors", NULL, OUTPUT_NUMBER, 0 },
	{ "warnings", NULL, OUTPUT_NUMBER, 0 },
	{ "infos", NULL, OUTPUT_NUMBER, 0 },
	{ "more", NULL, OUTPUT_NUMBER, 0 },
	{ 0 },
};
