/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/sender_change.h"
#include "store/rules.h"

#define USAGE \
	"usage: ruactl sender add [-n] NAME own|service|forwarder|hostile " \
	"RULE..., " \
	"or sender remove [-n] NAME [RULE...], sender suggest [DOMAIN], " \
	"or sender list"

static const char senders_sql[] =
    "WITH recent AS MATERIALIZED (SELECT src.sender_id,"
    "  sum(rec.messages) AS messages FROM report rep"
    "  CROSS JOIN record_row rec ON rec.report_id = rep.id"
    "  CROSS JOIN source src ON src.id = rec.source_id"
    "  WHERE rep.day BETWEEN ?1 AND ?2 AND src.sender_id IS NOT NULL"
    "  GROUP BY src.sender_id)"
    "SELECT snd.id, snd.label, snd.kind,"
    " (SELECT group_concat(text, ' ') FROM"
    "   (SELECT " RULE_TEXT(match,
        value) " AS text"
               "     FROM sender_rule WHERE sender_id = snd.id ORDER BY id)) "
               "AS rules,"
               " (SELECT count(*) FROM source WHERE sender_id = snd.id) AS "
               "sources,"
               " coalesce((SELECT messages FROM recent WHERE sender_id = "
               "snd.id), 0)"
               "   AS messages,"
               " (SELECT max(last_day) FROM source WHERE sender_id = snd.id)"
               "   AS last_day,"
               " (SELECT date(max(last_day), 'unixepoch') FROM source"
               "   WHERE sender_id = snd.id) AS last_date"
               " FROM sender snd ORDER BY snd.kind, snd.label";

static const struct output_column senders_columns[] = {
	{ "id", NULL, OUTPUT_ID, 0 },
	{ "label", "sender", OUTPUT_TEXT, 8 },
	{ "kind", "kind", OUTPUT_TEXT, 0 },
	{ "rules", "rules", OUTPUT_TEXT, 12 },
	{ "sources", "sources", OUTPUT_NUMBER, 0 },
	{ "messages", "messages", OUTPUT_NUMBER, 0 },
	{ "last_day", NULL, OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ 0 },
};

static int
list(const struct options *options, struct query_db *db, struct err *err)
{
	static const struct period_choice all = { 0 };
	struct output *o = options_new_output(options);
	struct period period;
	struct query *q = NULL;
	char title[96];
	int64_t rows = 0;
	int rc = -1;

	if (period_find(&period, &all, RULE_READY_DAYS, PERIOD_OF_REPORTS, db,
	        NULL, err) == -1 ||
	    query_new(&q, db, senders_sql, err) == -1)
		goto out;
	query_bind_int(q, 1, period.first);
	query_bind_int(q, 2, period.last);
	snprintf(title, sizeof(title), "Messages of the %s", period.text);
	if (output_rows(o, NULL, period.text[0] != '\0' ? title : NULL, q,
	        senders_columns, &rows, err) == -1)
		goto out;
	if (rows == 0) {
		output_line(o, "No senders are named yet.");
		output_line(o,
		    "Name your own servers: "
		    "ruactl sender add NAME own 192.0.2.0/24");
	}
	rc = output_end(o, err);
out:
	query_free(q);
	output_free(o);
	return rc;
}

int
cmd_sender(const struct options *options, struct err *err)
{
	const char *verb = options->nargs > 0 ? options->args[0] : "list";
	struct query_db *db;
	int rc;

	if (strcmp(verb, "suggest") == 0 && options->nargs <= 2)
		return cmd_sender_suggest(options, err);
	/* This also keeps a mistyped path from creating a database. */
	if (options_open_database(options, &db, err) == -1)
		return -1;
	if (strcmp(verb, "list") == 0 && options->nargs <= 1)
		rc = list(options, db, err);
	else if (strcmp(verb, "add") == 0 && options->nargs >= 4)
		rc = sender_change_add(options, db, err);
	else if (strcmp(verb, "remove") == 0 && options->nargs >= 2)
		rc = sender_change_remove(options, db, err);
	else
		rc = err_set(err, ERR_USAGE, USAGE);
	query_close(db);
	return rc;
}
