/* SPDX-License-Identifier: BSD-2-Clause */
#include "ctl/sender_change.h"

#include <stdlib.h>
#include <string.h>

#include "answer/prose.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/text.h"
#include "store/rules.h"
#include "store/store.h"

/* A change under way. */
struct change {
	const struct options *options;
	struct query_db *db;
	struct store *store;
	struct period period;
	const char *label;
	char *kind;
	struct store_count before, after;
	struct prose warnings;
};

/* --- warnings ------------------------------------------------------------- */

/* Whether a question, which may take a domain, has a row. */
static int
has_row(struct query_db *db, const char *sql, const char *domain, bool *has,
    struct err *err)
{
	struct query *q = NULL;
	int rc;

	if (query_new(&q, db, sql, err) == -1)
		return -1;
	if (domain != NULL)
		query_bind_text(q, 1, domain);
	if ((rc = query_step(q, err)) != -1)
		*has = rc == 1;
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/* By what only a look-up can tell. */
static int
warn_looked_up(struct change *c, const char *rule, const char *sql,
    const char *what, const char *none, struct err *err)
{
	bool has;

	if (has_row(c->db, sql, NULL, &has, err) == -1)
		return -1;
	if (has)
		prose_add(&c->warnings, "%s: no source %s", rule, none);
	else
		prose_add(&c->warnings,
		    "%s: %s come from a look-up, and none was made: "
		    "until then it matches nothing",
		    rule, what);
	return 0;
}

/* By signatures: none passed, or in mail of others alone. */
static int
warn_unsigned(
    struct change *c, const char *rule, const char *domain, struct err *err)
{
	static const char sql[] =
	    "SELECT 1 FROM dkim_item WHERE result = 'pass' AND (domain = ?1"
	    " OR substr(domain, -length(?1) - 1) = '.' || ?1) LIMIT 1";
	bool has;

	if (has_row(c->db, sql, domain, &has, err) == -1)
		return -1;
	if (has)
		prose_add(&c->warnings,
		    "%s: signatures of %s passed only in mail that somebody "
		    "else handed over, as SPF says",
		    rule, domain);
	else
		prose_add(&c->warnings,
		    "%s: no report shows a passing signature of %s", rule,
		    domain);
	return 0;
}

static int
warn_unmatched(struct change *c, const char *rule,
    const struct store_cover *cover, struct err *err)
{
	static const char ptr_sql[] =
	    "SELECT 1 FROM source WHERE ptr IS NOT NULL"
	    " OR ptr_domain IS NOT NULL LIMIT 1";
	static const char asn_sql[] =
	    "SELECT 1 FROM source WHERE asn IS NOT NULL LIMIT 1";

	if (strcmp(cover->match, "ptr_domain") == 0)
		return warn_looked_up(c, rule, ptr_sql,
		    "the host names of sources",
		    "has a host name in that domain", err);
	if (strcmp(cover->match, "asn") == 0)
		return warn_looked_up(c, rule, asn_sql,
		    "the autonomous systems of sources", "is in that AS", err);
	if (strcmp(cover->match, "dkim_domain") == 0)
		return warn_unsigned(c, rule, cover->value, err);
	if (strcmp(cover->match, "spf_domain") == 0)
		prose_add(&c->warnings,
		    "%s: no report shows that SPF passed for %s", rule,
		    cover->value);
	else
		prose_add(&c->warnings, "%s: no source %s", rule,
		    strchr(rule, '/') != NULL || strchr(rule, '-') != NULL
		        ? "has an address in it"
		        : "has this address");
	return 0;
}

/* Sources that it matches belong to another sender. */
static int
warn_taken(struct change *c, const char *rule, const struct store_cover *cover,
    struct err *err)
{
	struct query *q = NULL;
	char taken[TEXT_DIGITS], all[TEXT_DIGITS];
	int rc;

