/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "ctl/commands.h"
#include "store/store.h"

#define USAGE \
	"usage: ruactl sender add NAME own|service|forwarder|hostile " \
	"RULE..., " \
	"or sender remove NAME [RULE...], or sender list"

static const char senders_sql[] =
    "SELECT snd.id, snd.label, snd.kind,"
    " (SELECT group_concat(text, ' ') FROM"
    "   (SELECT iif(match = 'asn', 'AS', '') || value AS text"
    "     FROM sender_rule WHERE sender_id = snd.id ORDER BY id)) AS rules,"
    " (SELECT count(*) FROM source WHERE sender_id = snd.id) AS sources,"
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
	{ "last_day", NULL, OUTPUT_NUMBER, 0 },
	{ "last_date", "last day", OUTPUT_TEXT, 0 },
	{ 0 },
};

static int
list(const struct options *options, struct query_db *db, struct err *err)
{
	struct output *o = options_new_output(options);
	struct query *q = NULL;
	int64_t rows = 0;
	int rc = -1;

	if (query_new(&q, db, senders_sql, err) == -1 ||
	    output_rows(o, NULL, NULL, q, senders_columns, &rows, err) == -1)
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

/* args: the name, the kind, the rules. */
static int
add(struct store *s, char **args, struct err *err)
{
	int64_t id;

	if (store_set_sender(s, args[0], args[1], &id, err) == -1)
		return -1;
	for (args += 2; *args != NULL; args++)
		if (store_add_rule(s, id, *args, err) == -1)
			return -1;
	return 0;
}

/* args: the name, the rules; without rules, all of it. */
static int
remove_sender(struct store *s, char **args, struct err *err)
{
	int64_t id;

	if (store_find_sender(s, args[0], &id, err) == -1)
		return -1;
	if (args[1] == NULL)
		return store_remove_sender(s, id, err);
	for (args++; *args != NULL; args++)
		if (store_remove_rule(s, id, *args, err) == -1)
			return -1;
	return 0;
}

static int
change(const struct options *options,
    int (*changer)(struct store *, char **, struct err *), struct err *err)
{
	struct store *s = NULL;
	int rc = -1;

	if (store_open(&s, options->db, err) == -1 || store_begin(s, err) == -1)
		goto out;
	if (changer(s, options->args + 1, err) == -1 ||
	    store_apply_senders(s, err) == -1)
		store_rollback(s);
	else
		rc = store_commit(s, err);
out:
	store_close(s);
	return rc;
}

int
cmd_sender(const struct options *options, struct err *err)
{
	const char *verb = options->nargs > 0 ? options->args[0] : "list";
	struct query_db *db;
	int rc;

	/* This also keeps a mistyped path from creating a database. */
	if (options_open_database(options, &db, err) == -1)
		return -1;
	if (strcmp(verb, "list") == 0 && options->nargs <= 1)
		rc = list(options, db, err);
	else if (strcmp(verb, "add") == 0 && options->nargs >= 4)
		rc = change(options, add, err);
	else if (strcmp(verb, "remove") == 0 && options->nargs >= 2)
		rc = change(options, remove_sender, err);
	else
		rc = err_set(err, ERR_USAGE, USAGE);
	query_close(db);
	return rc;
}