	if (query_new(
	        &q, c->db, "SELECT label FROM sender WHERE id = ?1", err) == -1)
		return -1;
	query_bind_int(q, 1, cover->taken_by);
	if ((rc = query_step(q, err)) == 1)
		prose_add(&c->warnings,
		    "%s: %s of the %s source%s that it matches %s to a "
		    "narrower or stronger rule of another sender, such as %s",
		    rule, text_group_digits(cover->taken, taken),
		    text_group_digits(cover->sources, all),
		    cover->sources == 1 ? "" : "s",
		    cover->taken == 1 ? "goes" : "go",
		    query_named_text(q, "label"));
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/* What the rules of the command line cover. */
static int
warn(struct change *c, char **rules, struct err *err)
{
	struct store_cover cover;

	for (; *rules != NULL; rules++) {
		if (store_find_cover(c->store, *rules, &cover, err) == -1)
			return -1;
		if (cover.sources == 0) {
			if (warn_unmatched(c, *rules, &cover, err) == -1)
				return -1;
		} else if (cover.taken > 0 &&
		    warn_taken(c, *rules, &cover, err) == -1)
			return -1;
	}
	return 0;
}

/* --- what was changed ----------------------------------------------------- */

static void
say(struct change *c, struct output *o)
{
	char n[4][TEXT_DIGITS];
	const char *line;
	size_t i;

	text_group_digits(c->before.sources, n[0]);
	text_group_digits(c->after.sources, n[1]);
	text_group_digits(c->before.messages, n[2]);
	text_group_digits(c->after.messages, n[3]);
	if (c->period.text[0] == '\0')
		output_paragraph(
		    o, 2, "%s (%s): there is no report yet", c->label, c->kind);
	else
		output_line(o,
		    "%s (%s): %s -> %s source%s, %s -> %s message%s in the %s",
		    c->label, c->kind, n[0], n[1],
		    c->after.sources == 1 ? "" : "s", n[2], n[3],
		    c->after.messages == 1 ? "" : "s", c->period.text);
	for (i = 0; (line = prose_at(&c->warnings, i)) != NULL; i++)
		output_line(o, "Warning: %s", line);
	if (c->options->dry_run)
		output_line(o, "Nothing was changed.");
}

static int
print_row(struct change *c, struct output *o, struct err *err)
{
	static const char sql[] =
	    "SELECT ?1 AS label, ?2 AS kind, ?3 AS sources_before,"
	    " ?4 AS sources, ?5 AS messages_before, ?6 AS messages,"
	    " date(?7, 'unixepoch') AS first_date,"
	    " date(?8, 'unixepoch') AS last_date, ?9 AS warnings,"
	    " ?10 AS dry_run";
	static const struct output_column columns[] = {
		{ "label", NULL, OUTPUT_TEXT, 0 },
		{ "kind", NULL, OUTPUT_TEXT, 0 },
		{ "sources_before", NULL, OUTPUT_NUMBER, 0 },
		{ "sources", NULL, OUTPUT_NUMBER, 0 },
		{ "messages_before", NULL, OUTPUT_NUMBER, 0 },
		{ "messages", NULL, OUTPUT_NUMBER, 0 },
		{ "first_date", NULL, OUTPUT_TEXT, 0 },
		{ "last_date", NULL, OUTPUT_TEXT, 0 },
		{ "warnings", NULL, OUTPUT_JSON_TEXT, 0 },
		{ "dry_run", NULL, OUTPUT_BOOL, 0 },
		{ 0 },
	};
	struct buf warnings = { 0 };
	struct query *q = NULL;
	int rc;

	if (query_new(&q, c->db, sql, err) == -1)
		return -1;
	json_add_strings(&warnings, &c->warnings.paragraphs);
	query_bind_text(q, 1, c->label);
	query_bind_text(q, 2, c->kind);
	query_bind_int(q, 3, c->before.sources);
	query_bind_int(q, 4, c->after.sources);
	query_bind_int(q, 5, c->before.messages);
	query_bind_int(q, 6, c->after.messages);
	if (c->period.text[0] != '\0') {
		query_bind_int(q, 7, c->period.first);
		query_bind_int(q, 8, c->period.last);
	}
	query_bind_text(q, 9, buf_str(&warnings));
	query_bind_int(q, 10, c->options->dry_run);
	rc = output_rows(o, NULL, NULL, q, columns, NULL, err);
	query_free(q);
	buf_done(&warnings);
	return rc;
}

static int
print(struct change *c, struct err *err)
{
	struct output *o = options_new_output(c->options);
	int rc = 0;

	if (output_is_table(o))
		say(c, o);
	else
		rc = print_row(c, o, err);
	if (rc == 0)
		rc = output_end(o, err);
	output_free(o);
	return rc;
}

/* --- changing ------------------------------------------------------------- */

static int
count(struct change *c, int64_t id, struct store_count *n, struct err *err)
{
	return store_count_sender(
	    c->store, id, c->period.first, c->period.last, n, err);
}

/* The kind that it has; NULL if it is new. */
static int
find_kind(struct change *c, struct err *err)
{
	struct query *q = NULL;
	int rc;

	if (query_new(&q, c->db, "SELECT kind FROM sender WHERE label = ?1",
	        err) == -1)
		return -1;
	query_bind_text(q, 1, c->label);
	if ((rc = query_step(q, err)) == 1)
		c->kind = xstrdup(query_named_text(q, "kind"));
	query_free(q);
	return rc == -1 ? -1 : 0;
}

/* args: the name, the kind, the rules. */
static int
add(struct change *c, char **args, struct err *err)
{
	int64_t id;
	char **rule;

	if (find_kind(c, err) == -1)
		return -1;
	if (c->kind != NULL && strcmp(c->kind, args[1]) != 0)
		prose_add(
		    &c->warnings, "%s was %s until now", c->label, c->kind);
	if (store_set_sender(c->store, args[0], args[1], &id, err) == -1 ||
	    count(c, id, &c->before, err) == -1)
		return -1;
	for (rule = args + 2; *rule != NULL; rule++)
		if (store_add_rule(c->store, id, *rule, err) == -1)
			return -1;
	if (store_apply_senders(c->store, err) == -1 ||
	    count(c, id, &c->after, err) == -1 || warn(c, args + 2, err) == -1)
		return -1;
	free(c->kind);
	c->kind = xstrdup(args[1]);
	return 0;
}

/* args: the name, the rules; without rules, all of it. */
static int
remove_sender(struct change *c, char **args, struct err *err)
{
	int64_t id;
	char **rule;

	if (store_find_sender(c->store, args[0], &id, err) == -1 ||
	    find_kind(c, err) == -1 || count(c, id, &c->before, err) == -1)
		return -1;
	if (args[1] == NULL && store_remove_sender(c->store, id, err) == -1)
		return -1;
	for (rule = args + 1; *rule != NULL; rule++)
		if (store_remove_rule(c->store, id, *rule, err) == -1)
			return -1;
	if (store_apply_senders(c->store, err) == -1)
		return -1;
	return count(c, id, &c->after, err);
}

static int
run(const struct options *options, struct query_db *db,
    int (*changer)(struct change *, char **, struct err *), struct err *err)
{
	static const struct period_choice all = { 0 };
	struct change c = { .options = options, .db = db };
	int rc = -1;

	c.label = options->args[1];
	if (period_find(&c.period, &all, RULE_READY_DAYS, PERIOD_OF_REPORTS, db,
	        NULL, err) == -1 ||
	    store_open(&c.store, options->db, err) == -1 ||
	    store_begin(c.store, err) == -1)
		goto out;
	if (changer(&c, options->args + 1, err) == -1) {
		store_rollback(c.store);
		goto out;
	}
	if (options->dry_run) {
		store_rollback(c.store);
		rc = 0;
	} else
		rc = store_commit(c.store, err);
	if (rc == 0)
		rc = print(&c, err);
out:
	store_close(c.store);
	prose_done(&c.warnings);
	free(c.kind);
	return rc;
}

int
sender_change_add(
    const struct options *options, struct query_db *db, struct err *err)
{
	return run(options, db, add, err);
}

int
sender_change_remove(
    const struct options *options, struct query_db *db, struct err *err)
{
	return run(options, db, remove_sender, err);
}
